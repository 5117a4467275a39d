/* A full run beside what orders wrote one by one: sums over the columns of all
 * orders, not the statistics that the orders kept up. */
#include "value_check.h"

#include "analytics/columns.h"
#include "app/grade_judge.h"
#include "app/lifetime.h"
#include "base/die.h"
#include "base/zone.h"
#include "store/mirror.h"

SQL(Q_CUSTOMERS, "SELECT id FROM customer_stats WHERE orders > 0 ORDER BY id");
SQL(Q_LIFETIMES,
    "SELECT id, interval_days, due_on, p_alive, expected_52w, clv_12m FROM"
    " customer_stats WHERE orders > 0 ORDER BY id");

static struct rows *ask(struct ctx *c, const struct sql *q) {
    struct rows *r;
    if (db_query(c, q, NO_ARGS, &r) != OK)
        die("%s failed", q->name);
    return r;
}

static bool next(struct rows *r) {
    bool more;
    if (rows_next(r, &more) != OK)
        die("a row can't be read");
    return more;
}

size_t value_check_ids(struct ctx *c, int64_t *ids, size_t most) {
    struct rows *r = ask(c, &Q_CUSTOMERS);
    size_t n = 0;
    while (next(r))
        if (n < most)
            ids[n++] = row_i64(r, 0);
    return n;
}

/* What the columns say of everybody. */
static size_t figures(struct ctx *c, struct sales_figures **out) {
    struct mirror_view v;
    size_t n;
    if (mirror_open(c, &v) != OK)
        die("no columns");
    struct sales_columns columns = {.order = v.order,
                                    .customer = v.customer,
                                    .day = v.day,
                                    .sales = v.sales,
                                    .n = v.n};
    struct sales_span ever = {INT32_MIN, INT32_MAX};
    if (!columns_figures(c->arena, &columns, ever, true, out, &n))
        die("a sum leaves 64 bits");
    mirror_close(&v);
    return n;
}

static int64_t stored(const struct rows *r, int col) {
    return row_is_null(r, col) ? LIFETIME_NONE : row_i64(r, col);
}

static bool same_lifetime(const struct rows *r,
                          const struct lifetime_score *s) {
    return stored(r, 1) == s->interval && stored(r, 2) == s->due_on &&
           stored(r, 3) == s->p_alive && stored(r, 4) == s->expected_52w &&
           stored(r, 5) == s->clv_12m;
}

static bool same_scores(const struct score_set *a, const struct score_set *b) {
    return a->grade == b->grade && a->effective == b->effective &&
           a->abc == b->abc && a->r == b->r && a->f == b->f && a->m == b->m &&
           a->gap == b->gap;
}

/* Bands, classes and tiers. */
static void check_scores(struct ctx *c, const struct sales_figures *f, size_t n,
                         struct value_check *out) {
    struct ruler ruler;
    struct judge judge = {.ruler = &ruler,
                          .today = zone_day(c->zone, c->now_ms)};
    struct valuation *s;
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, n + 1);
    size_t found;
    bool any;
    for (size_t i = 0; i < n; i++)
        ids[i] = f[i].customer;
    if (judge_ruler(c, &ruler, &any) != OK || !any ||
        valuations_of(c, ids, n, &s, &found) != OK || found != n)
        die("the scores can't be read");
    for (size_t i = 0; i < n; i++) {
        struct score_set want;
        struct score_state state = s[i].scores;
        state.figures.sales = f[i].sales;
        state.figures.orders = f[i].orders;
        state.figures.last_day = f[i].last_day;
        judge_set(&judge, &state, &want);
        out->wrong += !same_scores(&want, &s[i].scores.now);
    }
}

/* What the purchase model says. */
static void check_lifetimes(struct ctx *c, const struct sales_figures *f,
                            size_t n, struct value_check *out) {
    struct clv_models models;
    struct str json;
    int32_t as_of;
    bool any;
    if (lifetimes_fitted(c, &json, &as_of, &any) != OK || !any ||
        lifetime_models_read(c, json, &models) != OK)
        die("the models can't be read");
    struct rows *r = ask(c, &Q_LIFETIMES);
    for (size_t i = 0; i < n; i++) {
        struct lifetime_score want;
        struct lifetime_facts facts = {.id = f[i].customer,
                                       .first_day = f[i].first_day,
                                       .last_day = f[i].last_day,
                                       .days = f[i].days,
                                       .sales = f[i].sales,
                                       .first_day_sales = f[i].first_day_sales};
        if (!next(r) || row_i64(r, 0) != facts.id)
            die("customer %lld is not stored", (long long)facts.id);
        lifetime_score(&models, as_of, &facts, &want);
        out->wrong += !same_lifetime(r, &want);
        out->by_model += want.clv_12m != LIFETIME_NONE;
    }
    rows_end(r);
}

void value_check(struct ctx *c, struct value_check *out) {
    struct sales_figures *f;
    size_t n = figures(c, &f);
    *out = (struct value_check){.customers = (int64_t)n};
    check_scores(c, f, n, out);
    check_lifetimes(c, f, n, out);
}
