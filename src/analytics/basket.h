/* What is bought together: pairs of products in the same order, with support,
 * confidence and lift. Sources: Agrawal, Imieliński, Swami 1993 (support,
 * confidence); Brin, Motwani, Ullman, Tsur 1997 (lift, there "interest", and
 * chi-square of the table). Units: orders. */
#ifndef ANALYTICS_BASKET_H
#define ANALYTICS_BASKET_H

#include "base/ctx.h"

struct baskets;

/* An empty accumulator in arena a. */
struct baskets *baskets_new(struct arena *a);

/* One product in one order; twice is as good as once. Text is copied when it is
 * new. */
void baskets_add(struct baskets *b, struct str order, struct str product);

struct basket_pair {
    struct str a, b;                  /* a before b in order of bytes */
    int64_t with_a, with_b, together; /* orders */
    double lift; /* together × orders / (with_a × with_b); 1: by chance */
    double chi2; /* of the two by two table, one degree of freedom */
};

struct basket_report {
    int64_t orders, products;
    int64_t least;             /* orders a product and a pair must be in */
    size_t frequent;           /* products in that many orders */
    struct basket_pair *pairs; /* by together falling, then a, b */
    size_t n;
};

#define BASKET_FREQUENT_MAX 8000
#define BASKET_PAIRS_MAX 1000000

/* Pairs in at least support_bp basis points of the orders (rounded up, at least
 * 1). False when more than BASKET_FREQUENT_MAX products, or BASKET_PAIRS_MAX
 * pairs, are that frequent. In arena a; names live as long as the accumulator.
 */
bool baskets_pairs(const struct baskets *b, struct arena *a, int support_bp,
                   struct basket_report *out) MUST_CHECK;

#endif
