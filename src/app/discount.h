/* Discounts and the ceiling that the policy of the customer's grade sets. */
#ifndef APP_DISCOUNT_H
#define APP_DISCOUNT_H

#include "store/record.h"

/* Save hook part of orders: a discount above the ceiling needs the approval the
 * policy names (ERR_INVALID discount_ceiling). One that goes beyond it keeps
 * the policy, the rule in words and who approved it; one that does not, none of
 * them. */
enum err discount_check(struct ctx *c, const struct record *before,
                        const struct record *after) MUST_CHECK;

#endif
