/* "Why is this customer B?": the orders behind the figures and the cut-offs
 * they were held against. Whoever adds the orders up and applies the cut-offs
 * gets the grade that is shown. */
#include "app/why.h"

#include "app/contribution.h"
#include "app/grade.h"
#include "base/num.h"
#include "base/time.h"
#include "store/grades.h"
#include "store/sight.h"

#define MICRO 6

static void put_decimal(struct ctx *c, struct jw *w, struct str key,
                        int64_t micro) {
    jw_kstr(w, key, num_text(c->arena, micro, MICRO));
}

static void put_edge(struct ctx *c, struct jw *w, struct str key,
                     struct str name, const struct ruler_edge *e) {
    jw_object(w);
    jw_kstr(w, key, name);
    if (e->set) {
        put_decimal(c, w, S("sales"), e->sales);
        jw_ki64(w, S("customer_id"), e->id);
    } else {
        jw_key(w, S("sales"));
        jw_null(w);
    }
    jw_object_end(w);
}

static void put_cutoffs(struct ctx *c, struct jw *w, const struct ruler *u) {
    jw_key(w, S("cutoffs"));
    jw_array(w);
    for (int t = 0; t < TIER_SMALL; t++)
        put_edge(c, w, S("tier"), tier_name((enum tier)t), &u->tiers[t]);
    jw_array_end(w);
}

static void put_abc(struct ctx *c, struct jw *w, const struct ruler *u,
                    const struct grade_row *g) {
    jw_key(w, S("abc"));
    jw_object(w);
    jw_kstr(w, S("class"), g->abc);
    /* With his own sales beside it, a share of all sales tells those. */
    if (g->rank > 0 && sight_everybody(c))
        jw_kstr(w, S("share_before"), num_text(c->arena, g->share_before, 9));
    jw_key(w, S("cutoffs"));
    jw_array(w);
    put_edge(c, w, S("class"), S("a"), &u->classes[0]);
    put_edge(c, w, S("class"), S("b"), &u->classes[1]);
    jw_array_end(w);
    jw_object_end(w);
}

/* Least value for score 2, 3, 4, 5; null where no value reaches it. */
static void put_thresholds(struct ctx *c, struct jw *w, const int64_t *t,
                           int kind) {
    jw_key(w, S("thresholds"));
    jw_array(w);
    for (int k = 0; k < RFM_BANDS - 1; k++) {
        if (t[k] == INT64_MAX)
            jw_null(w);
        else if (kind == 'r')
            jw_str(w, day_text(c->arena, (int32_t)t[k]));
        else if (kind == 'm')
            jw_str(w, num_text(c->arena, t[k], MICRO));
        else
            jw_i64(w, t[k]);
    }
    jw_array_end(w);
}

static void put_rfm(struct ctx *c, struct jw *w, const struct ruler *u,
                    const struct grade_row *g,
                    const struct customer_figures *f) {
    jw_key(w, S("r"));
    jw_object(w);
    jw_ki64(w, S("days"), u->as_of - f->last_day);
    jw_kstr(w, S("last_order_on"), day_text(c->arena, f->last_day));
    jw_ki64(w, S("score"), g->r);
    put_thresholds(c, w, u->r, 'r');
    jw_object_end(w);
    jw_key(w, S("f"));
    jw_object(w);
    jw_ki64(w, S("value"), f->orders);
    jw_ki64(w, S("score"), g->f);
    put_thresholds(c, w, u->f, 'f');
    jw_object_end(w);
    jw_key(w, S("m"));
    jw_object(w);
    put_decimal(c, w, S("value"), f->sales);
    jw_ki64(w, S("score"), g->m);
    put_thresholds(c, w, u->m, 'm');
    jw_object_end(w);
}

static enum err put_orders(struct ctx *c, struct jw *w, int64_t customer_id) {
    struct grade_order *o;
    size_t n;
    TRY(grades_orders(c, customer_id, &o, &n));
    jw_key(w, S("orders"));
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_ki64(w, S("id"), o[i].id);
        jw_kstr(w, S("number"), o[i].number);
        jw_kstr(w, S("day"), day_text(c->arena, o[i].day));
        put_decimal(c, w, S("sales"), o[i].sales);
        jw_object_end(w);
    }
    jw_array_end(w);
    return OK;
}

static enum err ruler_of(struct ctx *c, int64_t run_id, struct ruler *u,
                         bool *found) {
    struct str text;
    TRY(grades_ruler_of(c, run_id, &text, found));
    if (!*found)
        return OK;
    return ruler_from_json(c, text, u);
}

enum err why_customer(struct ctx *c, const struct record *r, struct jw *w) {
    int64_t customer_id = record_id(r);
    struct grade_row g;
    struct customer_figures f;
    struct ruler u;
    bool found;
    TRY(grades_get(c, customer_id, &g, &found));
    TRY(stats_figures(c, customer_id, &f));
    jw_object(w);
    jw_ki64(w, S("customer_id"), customer_id);
    jw_key(w, S("grade"));
    if (g.grade.n > 0)
        jw_str(w, g.grade);
    else
        jw_null(w);
    put_decimal(c, w, S("sales"), f.sales);
    found = false;
    if (g.grade.n > 0)
        TRY(ruler_of(c, g.run_id, &u, &found));
    if (found) {
        jw_kstr(w, S("as_of"), day_text(c->arena, u.as_of));
        jw_ki64(w, S("run_id"), g.run_id);
        if (g.rank > 0)
            jw_ki64(w, S("rank"), g.rank);
        if (sight_everybody(c)) {
            jw_ki64(w, S("of"), u.customers);
            put_decimal(c, w, S("total_sales"), u.sales);
        }
        if (f.orders > 0)
            TRY(contribution_one(c, &u.basis, &f));
        TRY(why_basis(c, &u, &f, w));
        put_cutoffs(c, w, &u);
        put_abc(c, w, &u, &g);
        put_rfm(c, w, &u, &g, &f);
    }
    TRY(why_lifetime(c, r, w));
    TRY(why_matrix(c, r, w));
    TRY(put_orders(c, w, customer_id));
    jw_object_end(w);
    return OK;
}
