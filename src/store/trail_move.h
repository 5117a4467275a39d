/* What a new owner means for the records below: they enter and leave scopes
 * with their parent, and the change log says so for each. */
#ifndef STORE_TRAIL_MOVE_H
#define STORE_TRAIL_MOVE_H

#include "store/record.h"

/* Has the record of an entity with its parent's scope another parent? */
bool trail_parent_moved(const struct record *before,
                        const struct record *after);

/* The owner of the nearest parent that has one. */
enum err trail_root_owner(struct ctx *c, const struct record *r,
                          struct val *out) MUST_CHECK;

/* A row of the change log (op "move") for each record that is seen through r,
 * at any depth. */
enum err trail_move(struct ctx *c, const struct record *r, struct val from,
                    struct val to) MUST_CHECK;

#endif
