/* The feed of changes: rows of change_log in the order in which they became
 * visible (DESIGN F1), as far as the actor may see the records they tell of.
 *
 * A position is (number of the transaction, row). On PostgreSQL a reader stops
 * before the oldest transaction still open, because what that one commits later
 * would sort before what it has read; on SQLite writes commit one by one and
 * the transaction is 0. Kept for FEED_KEPT_DAYS. */
#ifndef STORE_FEED_H
#define STORE_FEED_H

#include "store/registry.h"

#define FEED_KEPT_DAYS 30

struct feed_place {
    int64_t xid, seq;
};

enum feed_sight {
    FEED_HIDDEN,
    FEED_SEEN, /* the record is in the actor's scope, in the bin or not */
    FEED_GONE, /* it was, and is no longer */
};

struct feed_row {
    struct feed_place place;
    const struct entity_info *info; /* NULL: an entity that is not known */
    int64_t record_id, rev;
    struct str op; /* create, update, delete, restore, move, share, unshare,
                      share_team … */
    struct val owner_before, owner_after;
    int64_t at; /* UTC ms */
    enum feed_sight sight;
};

bool feed_before(struct feed_place a, struct feed_place b);

/* Behind the newest row there is for readers now. */
enum err feed_end(struct ctx *c, struct feed_place *out) MUST_CHECK;

/* At most limit rows behind a place, in order; in c->arena. */
enum err feed_read(struct ctx *c, struct feed_place after, size_t limit,
                   struct feed_row **out, size_t *n_out) MUST_CHECK;

/* The same with rows that are committed, but may yet be preceded by what an
 * older transaction commits that is still open, on PostgreSQL anywhere in the
 * database server. Such rows come again from feed_read, in their order, so the
 * place of none may be kept. SQLite: as feed_read. */
enum err feed_committed(struct ctx *c, struct feed_place after, size_t limit,
                        struct feed_row **out, size_t *n_out) MUST_CHECK;

/* How many there are of those. With feed_end it tells two moments apart between
 * which something was committed, also while an older transaction is open. */
enum err feed_behind(struct ctx *c, struct feed_place place,
                     int64_t *out) MUST_CHECK;

/* ERR_GONE when rows behind the place have been thrown away. */
enum err feed_check(struct ctx *c, struct feed_place after) MUST_CHECK;

/* Sets the sight of each row for c->actor: one query for each entity. */
enum err feed_look(struct ctx *c, struct feed_row *rows, size_t n) MUST_CHECK;

/* A place as text, signed; good for callers who see the same as c->actor. */
struct str feed_cursor(struct ctx *c, struct feed_place p);
/* ERR_MALFORMED bad_cursor; ERR_GONE feed_rights_changed when the actor's
 * rights are others than those the cursor was made under: what left or entered
 * his sight with them stands in no row. */
enum err feed_cursor_parse(struct ctx *c, struct str text,
                           struct feed_place *out) MUST_CHECK;

/* Throws away rows from before an instant, a few thousand at a time. Inside a
 * write function. */
enum err feed_purge(struct ctx *c, int64_t before) MUST_CHECK;

#endif
