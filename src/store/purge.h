/* The end of the bin: records that have lain in it for long enough go for good,
 * with what hangs on them. */
#ifndef STORE_PURGE_H
#define STORE_PURGE_H

#include "store/registry.h"

/* Is it one whose records go? Not the people: what they did names them. */
bool purge_takes(const struct ctx *c, const struct entity_info *i);

/* At most n records of an entity that have been in the bin since before an
 * instant and that no other record, in the bin or not, needs: rows, search
 * index, contact points, tags, shares, attachments. Each leaves a row in the
 * change log, all of them one audit entry ("purge"). *gone_out: how many; 0
 * when there are no more. Inside a write function. */
enum err purge_slice(struct ctx *c, const struct entity_info *i, int64_t before,
                     int n, int64_t *gone_out) MUST_CHECK;

/* Which records of the bin; each part that is 0 or NULL leaves it open. */
struct purge_which {
    const int64_t *ids;
    size_t n_ids;
    int64_t with;          /* number of the deletion they went with */
    int64_t by;            /* user */
    int64_t since, before; /* when they were deleted, UTC ms */
};

/* How far emptying has come among them, by time and id; all 0: not begun. */
struct purge_place {
    int64_t ms, id;
};

/* How many records of an entity those are. */
enum err purge_count(struct ctx *c, const struct entity_info *i,
                     const struct purge_which *w, int64_t *out) MUST_CHECK;

struct purge_done {
    int64_t gone;            /* with what hung on them */
    int64_t passed;          /* of those asked for: gone, or needed by others */
    struct purge_place last; /* of these */
    bool more;
};
/* Those behind a place and what belongs to each, at most n records in all,
 * whenever they went into the bin; what another record needs stays. As
 * purge_slice for the rest. Inside a write function. */
enum err purge_chosen(struct ctx *c, const struct entity_info *i,
                      const struct purge_which *w, struct purge_place behind,
                      int n, struct purge_done *out) MUST_CHECK;

/* What went into the bin together. */
struct deletion {
    int64_t number, at, by; /* by: user, 0: nobody */
    struct str by_name;
    int64_t records;
    int64_t import_id; /* it took that one back; 0: none */
    struct str import_name;
};
/* The newest most of them, of all entities. */
enum err deletions(struct ctx *c, size_t most, struct deletion **out,
                   size_t *n_out) MUST_CHECK;

#endif
