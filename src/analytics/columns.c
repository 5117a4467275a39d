/* One pass over columns. Pure; any thread. Invariant: integers only, so the
 * result does not depend on the order of rows. */
#include "analytics/columns.h"

#include <stdlib.h>
#include <string.h>

#define SPARSE 16 /* customer numbers a row from which they are hashed */
#define NOBODY UINT32_MAX

/* Places of customers among the figures. */
struct places {
    uint32_t *at;  /* by number less the least, or by hash */
    int64_t *keys; /* of the hash; NULL: by number */
    int64_t least;
    size_t mask;
};

struct work {
    const struct sales_columns *c;
    struct sales_span span;
    struct places places;
    struct sales_figures *all;
    size_t n;
};

static bool counts(const struct work *w, size_t i) {
    return w->c->sales[i] > 0 && w->c->day[i] >= w->span.from &&
           w->c->day[i] <= w->span.to;
}

static void make_places(struct arena *a, const struct sales_columns *c,
                        struct places *p) {
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < c->n; i++) {
        low = c->customer[i] < low ? c->customer[i] : low;
        high = c->customer[i] > high ? c->customer[i] : high;
    }
    uint64_t width = c->n > 0 ? (uint64_t)high - (uint64_t)low + 1 : 1;
    *p = (struct places){.least = low};
    if (width / SPARSE > c->n + 1024) {
        size_t cap = 1024;
        while (cap < 2 * c->n)
            cap *= 2;
        p->mask = cap - 1;
        p->keys = NEW_ARRAY(a, int64_t, cap);
        width = cap;
    }
    p->at = NEW_ARRAY(a, uint32_t, (size_t)width);
    memset(p->at, 0xff, (size_t)width * sizeof *p->at);
}

/* Where the place of a customer stands, NOBODY in it when it is new. */
static uint32_t *find(struct places *p, int64_t customer) {
    if (p->keys == NULL)
        return &p->at[customer - p->least];
    size_t h = (size_t)((uint64_t)customer * 0x9e3779b97f4a7c15u >> 20);
    for (h &= p->mask; p->at[h] != NOBODY && p->keys[h] != customer;)
        h = (h + 1) & p->mask;
    p->keys[h] = customer;
    return &p->at[h];
}

/* Gives each customer who counts his place, in the order of numbers where
 * places go by number, and room for his figures. */
static void give_places(struct arena *a, struct work *w) {
    for (size_t i = 0; i < w->c->n; i++) {
        if (!counts(w, i))
            continue;
        uint32_t *at = find(&w->places, w->c->customer[i]);
        if (*at == NOBODY)
            *at = (uint32_t)w->n++;
    }
    if (w->places.keys == NULL)
        for (size_t i = 0, n = 0; n < w->n; i++)
            if (w->places.at[i] != NOBODY)
                w->places.at[i] = (uint32_t)n++;
    w->all = NEW_ARRAY(a, struct sales_figures, w->n + 1);
}

static struct sales_figures *figures_of(struct work *w, size_t row) {
    struct sales_figures *f = &w->all[*find(&w->places, w->c->customer[row])];
    if (f->orders == 0) {
        f->customer = w->c->customer[row];
        f->first_day = f->last_day = w->c->day[row];
    }
    return f;
}

static void count_orders(struct work *w) {
    for (size_t i = 0; i < w->c->n; i++)
        if (counts(w, i))
            figures_of(w, i)->orders++;
}

static bool add_rows(struct work *w) {
    const struct sales_columns *c = w->c;
    for (size_t i = 0; i < c->n; i++) {
        if (!counts(w, i))
            continue;
        struct sales_figures *f = figures_of(w, i);
        if (__builtin_add_overflow(f->sales, c->sales[i], &f->sales))
            return false;
        f->orders++;
        f->first_day = c->day[i] < f->first_day ? c->day[i] : f->first_day;
        f->last_day = c->day[i] > f->last_day ? c->day[i] : f->last_day;
    }
    return true;
}

static int rising_days(const void *x, const void *y) {
    int32_t a = *(const int32_t *)x, b = *(const int32_t *)y;
    return (a > b) - (a < b);
}

/* Sorts days and leaves each once; how many. */
static size_t distinct(int32_t *days, size_t n) {
    size_t found = 0;
    qsort(days, n, sizeof *days, rising_days);
    for (size_t i = 0; i < n; i++)
        if (found == 0 || days[i] != days[found - 1])
            days[found++] = days[i];
    return found;
}

/* The days of all rows, those of a customer together. */
struct day_groups {
    int32_t *days;
    size_t *end; /* of each customer */
};

static void group_days(struct arena *a, struct work *w,
                       struct day_groups *out) {
    const struct sales_columns *c = w->c;
    size_t sum = 0;
    out->end = NEW_ARRAY(a, size_t, w->n + 1);
    for (size_t k = 0; k < w->n; k++) {
        out->end[k] = sum;
        sum += (size_t)w->all[k].orders;
    }
    out->days = NEW_ARRAY(a, int32_t, sum + 1);
    for (size_t i = 0; i < c->n; i++)
        if (counts(w, i))
            out->days[out->end[*find(&w->places, c->customer[i])]++] =
                c->day[i];
}

static void count_days(struct arena *a, struct work *w) {
    const struct sales_columns *c = w->c;
    struct day_groups g;
    group_days(a, w, &g);
    for (size_t k = 0; k < w->n; k++) {
        size_t n = (size_t)w->all[k].orders;
        w->all[k].days = (int64_t)distinct(g.days + g.end[k] - n, n);
    }
    for (size_t i = 0; i < c->n; i++) {
        if (!counts(w, i))
            continue;
        struct sales_figures *f = &w->all[*find(&w->places, c->customer[i])];
        if (c->day[i] == f->first_day)
            f->first_day_sales += c->sales[i];
    }
}

static int by_customer(const void *x, const void *y) {
    const struct sales_figures *a = x, *b = y;
    return (a->customer > b->customer) - (a->customer < b->customer);
}

bool columns_figures(struct arena *a, const struct sales_columns *c,
                     struct sales_span span, bool with_days,
                     struct sales_figures **out, size_t *n_out) {
    struct work w = {.c = c, .span = span};
    make_places(a, c, &w.places);
    give_places(a, &w);
    if (!add_rows(&w))
        return false;
    if (with_days)
        count_days(a, &w);
    if (w.places.keys != NULL && w.n > 1)
        qsort(w.all, w.n, sizeof *w.all, by_customer);
    *out = w.all;
    *n_out = w.n;
    return true;
}

void columns_visit(const void *of, struct arena *scratch,
                   void (*fn)(void *user, const int32_t *days, size_t n),
                   void *user) {
    struct work w = {.c = of, .span = {INT32_MIN, INT32_MAX}};
    struct day_groups g;
    make_places(scratch, w.c, &w.places);
    give_places(scratch, &w);
    count_orders(&w);
    group_days(scratch, &w, &g);
    for (size_t k = 0; k < w.n; k++) {
        size_t n = (size_t)w.all[k].orders;
        int32_t *days = g.days + g.end[k] - n;
        fn(user, days, distinct(days, n));
    }
}
