/* Are the scores that stand in the store those of a full run? */
#ifndef BENCH_VALUE_CHECK_H
#define BENCH_VALUE_CHECK_H

#include "base/ctx.h"

struct value_check {
    int64_t customers; /* compared */
    int64_t by_model;  /* of them with a value of the purchase model */
    int64_t wrong;     /* any score that differs in any bit */
};

/* Everybody's figures out of the columns of all orders, by the newest ruler and
 * its models, against what is stored. Ends the program when it can't. */
void value_check(struct ctx *c, struct value_check *out);

/* Ids of customers with orders, at most `most`. */
size_t value_check_ids(struct ctx *c, int64_t *ids, size_t most);

#endif
