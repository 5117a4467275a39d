/* Ranks by sales. Pure. */
#include "analytics/rank.h"

#include "analytics/radix.h"

void sales_rank(struct arena *scratch, const int64_t *sales, size_t n,
                size_t *order) {
    const struct radix_item *p = radix_order(scratch, sales, n, true);
    for (size_t i = 0; i < n; i++)
        order[i] = p[i].at;
}

size_t rank_limit(size_t n, int bp) {
    size_t whole = n / BASIS_POINTS, rest = n % BASIS_POINTS;
    return whole * (size_t)bp +
           (rest * (size_t)bp + BASIS_POINTS - 1) / BASIS_POINTS;
}

double share_of(int64_t part, int64_t total) {
    return total == 0 ? 0 : (double)part / (double)total;
}
