/* What a new owner means for the records below: they enter and leave scopes
 * with their parent, and the change log says so for each. */
#ifndef STORE_TRAIL_MOVE_H
#define STORE_TRAIL_MOVE_H

#include "store/record.h"

/* Has the record of an entity that is seen through its parent another one? */
bool trail_parent_moved(const struct record *before,
                        const struct record *after);

/* The owner of the nearest parent that has one; NULL for what has no parent. */
enum err trail_root_owner(struct ctx *c, const struct record *r,
                          struct val *out) MUST_CHECK;

/* A row of the change log (op "move") for each record that is seen through r,
 * at any depth; for r itself too where it is seen both ways. */
enum err trail_move(struct ctx *c, const struct record *r, struct val from,
                    struct val to) MUST_CHECK;

/* The record, as it was before, has left its parent: for those who saw it
 * through that one by another way than its owner. */
enum err trail_left(struct ctx *c, const struct record *before) MUST_CHECK;

/* A user or a team. */
struct trail_holder {
    int64_t id;
    bool team;
};

/* Rows (op "share", "unshare", "share_team", "unshare_team") for a record and
 * all that is seen through it: the user or who is in the team, and nobody else,
 * is told that a share lets him see it, or no longer does. */
enum err trail_share(struct ctx *c, const struct entity *e, int64_t id,
                     struct trail_holder h, bool on) MUST_CHECK;

/* r, as it was, is seen no longer by a share of it or of what it belongs to:
 * "unshare" for everybody who had one. Before the row of r is gone. */
enum err trail_unshare(struct ctx *c, const struct record *r) MUST_CHECK;

#endif
