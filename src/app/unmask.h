/* Lifting masks: one record, named fields, a reason, an audit entry. */
#ifndef APP_UNMASK_H
#define APP_UNMASK_H

#include "base/json.h"
#include "store/registry.h"

/* Appends {"data":{"id_number":"…"}} of the fields named in names (an array of
 * texts), for whoever has the right to unmask, and writes the audit entry.
 * Hidden fields stay hidden. Inside a write function. ERR_FORBIDDEN,
 * ERR_NOT_FOUND, ERR_INVALID per field. */
enum err unmask_fields(struct ctx *c, const struct entity_info *i, int64_t id,
                       const json_t *names, struct str reason,
                       struct jw *w) MUST_CHECK;

#endif
