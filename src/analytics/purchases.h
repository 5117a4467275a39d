/* From purchases of single days to what purchase models know of a customer:
 * repeat purchase days, first and last day, mean value. Exact integers. */
#ifndef ANALYTICS_PURCHASES_H
#define ANALYTICS_PURCHASES_H

#include "analytics/history.h"
#include "base/ctx.h"

struct purchases;

/* An empty accumulator in arena a. */
struct purchases *purchases_new(struct arena *a);

/* One purchase, amount in 10^-6; the id is copied when it is new. ERR_INVALID
 * "amount_overflow" when the sum of all leaves 64 bits. */
enum err purchases_add(struct ctx *c, struct purchases *p, struct str customer,
                       int32_t day, int64_t amount) MUST_CHECK;

/* One customer. Purchases of one day are one purchase. */
struct purchase_days {
    struct str id;
    int32_t first_day, last_day;
    int64_t days;   /* distinct days, >= 1 */
    int64_t repeat; /* 10^-6, sum of all days but the first */
};

/* All customers by id (bytes), as a new array in arena a; the ids live as long
 * as the accumulator. */
struct purchase_days *purchases_customers(const struct purchases *p,
                                          struct arena *a, size_t *n_out);

/* Calls fn with the days of each customer (n >= 1, distinct, rising), customers
 * in the order they were first added. */
void purchases_visit(const void *p, struct arena *scratch,
                     void (*fn)(void *user, const int32_t *days, size_t n),
                     void *user);

/* The history at the end of day `end` (not before last_day), in weeks. */
struct history purchase_history(const struct purchase_days *d, int32_t end);

/* Mean value of a repeat purchase in currency units; 0 without one. */
double purchase_mean(const struct purchase_days *d);

#endif
