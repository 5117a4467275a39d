/* The value matrix (R35): what a customer brings now against what it could
 * bring, cut into four types. Amounts in any one unit. */
#ifndef ANALYTICS_MATRIX_H
#define ANALYTICS_MATRIX_H

#include "base/str.h"

enum matrix_type {
    MATRIX_VIP,      /* high, high */
    MATRIX_IMPROVE,  /* low current, high potential */
    MATRIX_MAINTAIN, /* high current, low potential */
    MATRIX_ABANDON,  /* low, low */
    MATRIX_TYPES
};

/* High is what lies above the cut. */
struct matrix_cuts {
    int64_t current, potential;
};

/* Where a customer stands (domain R35): a value above its cut is high. All in
 * 10^-6 of the base currency. */
enum matrix_type matrix_type_of(const struct matrix_cuts *cuts, int64_t current,
                                int64_t potential);
struct str matrix_name(enum matrix_type t);
/* False when the name is none of ours. */
bool matrix_named(struct str name, enum matrix_type *out);

/* The greatest value that is not high when at most share_bp basis points of
 * the n values may be: those equal to it are not high either. Sorts values,
 * falling. 0 of none. */
int64_t matrix_cut(int64_t *values, size_t n, int share_bp);

/* Nearest-rank upper quartile: the least value that three quarters of the n
 * values do not exceed. Sorts values, falling. 0 of none. */
int64_t matrix_upper_quarter(int64_t *values, size_t n);

/* Scored prospects 1…5 move a potential by (1 + score) / 4: half of it at 1,
 * all of it at 3 or unknown (0), one and a half at 5. Rounded half up; the
 * amount itself where it would not fit. amount >= 0. */
int64_t matrix_weigh(int64_t amount, int prospects);

#endif
