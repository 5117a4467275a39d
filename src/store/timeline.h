/* One customer's history over several entities, newest first. */
#ifndef STORE_TIMELINE_H
#define STORE_TIMELINE_H

#include "base/json.h"
#include "store/scope.h"

/* Appends the members data and next: at most limit events from the cursor on
 * (next of the page before; empty to begin), each within the actor's scope of
 * its own entity. The caller has checked the customer. ERR_MALFORMED
 * bad_cursor. */
enum err timeline_write(struct ctx *c, int64_t customer_id, struct str cursor,
                        int limit, struct jw *w) MUST_CHECK;

#endif
