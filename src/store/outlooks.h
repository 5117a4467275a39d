/* What scores say customers will bring, within the actor's read scope: rows of
 * the value matrix, the distribution of lifetime values, who is due. */
#ifndef STORE_OUTLOOKS_H
#define STORE_OUTLOOKS_H

#include "store/scope.h"

#define OUTLOOK_NONE INT64_MIN

/* Of one customer with sales; OUTLOOK_NONE or empty where nothing is known. */
struct outlook_row {
    int64_t current, potential; /* 10^-6 */
    struct str type;
    int64_t clv;     /* 10^-6 */
    int64_t p_alive; /* 10^-4 */
    int64_t due_on;  /* day */
};

/* By id; in c->arena. ERR_FORBIDDEN. */
enum err outlooks_in_scope(struct ctx *c, struct outlook_row **out,
                           size_t *n) MUST_CHECK;

#endif
