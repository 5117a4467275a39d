/* What of an audit entry its reader may see: the changes of records in his
 * scope, each field as his role shows it. */
#ifndef STORE_TRAIL_SIGHT_H
#define STORE_TRAIL_SIGHT_H

#include "store/registry.h"

/* Is the field the changes of an audit entry, and has the actor less than a
 * right to everything? */
bool trail_is_cut(const struct ctx *c, const struct entity_info *i,
                  const struct field *f);

/* The changes of the entry with this id as JSON, cut to what may be seen. Like
 * a list, it shows what is personal of the actor's own records only. */
enum err trail_shown(struct ctx *c, int64_t audit_id,
                     struct str *json_out) MUST_CHECK;

#endif
