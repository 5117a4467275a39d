/* Private to the purge files: the parts of throwing a record out of the bin. */
#ifndef STORE_PURGE_PARTS_H
#define STORE_PURGE_PARTS_H

#include "store/purge.h"

/* Appends " AND NOT EXISTS (…)" for each reference that keeps row t. */
void purge_unless_needed(struct ctx *c, struct sqlb *b, const struct entity *e);
/* One record of the bin, with what hangs on it but no other records. */
enum err purge_one(struct ctx *c, const struct entity_info *i,
                   int64_t id) MUST_CHECK;
/* The audit entry "purge" of n records, at most 1000. */
enum err purge_write_down(struct ctx *c, const struct entity *e,
                          const int64_t *ids, size_t n) MUST_CHECK;

#endif
