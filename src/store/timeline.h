/* One customer's history over several entities, newest first. */
#ifndef STORE_TIMELINE_H
#define STORE_TIMELINE_H

#include "base/json.h"
#include "store/scope.h"

/* Appends the members data and next: at most limit events before the position
 * (instant in ms and sequence; INT64_MAX to begin), each within the actor's
 * scope of its own entity. The caller has checked the customer. */
enum err timeline_write(struct ctx *c, int64_t customer_id, int64_t before_ms,
                        int limit, struct jw *w) MUST_CHECK;

#endif
