/* Cohorts by month of first purchase: how many of them buy again, month by
 * month. Counts of customers, exact. */
#ifndef ANALYTICS_COHORT_H
#define ANALYTICS_COHORT_H

#include "base/arena.h"
#include "base/buf.h"

struct cohorts {
    int32_t first_month; /* months since 1970-01 */
    size_t n;            /* months, from the first purchase to the last */
    int64_t *active;     /* n × n: active[i * n + k] customers who first bought
                            in month i bought in month i + k; k < n − i */
};

#define COHORT_MONTHS_MAX 1200

/* Whose purchases: visit calls fn with the days of each customer (n >= 1,
 * distinct, rising). */
struct day_source {
    void (*visit)(const void *of, struct arena *scratch,
                  void (*fn)(void *user, const int32_t *days, size_t n),
                  void *user);
    const void *of;
};

/* Of all purchases; n is 0 without any. In arena a. False when they span more
 * than COHORT_MONTHS_MAX months. */
bool cohorts_make(struct arena *a, const struct day_source *s,
                  struct cohorts *out) MUST_CHECK;

/* "2026-03" of months since 1970-01. */
void cohort_month(struct buf *b, int32_t month);

#endif
