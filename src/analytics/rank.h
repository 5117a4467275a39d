/* The order of customers by sales that ABC and the pyramid share, and shares
 * of a total. */
#ifndef ANALYTICS_RANK_H
#define ANALYTICS_RANK_H

#include "base/arena.h"

#define BASIS_POINTS 10000 /* 80 % is 8000 */

/* order[k] is the index of the customer of rank k (0 is first): by sales
 * falling, equal sales by index. Callers hold their customers by rising id, so
 * a tie goes to the smaller id and the result is the same on every run. */
void sales_rank(struct arena *scratch, const int64_t *sales, size_t n,
                size_t *order);

/* ceil(n × bp / 10^4): the last rank (counted from 1) of the top bp of n. */
size_t rank_limit(size_t n, int bp);

/* part / total as a fraction 0…1; 0 when total is 0. */
double share_of(int64_t part, int64_t total);

#endif
