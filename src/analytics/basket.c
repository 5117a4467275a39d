/* Pairs of products by counting. Pure but for its arena. A pair of frequent
 * products has a place of its own in a flat triangle, so counting is one
 * addition. Invariant: the result does not depend on the order of lines. */
#include "analytics/basket.h"

#include "analytics/rank.h"
#include "base/map.h"

#include <stdlib.h>

struct item {
    uint32_t order, product;
};

struct thing {
    struct str name;
    uint32_t number;
};

struct names {
    struct map by_name;
    VEC(struct thing *) all;
    struct thing *last;
};

struct baskets {
    struct arena *arena;
    struct names orders, products;
    VEC(struct item) items;
};

struct baskets *baskets_new(struct arena *a) {
    struct baskets *b = NEW(a, struct baskets);
    b->arena = a;
    map_init(&b->orders.by_name, a);
    map_init(&b->products.by_name, a);
    return b;
}

static uint32_t number_of(struct arena *a, struct names *n, struct str name) {
    if (n->last != NULL && str_eq(n->last->name, name))
        return n->last->number;
    struct thing *one = map_get(&n->by_name, name);
    if (one == NULL) {
        one = NEW(a, struct thing);
        *one = (struct thing){str_dup(a, name), (uint32_t)n->all.n};
        *VEC_PUSH(a, &n->all) = one;
        *map_put(&n->by_name, one->name) = one;
    }
    n->last = one;
    return one->number;
}

void baskets_add(struct baskets *b, struct str order, struct str product) {
    uint32_t o = number_of(b->arena, &b->orders, order);
    uint32_t p = number_of(b->arena, &b->products, product);
    *VEC_PUSH(b->arena, &b->items) = (struct item){o, p};
}

static int by_order(const void *x, const void *y) {
    const struct item *a = x, *b = y;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return (a->product > b->product) - (a->product < b->product);
}

/* The items by order and product, each once. */
static struct item *distinct(const struct baskets *b, struct arena *a,
                             size_t *n_out) {
    struct item *out = NEW_ARRAY(a, struct item, b->items.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < b->items.n; i++)
        out[i] = b->items.p[i];
    qsort(out, b->items.n, sizeof *out, by_order);
    for (size_t i = 0; i < b->items.n; i++)
        if (i == 0 || by_order(&out[i], &out[n - 1]) != 0)
            out[n++] = out[i];
    *n_out = n;
    return out;
}

#define RARE UINT32_MAX

/* What counting works with. */
struct counting {
    const struct baskets *b;
    uint32_t *place; /* of each product among the frequent ones, or RARE */
    struct thing **frequent;
    int64_t *with; /* orders with each frequent one */
    uint32_t *together;
    size_t n;
};

static int by_name(const void *x, const void *y) {
    return str_cmp((*(struct thing *const *)x)->name,
                   (*(struct thing *const *)y)->name);
}

/* The frequent products in order of bytes. */
static void choose(struct counting *c, struct arena *a, const struct item *p,
                   size_t n, int64_t least) {
    size_t products = c->b->products.all.n;
    int64_t *count = NEW_ARRAY(a, int64_t, products + 1);
    for (size_t i = 0; i < n; i++)
        count[p[i].product]++;
    c->frequent = NEW_ARRAY(a, struct thing *, products + 1);
    c->place = NEW_ARRAY(a, uint32_t, products + 1);
    c->with = NEW_ARRAY(a, int64_t, products + 1);
    for (size_t i = 0; i < products; i++) {
        c->place[i] = RARE;
        if (count[i] >= least)
            c->frequent[c->n++] = c->b->products.all.p[i];
    }
    qsort(c->frequent, c->n, sizeof *c->frequent, by_name);
    for (size_t i = 0; i < c->n; i++) {
        c->place[c->frequent[i]->number] = (uint32_t)i;
        c->with[i] = count[c->frequent[i]->number];
    }
}

/* The place of a pair, low < high. */
static size_t pair_at(size_t low, size_t high) {
    return high * (high - 1) / 2 + low;
}

/* The pairs of one order, whose frequent products are in list. */
static void count_order(struct counting *c, const uint32_t *list, size_t n) {
    for (size_t i = 1; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            uint32_t low = list[k] < list[i] ? list[k] : list[i];
            uint32_t high = list[k] < list[i] ? list[i] : list[k];
            c->together[pair_at(low, high)]++;
        }
    }
}

static void count_all(struct counting *c, struct arena *a, const struct item *p,
                      size_t n) {
    uint32_t *list = NEW_ARRAY(a, uint32_t, c->n + 1);
    c->together = NEW_ARRAY(a, uint32_t, pair_at(0, c->n + 1) + 1);
    for (size_t i = 0, k; i < n; i = k) {
        size_t found = 0;
        for (k = i; k < n && p[k].order == p[i].order; k++)
            if (c->place[p[k].product] != RARE)
                list[found++] = c->place[p[k].product];
        count_order(c, list, found);
    }
}

static double chi2_of(double n, double a, double b, double both) {
    double apart = n * both - a * b;
    double below = a * b * (n - a) * (n - b);
    return below > 0 ? n * apart * apart / below : 0;
}

static int by_together(const void *x, const void *y) {
    const struct basket_pair *p = x, *q = y;
    if (p->together != q->together)
        return p->together > q->together ? -1 : 1;
    int order = str_cmp(p->a, q->a);
    return order != 0 ? order : str_cmp(p->b, q->b);
}

static size_t count_pairs(const struct counting *c, int64_t least) {
    size_t n = 0, all = c->n > 0 ? pair_at(0, c->n) : 0;
    for (size_t i = 0; i < all; i++)
        n += c->together[i] >= least;
    return n;
}

static struct basket_pair pair_of(const struct counting *c, double orders,
                                  size_t low, size_t high) {
    double x = (double)c->with[low], y = (double)c->with[high];
    int64_t both = c->together[pair_at(low, high)];
    return (struct basket_pair){.a = c->frequent[low]->name,
                                .b = c->frequent[high]->name,
                                .with_a = c->with[low],
                                .with_b = c->with[high],
                                .together = both,
                                .lift = (double)both * orders / (x * y),
                                .chi2 = chi2_of(orders, x, y, (double)both)};
}

static bool collect(const struct counting *c, struct arena *a,
                    struct basket_report *out) {
    size_t n = count_pairs(c, out->least);
    if (n > BASKET_PAIRS_MAX)
        return false;
    out->pairs = NEW_ARRAY(a, struct basket_pair, n + 1);
    for (size_t high = 1; high < c->n; high++)
        for (size_t low = 0; low < high; low++)
            if (c->together[pair_at(low, high)] >= out->least)
                out->pairs[out->n++] =
                    pair_of(c, (double)out->orders, low, high);
    if (n > 1)
        qsort(out->pairs, n, sizeof *out->pairs, by_together);
    return true;
}

bool baskets_pairs(const struct baskets *b, struct arena *a, int support_bp,
                   struct basket_report *out) {
    struct counting c = {.b = b};
    size_t n;
    struct item *items = distinct(b, a, &n);
    size_t least = rank_limit(b->orders.all.n, support_bp);
    *out = (struct basket_report){.orders = (int64_t)b->orders.all.n,
                                  .products = (int64_t)b->products.all.n,
                                  .least = least > 0 ? (int64_t)least : 1};
    choose(&c, a, items, n, out->least);
    out->frequent = c.n;
    if (c.n > BASKET_FREQUENT_MAX)
        return false;
    count_all(&c, a, items, n);
    return collect(&c, a, out);
}
