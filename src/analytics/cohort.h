/* Cohorts by month of first purchase: how many of them buy again, month by
 * month. */
#ifndef ANALYTICS_COHORT_H
#define ANALYTICS_COHORT_H

#include "analytics/purchases.h"

struct cohorts {
    int32_t first_month; /* months since 1970-01 */
    size_t n;            /* months, from the first purchase to the last */
    int64_t *active;     /* n × n: active[i * n + k] customers who first bought
                            in month i bought in month i + k; k < n − i */
};

#define COHORT_MONTHS_MAX 1200

/* Of all purchases; n is 0 without any. In arena a. False when they span more
 * than COHORT_MONTHS_MAX months. */
bool cohorts_make(struct arena *a, const struct purchases *p,
                  struct cohorts *out) MUST_CHECK;

#endif
