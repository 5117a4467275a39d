/* Pieces of the write path shared by record_write.c, bin.c and bulk.c. */
#ifndef STORE_RECORD_WRITE_H
#define STORE_RECORD_WRITE_H

#include "store/record.h"

/* Writes the difference of two states of one record (rev + 1) and all that
 * follows a write. Rights have been checked by the caller. */
enum err record_replace(struct ctx *c, enum save_op op,
                        const struct record *before,
                        struct record *after) MUST_CHECK;

/* Defaults of what was not given; the owner is the actor. */
enum err record_fill_defaults(struct ctx *c, struct record *r) MUST_CHECK;
/* Notes each required field that is empty. */
enum err record_check_required(struct ctx *c,
                               const struct record *r) MUST_CHECK;
/* References given must be in the actor's read scope. */
enum err record_check_refs(struct ctx *c, const struct record *before,
                           const struct record *r) MUST_CHECK;
/* Who has a record by a share alone, in the scope s of ACT_UPDATE, can't give
 * it another owner or parent: ERR_FORBIDDEN share_no_handover. */
enum err record_check_handover(struct ctx *c, const struct scope *s,
                               const struct record *before,
                               const struct record *after) MUST_CHECK;
/* The row alone, with system values and derived columns. */
enum err record_insert(struct ctx *c, struct record *r) MUST_CHECK;
/* The difference of two states (rev + 1) alone, without what follows.
 * ERR_RETRY when somebody has changed the row since before was read. */
enum err record_write_row(struct ctx *c, const struct record *before,
                          struct record *after) MUST_CHECK;
enum err record_search(struct ctx *c, const struct record *before,
                       const struct record *after) MUST_CHECK;
enum err record_points(struct ctx *c, const struct record *before,
                       const struct record *after) MUST_CHECK;
/* Search index and contact points: both of the above. */
enum err record_index(struct ctx *c, const struct record *before,
                      const struct record *after) MUST_CHECK;

/* Search index, contact points, trail, hook. */
enum err record_after_write(struct ctx *c, enum save_op op,
                            const struct record *before,
                            const struct record *after) MUST_CHECK;

/* Turns the name of a unique index in the last problem into the field. */
enum err record_name_conflict(struct ctx *c, const struct entity_info *i,
                              enum err e) MUST_CHECK;

#endif
