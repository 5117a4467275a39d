/* Cross-selling. One thread a call. Invariant: pairs are those whose joint
 * purchases are more than chance (lift above 1, chi square beyond its 95 %
 * point), each in both directions. */
#include "app/cross_sell.h"

#include "analytics/basket.h"
#include "app/slices.h"
#include "base/num.h"

#include <stdlib.h>

#define SLICE 500
#define CHI2_95 3.841
#define BASIS 10000

static void add(void *arg, int64_t customer, int64_t product) {
    char a[24], b[24];
    struct buf who = {.p = a, .cap = sizeof a, .max = sizeof a};
    struct buf what = {.p = b, .cap = sizeof b, .max = sizeof b};
    num_print(&who, customer, 0);
    num_print(&what, product, 0);
    baskets_add(arg, buf_view(&who), buf_view(&what));
}

/* A pair in one direction, with its evidence. */
struct partner {
    struct product_pair pair;
    double chi2;
};

static int64_t id_of(struct str name) {
    int64_t id = 0;
    return num_parse(name, 0, NUM_EXACT, &id) == NUM_OK ? id : 0;
}

static int by_product(const void *x, const void *y) {
    const struct partner *a = x, *b = y;
    if (a->pair.product != b->pair.product)
        return a->pair.product < b->pair.product ? -1 : 1;
    if (a->chi2 < b->chi2 || a->chi2 > b->chi2)
        return a->chi2 > b->chi2 ? -1 : 1;
    return (a->pair.other > b->pair.other) - (a->pair.other < b->pair.other);
}

/* Both directions of what counts, sorted, cut to the strongest. */
static size_t take(struct ctx *c, const struct basket_report *r,
                   struct product_pair **out) {
    struct partner *all = NEW_ARRAY(c->arena, struct partner, 2 * r->n + 1);
    size_t n = 0, kept = 0, of_this = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct basket_pair *p = &r->pairs[i];
        if (p->together < CROSS_LEAST || p->lift <= 1 || p->chi2 < CHI2_95)
            continue;
        int64_t a = id_of(p->a), b = id_of(p->b);
        all[n++] = (struct partner){{a, b, p->with_a, p->with_b, p->together},
                                    p->chi2};
        all[n++] = (struct partner){{b, a, p->with_b, p->with_a, p->together},
                                    p->chi2};
    }
    qsort(all, n, sizeof *all, by_product);
    *out = NEW_ARRAY(c->arena, struct product_pair, n + 1);
    for (size_t i = 0; i < n; i++) {
        bool first = i == 0 || all[i].pair.product != all[i - 1].pair.product;
        of_this = first ? 0 : of_this + 1;
        if (of_this < CROSS_PARTNERS)
            (*out)[kept++] = all[i].pair;
    }
    return kept;
}

struct writing {
    struct slices s;
    const struct product_pair *pairs;
};

static enum err clear(struct ctx *c, void *arg) {
    return pairs_clear(c);
}

static enum err write_slice(struct ctx *c, void *arg) {
    const struct writing *w = arg;
    if (w->s.from == 0)
        TRY(pairs_clear(c));
    return pairs_add(c, w->pairs + w->s.from, w->s.to - w->s.from);
}

static enum err write_all(struct ctx *c, const struct product_pair *pairs,
                          size_t n) {
    struct writing w = {.pairs = pairs,
                        .s = {.step = "pairs",
                              .n = n,
                              .first = SLICE,
                              .write = write_slice,
                              .arg = &w}};
    return n == 0 ? store_write(c, LANE_JOB, clear, NULL) : slices_run(c, &w.s);
}

enum err cross_sell_count(struct ctx *c, int64_t *buyers) {
    struct baskets *all = baskets_new(c->arena);
    struct basket_report r;
    struct product_pair *pairs;
    TRY(long_work_at(c, "pairs", 0, 0));
    TRY(pairs_bought(c, add, all));
    int support = CROSS_SUPPORT_BP;
    while (!baskets_pairs(all, c->arena, support, &r) && support < BASIS)
        support *= 2;
    *buyers = r.orders; /* a customer is a basket here */
    size_t n = take(c, &r, &pairs);
    return write_all(c, pairs, n);
}

double cross_sell_lift(const struct product_pair *p, int64_t buyers) {
    return (double)p->together * (double)buyers /
           ((double)p->customers * (double)p->other_customers);
}

/* --- one customer --------------------------------------------------------- */

struct offer {
    struct pair_found found;
    double lift;
};

static int by_lift(const void *x, const void *y) {
    const struct offer *a = x, *b = y;
    if (a->lift < b->lift || a->lift > b->lift)
        return a->lift > b->lift ? -1 : 1;
    return a->found.pair.other < b->found.pair.other ? -1 : 1;
}

enum err cross_sell_for(struct ctx *c, int64_t customer_id, int64_t buyers,
                        struct pair_found **out, size_t *n) {
    struct pair_found *found;
    size_t n_found, n_offers = 0;
    TRY(pairs_of_customer(c, customer_id, &found, &n_found));
    struct offer *offers = NEW_ARRAY(c->arena, struct offer, n_found + 1);
    for (size_t i = 0; i < n_found; i++) {
        struct offer one = {found[i], cross_sell_lift(&found[i].pair, buyers)};
        bool same = n_offers > 0 && offers[n_offers - 1].found.pair.other ==
                                        found[i].pair.other;
        if (!same)
            offers[n_offers++] = one;
        else if (one.lift > offers[n_offers - 1].lift)
            offers[n_offers - 1] = one;
    }
    qsort(offers, n_offers, sizeof *offers, by_lift);
    *n = n_offers < CROSS_SHOWN ? n_offers : CROSS_SHOWN;
    *out = NEW_ARRAY(c->arena, struct pair_found, *n + 1);
    for (size_t i = 0; i < *n; i++)
        (*out)[i] = offers[i].found;
    return OK;
}
