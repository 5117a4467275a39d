/* What is typed about a customer's standing: scored facts and a grade set by
 * hand, which need a reason and a last day. */
#ifndef APP_STANDING_H
#define APP_STANDING_H

#include "store/record.h"

/* Save hook of customers: checks a grade set by hand (ERR_INVALID
 * override_reason, override_until, override_past) and that a scored fact has a
 * source and a day not to come (fact_source, fact_on, fact_future), refuses
 * who is not to come back (app/reentry.h) and grades the customer anew when its
 * standing is another now. */
enum err customer_save(struct ctx *c, enum save_op op,
                       const struct record *before, const struct record *after);

/* What it checks of scored facts, before anything is written. */
enum err customer_check(struct ctx *c, const struct record *before,
                        const struct record *after);

/* customer_save of many new ones at once. */
enum err customers_made(struct ctx *c, struct record *const *r, size_t n);

#endif
