/* Cells of equal histories, by hashing and then sorting the cells alone. Pure:
 * arrays in, arrays out. Invariant: equal sets of customers give equal cells,
 * whatever their order. */
#include "analytics/history.h"

#include <stdlib.h>
#include <string.h>

/* A cell while it is made. */
struct draft {
    struct history h;
    double n;
    uint32_t first; /* place before sorting */
};

struct drafts {
    struct draft *p;
    size_t n, cap;
    uint32_t *slots; /* place in p + 1, or 0 */
    size_t mask;
};

static int cmp_double(double a, double b) {
    return (a > b) - (a < b);
}

static int rising(const void *x, const void *y) {
    return cmp_double(*(const double *)x, *(const double *)y);
}

static int by_history(const void *x, const void *y) {
    const struct draft *a = x, *b = y;
    if (a->h.x != b->h.x)
        return a->h.x < b->h.x ? -1 : 1;
    int order = cmp_double(a->h.t_x, b->h.t_x);
    return order != 0 ? order : cmp_double(a->h.T, b->h.T);
}

static uint64_t bits(double v) {
    uint64_t u;
    memcpy(&u, &v, sizeof u);
    return u;
}

static uint64_t hash(const struct history *h) {
    uint64_t k = (uint64_t)h->x * 0x9e3779b97f4a7c15u;
    k = (k ^ (k >> 29) ^ bits(h->t_x)) * 0xbf58476d1ce4e5b9u;
    k = (k ^ (k >> 32) ^ bits(h->T)) * 0x94d049bb133111ebu;
    return k ^ (k >> 31);
}

/* The place of h among the drafts, made if new. */
static uint32_t place(struct arena *a, struct drafts *d,
                      const struct history *h) {
    size_t at = hash(h) & d->mask;
    for (; d->slots[at] != 0; at = (at + 1) & d->mask) {
        const struct history *o = &d->p[d->slots[at] - 1].h;
        if (o->x == h->x && o->t_x == h->t_x && o->T == h->T)
            return d->slots[at] - 1;
    }
    if (d->n == d->cap) {
        size_t cap = d->cap * 2;
        d->p = arena_grow(a, d->p, d->cap * sizeof *d->p, cap * sizeof *d->p);
        d->cap = cap;
    }
    d->p[d->n] = (struct draft){.h = *h, .first = (uint32_t)d->n};
    d->slots[at] = (uint32_t)++d->n;
    return (uint32_t)(d->n - 1);
}

static size_t distinct(double *p, size_t n) {
    size_t kept = 0;
    qsort(p, n, sizeof *p, rising);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || p[i] != p[kept - 1])
            p[kept++] = p[i];
    return kept;
}

static uint32_t find(const double *p, size_t n, double v) {
    size_t lo = 0, hi = n;
    while (lo + 1 < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p[mid] <= v)
            lo = mid;
        else
            hi = mid;
    }
    return (uint32_t)lo;
}

static void make_cells(struct arena *a, const struct drafts *d,
                       struct history_cells *out) {
    out->n = d->n;
    out->p = NEW_ARRAY(a, struct history_cell, d->n + 1);
    out->xs = NEW_ARRAY(a, double, d->n + 1);
    out->xs_n = NEW_ARRAY(a, double, d->n + 1);
    out->times = NEW_ARRAY(a, double, 2 * d->n + 1);
    for (size_t i = 0; i < d->n; i++) {
        out->xs[i] = (double)d->p[i].h.x;
        out->times[2 * i] = d->p[i].h.t_x;
        out->times[2 * i + 1] = d->p[i].h.T;
    }
    out->n_xs = distinct(out->xs, d->n);
    out->n_times = distinct(out->times, 2 * d->n);
    for (size_t i = 0; i < d->n; i++) {
        const struct draft *one = &d->p[i];
        struct history_cell *cell = &out->p[i];
        cell->x_at = find(out->xs, out->n_xs, (double)one->h.x);
        cell->t_x_at = find(out->times, out->n_times, one->h.t_x);
        cell->T_at = find(out->times, out->n_times, one->h.T);
        cell->n = one->n;
        out->xs_n[cell->x_at] += one->n;
    }
}

void history_group(struct arena *a, const struct history *all, size_t n,
                   struct history_cells *out) {
    size_t cap = 64;
    while (cap < 2 * n)
        cap *= 2;
    struct drafts d = {.p = NEW_ARRAY(a, struct draft, 1024),
                       .cap = 1024,
                       .slots = NEW_ARRAY(a, uint32_t, cap),
                       .mask = cap - 1};
    *out = (struct history_cells){.of = NEW_ARRAY(a, uint32_t, n + 1),
                                  .customers = (int64_t)n};
    for (size_t i = 0; i < n; i++) {
        out->of[i] = place(a, &d, &all[i]);
        d.p[out->of[i]].n += 1;
        out->repeaters += all[i].x > 0;
    }
    qsort(d.p, d.n, sizeof *d.p, by_history);
    uint32_t *moved = NEW_ARRAY(a, uint32_t, d.n + 1);
    for (size_t i = 0; i < d.n; i++)
        moved[d.p[i].first] = (uint32_t)i;
    for (size_t i = 0; i < n; i++)
        out->of[i] = moved[out->of[i]];
    make_cells(a, &d, out);
}

struct history history_of(const struct history_cells *c, size_t i) {
    const struct history_cell *cell = &c->p[i];
    return (struct history){.x = (int64_t)c->xs[cell->x_at],
                            .t_x = c->times[cell->t_x_at],
                            .T = c->times[cell->T_at]};
}
