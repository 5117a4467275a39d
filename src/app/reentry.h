/* No re-entry (R39): who was sent away is known again by phone, number of the
 * identity document and tax number, wherever a customer comes from. */
#ifndef APP_REENTRY_H
#define APP_REENTRY_H

#include "store/record.h"

/* Part of the save hook of customers: refuses a new, changed or restored
 * customer that a decision bars. ERR_INVALID no_reentry (on restore:
 * ERR_CONFLICT); its text names the customer and the day only to whoever may
 * read that decision. What a barred customer is changed to is barred too. */
enum err reentry_check(struct ctx *c, enum save_op op,
                       const struct record *before,
                       const struct record *after) MUST_CHECK;
/* May there be anybody who is barred? For who checks row by row. */
bool reentry_any(struct ctx *c);
/* The same for new customers, with one look at the list for all. */
enum err reentry_check_all(struct ctx *c, struct record *const *r,
                           size_t n) MUST_CHECK;

/* Bars what the customer is known by, its contact points included. */
enum err reentry_bar(struct ctx *c, const struct record *customer,
                     const struct record *decision) MUST_CHECK;

#endif
