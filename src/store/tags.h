/* Tags on records: rows of record_tag. Whoever may change a record may put
 * tags on it and take them off; whoever may read it sees them. */
#ifndef STORE_TAGS_H
#define STORE_TAGS_H

#include "base/json.h"
#include "store/registry.h"

/* Inside a write function. Twice is as good as once. ERR_NOT_FOUND for a record
 * out of the actor's scope; ERR_INVALID tag for a tag that is not there. */
enum err tags_put(struct ctx *c, const struct entity_info *i, int64_t id,
                  int64_t tag_id) MUST_CHECK;
/* A tag that is not on the record is no error. */
enum err tags_take(struct ctx *c, const struct entity_info *i, int64_t id,
                   int64_t tag_id) MUST_CHECK;

/* Writes the array [{"id","name","color"},…] of one record, by name. The caller
 * has checked that the record may be read. */
enum err tags_of(struct ctx *c, const struct entity_info *i, int64_t id,
                 struct jw *w) MUST_CHECK;

/* Writes {"17":[{"id","name","color"},…],…} of those of the records that have
 * any; the caller has read them through the scope. */
enum err tags_of_all(struct ctx *c, const struct entity_info *i,
                     const int64_t *ids, size_t n, struct jw *w) MUST_CHECK;

#endif
