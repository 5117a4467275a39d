/* The value matrix. Pure; any thread. Invariant: a customer's type depends on
 * the cuts and on its own two figures alone, so that one judged later gets
 * what the full run gives. */
#include "analytics/matrix.h"

#include <stdlib.h>

#define BASIS 10000
#define NEUTRAL 3

static const struct str names[MATRIX_TYPES] = {
    [MATRIX_VIP] = S_INIT("vip"),
    [MATRIX_IMPROVE] = S_INIT("improve"),
    [MATRIX_MAINTAIN] = S_INIT("maintain"),
    [MATRIX_ABANDON] = S_INIT("abandon"),
};

enum matrix_type matrix_type_of(const struct matrix_cuts *cuts, int64_t current,
                                int64_t potential) {
    bool much = current > cuts->current, could = potential > cuts->potential;
    return much ? (could ? MATRIX_VIP : MATRIX_MAINTAIN)
                : (could ? MATRIX_IMPROVE : MATRIX_ABANDON);
}

struct str matrix_name(enum matrix_type t) {
    return names[t];
}

bool matrix_named(struct str name, enum matrix_type *out) {
    for (int t = 0; t < MATRIX_TYPES; t++) {
        if (!str_eq(names[t], name))
            continue;
        *out = (enum matrix_type)t;
        return true;
    }
    return false;
}

static int falling(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return a < b ? 1 : a > b ? -1 : 0;
}

static int64_t ranked(int64_t *values, size_t n, size_t rank) {
    if (n == 0)
        return 0;
    qsort(values, n, sizeof *values, falling);
    return values[rank < n ? rank : n - 1];
}

int64_t matrix_cut(int64_t *values, size_t n, int share_bp) {
    return ranked(values, n, n * (size_t)share_bp / BASIS);
}

int64_t matrix_upper_quarter(int64_t *values, size_t n) {
    return ranked(values, n, n / 4);
}

int64_t matrix_weigh(int64_t amount, int prospects) {
    int64_t times;
    if (prospects == 0 || prospects == NEUTRAL ||
        __builtin_mul_overflow(amount, 1 + prospects, &times) ||
        times > INT64_MAX - 2)
        return amount;
    return (times + 2) / 4;
}
