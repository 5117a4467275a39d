/* The value pages: RFM, ABC and pyramid of the customers the actor may see, as
 * they were graded last. */
#ifndef APP_VALUE_H
#define APP_VALUE_H

#include "analytics/value_report.h"
#include "app/ruling.h"
#include "base/ctx.h"

/* What is told of each customer by his number. */
enum value_page { VALUE_RFM, VALUE_ABC, VALUE_PYRAMID, VALUE_PARETO };

/* The report with stored tiers, classes and scores; sums, shares and counts
 * over the actor's scope. Customers not graded yet are left out. RFM also
 * counts order lines, which takes the longest. ERR_INVALID for who may not see
 * a score that the page tells. */
enum err value_current(struct ctx *c, enum value_page page,
                       struct value_report *out) MUST_CHECK;

/* What the tiers leave of their sales in real money (R28): of each and of all
 * those graded in scope. */
struct value_profit {
    int64_t customers;
    int64_t known;  /* of them with a profit: all orders have a margin */
    int64_t profit; /* of these, 10^-6; may be negative */
};
struct value_profits {
    struct ruling ruling; /* of the newest grading: by what it ranked */
    bool seen;            /* the actor may see profits; else they are 0 */
    struct value_profit tiers[TIER_COUNT], all;
};
enum err value_profits(struct ctx *c, struct value_profits *out) MUST_CHECK;

/* The day of the newest grading; 0 before the first. */
enum err value_as_of(struct ctx *c, int32_t *out) MUST_CHECK;

#endif
