/* The value pages: RFM, ABC and pyramid of the customers the actor may see, as
 * they were graded last. */
#ifndef APP_VALUE_H
#define APP_VALUE_H

#include "analytics/value_report.h"
#include "base/ctx.h"

/* The report with stored tiers, classes and scores; sums, shares and counts
 * over the actor's scope. Customers not graded yet are left out. with_lines
 * also counts order lines, which only RFM tells and which takes the longest. */
enum err value_current(struct ctx *c, bool with_lines,
                       struct value_report *out) MUST_CHECK;

/* The day of the newest grading; 0 before the first. */
enum err value_as_of(struct ctx *c, int32_t *out) MUST_CHECK;

#endif
