/* The value pages: RFM, ABC and pyramid of the customers the actor may see, as
 * they were graded last. */
#ifndef APP_VALUE_H
#define APP_VALUE_H

#include "analytics/value_report.h"
#include "app/ruling.h"
#include "base/ctx.h"

/* The report with stored tiers, classes and scores; sums, shares and counts
 * over the actor's scope. Customers not graded yet are left out. with_lines
 * also counts order lines, which only RFM tells and which takes the longest. */
enum err value_current(struct ctx *c, bool with_lines,
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
