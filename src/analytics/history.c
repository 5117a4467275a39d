/* Cells of equal histories, by hashing and then sorting the cells alone. Pure:
 * arrays in, arrays out. Invariant: equal sets of customers give equal cells,
 * whatever their order. */
#include "analytics/history.h"

#include "analytics/radix.h"

#include <math.h>
#include <string.h>

/* A cell while it is made. */
struct draft {
    struct history h;
    double n;
};

struct drafts {
    struct draft *p;
    size_t n, cap;
    uint32_t *slots; /* place in p + 1, or 0 */
    size_t mask;
};

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
    d->p[d->n] = (struct draft){.h = *h};
    d->slots[at] = (uint32_t)++d->n;
    return (uint32_t)(d->n - 1);
}

static struct drafts drafts_new(struct arena *a, size_t n) {
    size_t cap = 64;
    while (cap < 2 * n)
        cap *= 2;
    return (struct drafts){.p = NEW_ARRAY(a, struct draft, 1024),
                           .cap = 1024,
                           .slots = NEW_ARRAY(a, uint32_t, cap),
                           .mask = cap - 1};
}

/* --- distinct values ---------------------------------------------------- */

/* A few hundred as a rule, each met many times. */
struct values {
    double *p;       /* as they were met */
    uint32_t *slots; /* place in p + 1, or 0 */
    size_t n, mask;
};

static struct values values_new(struct arena *a, size_t most) {
    size_t cap = 64;
    while (cap < 2 * most)
        cap *= 2;
    return (struct values){.p = NEW_ARRAY(a, double, most + 1),
                           .slots = NEW_ARRAY(a, uint32_t, cap),
                           .mask = cap - 1};
}

static uint32_t value_place(struct values *s, double v) {
    v += 0.0; /* no negative zero: it would sort behind all others */
    uint64_t k = bits(v) * 0x9e3779b97f4a7c15u;
    size_t at = (k ^ (k >> 32)) & s->mask;
    for (; s->slots[at] != 0; at = (at + 1) & s->mask)
        if (s->p[s->slots[at] - 1] == v)
            return s->slots[at] - 1;
    s->p[s->n] = v;
    s->slots[at] = (uint32_t)++s->n;
    return (uint32_t)(s->n - 1);
}

/* Sorts the values; out[k] is where the one met as the kth stands then. None is
 * negative, so their bits have their order. */
static uint32_t *put_in_order(struct arena *a, struct values *s) {
    uint32_t *out = NEW_ARRAY(a, uint32_t, s->n + 1);
    struct radix_item *p = NEW_ARRAY(a, struct radix_item, s->n);
    for (size_t k = 0; k < s->n; k++)
        p[k] = (struct radix_item){bits(s->p[k]), k};
    p = radix_sort(p, NEW_ARRAY(a, struct radix_item, s->n), s->n);
    double *sorted = NEW_ARRAY(a, double, s->n + 1);
    for (size_t k = 0; k < s->n; k++) {
        sorted[k] = s->p[p[k].at];
        out[p[k].at] = (uint32_t)k;
    }
    s->p = sorted;
    return out;
}

/* --- cells -------------------------------------------------------------- */

/* By x, t_x, T: the order of the cells. */
static struct radix_item *order_of(struct arena *a,
                                   const struct history_cell *p, size_t n) {
    struct radix_item *one = NEW_ARRAY(a, struct radix_item, n);
    struct radix_item *two = NEW_ARRAY(a, struct radix_item, n);
    for (size_t i = 0; i < n; i++)
        one[i] = (struct radix_item){p[i].T_at, i};
    struct radix_item *by_T = radix_sort(one, two, n);
    for (size_t i = 0; i < n; i++)
        by_T[i].key = (uint64_t)p[by_T[i].at].x_at << 32 | p[by_T[i].at].t_x_at;
    return radix_sort(by_T, by_T == one ? two : one, n);
}

/* Sets all but `of`; moved[i] is the cell of draft i. */
static void make_cells(struct arena *a, const struct drafts *d,
                       struct history_cells *out, uint32_t *moved) {
    struct history_cell *p = NEW_ARRAY(a, struct history_cell, d->n + 1);
    struct values xs = values_new(a, d->n), times = values_new(a, 2 * d->n);
    for (size_t i = 0; i < d->n; i++)
        p[i] =
            (struct history_cell){value_place(&xs, (double)d->p[i].h.x),
                                  value_place(&times, d->p[i].h.t_x),
                                  value_place(&times, d->p[i].h.T), d->p[i].n};
    const uint32_t *x_at = put_in_order(a, &xs);
    const uint32_t *time_at = put_in_order(a, &times);
    for (size_t i = 0; i < d->n; i++)
        p[i] = (struct history_cell){x_at[p[i].x_at], time_at[p[i].t_x_at],
                                     time_at[p[i].T_at], p[i].n};
    out->n = d->n;
    out->xs = xs.p;
    out->n_xs = xs.n;
    out->times = times.p;
    out->n_times = times.n;
    out->xs_n = NEW_ARRAY(a, double, xs.n + 1);
    out->p = NEW_ARRAY(a, struct history_cell, d->n + 1);
    const struct radix_item *order = order_of(a, p, d->n);
    for (size_t i = 0; i < d->n; i++) {
        out->p[i] = p[order[i].at];
        out->xs_n[out->p[i].x_at] += out->p[i].n;
        moved[order[i].at] = (uint32_t)i;
    }
}

void history_group(struct arena *a, const struct history *all, size_t n,
                   struct history_cells *out) {
    struct drafts d = drafts_new(a, n);
    *out = (struct history_cells){.of = NEW_ARRAY(a, uint32_t, n + 1),
                                  .customers = (int64_t)n};
    for (size_t i = 0; i < n; i++) {
        out->of[i] = place(a, &d, &all[i]);
        d.p[out->of[i]].n += 1;
        out->repeaters += all[i].x > 0;
    }
    uint32_t *moved = NEW_ARRAY(a, uint32_t, d.n + 1);
    make_cells(a, &d, out, moved);
    for (size_t i = 0; i < n; i++)
        out->of[i] = moved[out->of[i]];
}

void history_coarse(struct arena *a, const struct history_cells *fine,
                    int steps, struct history_cells *out) {
    double unit = fine->n_times == 0 ? 1 : fine->times[fine->n_times - 1];
    struct drafts d = drafts_new(a, fine->n);
    unit = unit > 0 ? unit / steps : 1;
    *out = (struct history_cells){.customers = fine->customers,
                                  .repeaters = fine->repeaters};
    for (size_t i = 0; i < fine->n; i++) {
        struct history h = history_of(fine, i);
        h.t_x = round(h.t_x / unit) * unit;
        h.T = round(h.T / unit) * unit;
        uint32_t at = place(a, &d, &h); /* may move d.p */
        d.p[at].n += fine->p[i].n;
    }
    make_cells(a, &d, out, NEW_ARRAY(a, uint32_t, d.n + 1));
}

struct history history_of(const struct history_cells *c, size_t i) {
    const struct history_cell *cell = &c->p[i];
    return (struct history){.x = (int64_t)c->xs[cell->x_at],
                            .t_x = c->times[cell->t_x_at],
                            .T = c->times[cell->T_at]};
}
