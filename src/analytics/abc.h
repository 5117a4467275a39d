/* ABC classes by cumulative share of sales (domain R34). */
#ifndef ANALYTICS_ABC_H
#define ANALYTICS_ABC_H

#include "base/arena.h"

/* Cut-offs in basis points of the sales total, 0 <= a <= b <= 10^4. */
struct abc_cuts {
    int a_bp, b_bp;
};

#define ABC_DEFAULT ((struct abc_cuts){8000, 9500})

struct abc_row {
    char class;     /* 'A', 'B' or 'C' */
    int64_t before; /* sales (10^-6) of all customers of better rank */
};

/* out[i] is the class of customer i. order is the rank order of sales_rank. A
 * customer is A while the share of the sum *before* it is below a_bp, B while
 * it is below b_bp, else C: the one who crosses a cut still belongs to the
 * better class. Compared exactly: before × 10^4 < cut × total in 128 bits.
 * Sales are >= 0 and their sum fits 64 bits; when the sum is 0 all are C. */
void abc_classes(const int64_t *sales, const size_t *order, size_t n,
                 struct abc_cuts cuts, struct abc_row *out);

#endif
