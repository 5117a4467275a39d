/* Loss accounts summed by state, cause and month of discovery. */
#ifndef APP_LOSS_SUMS_H
#define APP_LOSS_SUMS_H

#include "base/ctx.h"
#include "base/json.h"

/* Appends the object of GET /analytics/losses over the accounts the actor may
 * see; indirect losses only for who may see all customers. ERR_FORBIDDEN. */
enum err loss_sums_json(struct ctx *c, struct jw *w) MUST_CHECK;

#endif
