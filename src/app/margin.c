/* Margins of orders. Owns nothing. One thread a call; the slices of
 * margins_fill are writes of their own. */
#include "app/costs.h"

#include "app/grade.h"
#include "app/settings.h"
#include "app/slices.h"
#include "base/num.h"
#include "base/wide.h"
#include "store/costs.h"
#include "store/trail.h"

#include <stdlib.h>

#define RATE_SCALE 9
#define BASIS_POINTS 10000
#define SLICE 200 /* at most */
#define SLICE_FIRST 50

static enum err overflow(struct ctx *c) {
    return fail(c, ERR_INVALID, "amount", "amount_overflow");
}

/* amount × per cent, taken for granted. */
static bool assume(int64_t amount, int64_t percent, int64_t *out) {
    i128 v = (i128)amount * percent;
    v = (v + (v < 0 ? -1 : 1) * (BASIS_POINTS / 2)) / BASIS_POINTS;
    *out = (int64_t)v;
    return v <= INT64_MAX && v >= INT64_MIN;
}

/* Goods given back take their margin off, whichever sign their lines have. */
static enum err margin(struct ctx *c, const struct order_margin *m, bool *known,
                       int64_t *out) {
    int64_t percent = 0, loose = 0;
    bool bare = m->lines == 0;
    *out = 0;
    if (m->unpriced > 0 || (bare && m->base != 0))
        TRY(settings_i64(c, SETTING_COST_ASSUMED_MARGIN, &percent));
    *known = percent > 0 || (m->unpriced == 0 && (!bare || m->base == 0));
    if (!*known)
        return OK;
    if (bare)
        return assume(m->base, percent, out) ? OK : overflow(c);
    *out = m->priced;
    if (!assume(m->loose, percent, &loose) || !num_add(out, loose) ||
        !num_mul(*out, m->rate, RATE_SCALE, out))
        return overflow(c);
    if (m->is_return && m->total > 0)
        *out = -*out;
    return OK;
}

enum err margins_of_orders(struct ctx *c, const int64_t *ids, size_t n) {
    struct order_margin *all;
    size_t found;
    if (n == 0)
        return OK;
    TRY(order_margins(c, ids, n, &all, &found));
    for (size_t i = 0; i < found; i++) {
        bool known;
        int64_t amount;
        TRY(margin(c, &all[i], &known, &amount));
        TRY(order_margin_set(c, all[i].order_id, known, amount));
    }
    return OK;
}

enum err margin_of_order(struct ctx *c, int64_t order_id) {
    return margins_of_orders(c, &order_id, 1);
}

/* --- filling in --------------------------------------------------------- */

struct filling {
    struct slices s;
    int64_t after; /* id */
    int64_t ids[SLICE], customers[SLICE];
    size_t n;
};

static int by_id(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static enum err fill_slice(struct ctx *c, void *arg) {
    struct filling *f = arg;
    const struct entity_info *i = registry_find(c->registry, S("order"));
    struct scope all = {.e = i->e, .act = ACT_READ, .level = LEVEL_ALL};
    size_t n = 0;
    TRY(margins_of_orders(c, f->ids, f->n));
    for (size_t k = 0; k < f->n; k++) {
        struct record *o;
        enum err e = record_load(c, &all, f->ids[k], false, &o);
        if (e == ERR_NOT_FOUND) {
            fail_clear(c); /* deleted since it was listed */
            continue;
        }
        TRY(e);
        /* those who follow the log learn of the margin */
        TRY(trail_change(c, SAVE_UPDATE, o, o));
        f->customers[n++] = record_i64(o, S("customer_id"));
    }
    qsort(f->customers, n, sizeof *f->customers, by_id);
    for (size_t k = 0; k < n; k++)
        if (f->customers[k] != 0 &&
            (k == 0 || f->customers[k] != f->customers[k - 1])) {
            TRY(stats_orders(c, f->customers[k], NULL));
            TRY(grade_rescore_costs(c, f->customers[k]));
        }
    return OK;
}

static enum err find_next(struct ctx *c, void *arg) {
    struct filling *f = arg;
    int64_t percent;
    TRY(settings_i64(c, SETTING_COST_ASSUMED_MARGIN, &percent));
    TRY(orders_unpriced(c, f->after, percent > 0, f->s.to - f->s.from, f->ids,
                        &f->n));
    f->s.to = f->s.from + f->n;
    f->s.idle = f->n == 0;
    return OK;
}

static void go_on(void *arg) {
    struct filling *f = arg;
    if (f->n > 0)
        f->after = f->ids[f->n - 1];
}

enum err margins_fill(struct ctx *c, int64_t *filled) {
    struct filling f = {.s = {.step = "margins",
                              .n = SLICES_OPEN,
                              .total = 1, /* unknown */
                              .first = SLICE_FIRST,
                              .least = 1,
                              .most = SLICE,
                              .find = find_next,
                              .write = fill_slice,
                              .wrote = go_on,
                              .arg = &f}};
    enum err e = slices_run(c, &f.s);
    *filled = (int64_t)f.s.from;
    return e;
}
