/* Who comes back, month by month (the cohort triangle), of the customers the
 * actor may see. */
#ifndef APP_COHORTS_H
#define APP_COHORTS_H

#include "analytics/cohort.h"
#include "base/ctx.h"

/* From the mirror of all sales up to the end of this month, in c->arena.
 * ERR_FORBIDDEN without the right to orders; ERR_INVALID analyze_span when they
 * span too many months. */
enum err cohorts_current(struct ctx *c, struct cohorts *out) MUST_CHECK;

#endif
