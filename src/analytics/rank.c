/* Ranks by sales. Pure. */
#include "analytics/rank.h"

#include <stdlib.h>

struct entry {
    int64_t sales;
    size_t index;
};

static int falling(const void *x, const void *y) {
    const struct entry *a = x, *b = y;
    if (a->sales != b->sales)
        return a->sales < b->sales ? 1 : -1;
    return (a->index > b->index) - (a->index < b->index);
}

void sales_rank(struct arena *scratch, const int64_t *sales, size_t n,
                size_t *order) {
    struct entry *e = NEW_ARRAY(scratch, struct entry, n);
    for (size_t i = 0; i < n; i++)
        e[i] = (struct entry){sales[i], i};
    if (n > 1)
        qsort(e, n, sizeof *e, falling);
    for (size_t i = 0; i < n; i++)
        order[i] = e[i].index;
}

size_t rank_limit(size_t n, int bp) {
    size_t whole = n / BASIS_POINTS, rest = n % BASIS_POINTS;
    return whole * (size_t)bp +
           (rest * (size_t)bp + BASIS_POINTS - 1) / BASIS_POINTS;
}

double share_of(int64_t part, int64_t total) {
    return total == 0 ? 0 : (double)part / (double)total;
}
