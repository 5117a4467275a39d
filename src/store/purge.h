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

#endif
