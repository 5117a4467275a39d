/* Pieces of the write path shared by record_write.c and bin.c. */
#ifndef STORE_RECORD_WRITE_H
#define STORE_RECORD_WRITE_H

#include "store/record.h"

/* Writes the difference of two states of one record (rev + 1) and all that
 * follows a write. Rights have been checked by the caller. */
enum err record_replace(struct ctx *c, enum save_op op,
                        const struct record *before,
                        struct record *after) MUST_CHECK;

/* Search index, contact points, trail, hook. */
enum err record_after_write(struct ctx *c, enum save_op op,
                            const struct record *before,
                            const struct record *after) MUST_CHECK;

/* Turns the name of a unique index in the last problem into the field. */
enum err record_name_conflict(struct ctx *c, const struct entity_info *i,
                              enum err e) MUST_CHECK;

#endif
