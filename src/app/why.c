/* "Why is this customer B?": the orders behind the figures and the cut-offs
 * they were held against. Whoever adds the orders up and applies the cut-offs
 * gets the grade that is shown. */
#include "app/why.h"

#include "analytics/rank.h"
#include "app/contribution.h"
#include "app/grade_judge.h"
#include "base/num.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/grades.h"
#include "store/ranks.h"
#include "store/sight.h"

#define MICRO 6
#define SHARE_SCALE 1000000000
/* So many orders are named of a customer whose sales are told day by day. */
#define ORDERS_NAMED 1000

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

/* Cut-offs are contributions: of others, for those who may see his. With them,
 * his own tells his grade. */
static void put_cutoffs(struct ctx *c, struct jw *w, const struct ruler *u) {
    bool seen =
        why_measure_seen(c, u->basis.measure) && why_seen(c, S("grade"));
    jw_key(w, S("cutoffs"));
    jw_array(w);
    for (int t = 0; seen && t < TIER_SMALL; t++)
        put_edge(c, w, S("tier"), tier_name((enum tier)t), &u->tiers[t]);
    jw_array_end(w);
}

/* A customer with what judged him. */
struct judged {
    struct score_state state;
    struct ruler ruler;
    bool found; /* a ruler that says what is stored */
    struct rank rank;
    bool ranked;
};

static struct str class_of(const struct judged *j) {
    return str_of(score_class_name(j->state.now.abc));
}

static void put_abc(struct ctx *c, struct jw *w, const struct judged *j) {
    const struct ruler *u = &j->ruler;
    if (!why_seen(c, S("abc_class")))
        return;
    jw_key(w, S("abc"));
    jw_object(w);
    jw_kstr(w, S("class"), class_of(j));
    /* With his own sales beside it, a share of all sales tells those. */
    if (j->ranked && sight_everybody(c)) {
        double share = share_of(j->rank.before, u->total);
        jw_kstr(w, S("share_before"),
                num_text(c->arena, (int64_t)(share * SHARE_SCALE + 0.5), 9));
    }
    jw_key(w, S("cutoffs"));
    jw_array(w);
    if (why_measure_seen(c, u->basis.measure)) {
        put_edge(c, w, S("class"), S("a"), &u->classes[0]);
        put_edge(c, w, S("class"), S("b"), &u->classes[1]);
    }
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

static void put_ties(struct jw *w, const struct ruler *u, int which,
                     const int64_t *t) {
    if (u->mode != RFM_NTILE)
        return;
    jw_key(w, S("ties"));
    jw_array(w);
    for (int k = 0; k < RFM_BANDS - 1; k++) {
        if (t[k] == INT64_MAX)
            jw_null(w);
        else
            jw_i64(w, u->ties[which][k]);
    }
    jw_array_end(w);
}

void why_rfm_rules(struct ctx *c, struct jw *w, const struct ruler *u) {
    static const struct str names[] = {S_INIT("days"), S_INIT("orders"),
                                       S_INIT("money")};
    int64_t cuts[3][RFM_BANDS - 1];
    ruler_bands(u, cuts);
    jw_object(w);
    jw_kstr(w, S("mode"), rfm_mode_name(u->mode));
    for (int which = 0; u->mode == RFM_FIXED && which < 3; which++) {
        jw_key(w, names[which]);
        jw_array(w);
        for (int k = 0; k < RFM_BANDS - 1; k++) {
            if (which == 2)
                jw_str(w, num_text(c->arena, cuts[2][k], MICRO));
            else
                jw_i64(w, cuts[which][k]);
        }
        jw_array_end(w);
    }
    jw_object_end(w);
}

static void put_rfm(struct ctx *c, struct jw *w, const struct ruler *u,
                    const struct score_set *g,
                    const struct customer_figures *f) {
    jw_key(w, S("rfm"));
    why_rfm_rules(c, w, u);
    if (why_seen(c, S("r_score")) && why_seen(c, S("last_order_on"))) {
        jw_key(w, S("r"));
        jw_object(w);
        jw_ki64(w, S("days"), u->as_of - f->last_day);
        jw_kstr(w, S("last_order_on"), day_text(c->arena, f->last_day));
        jw_ki64(w, S("score"), g->r);
        put_thresholds(c, w, u->r, 'r');
        put_ties(w, u, 0, u->r);
        jw_object_end(w);
    }
    if (why_seen(c, S("f_score")) && why_seen(c, S("orders"))) {
        jw_key(w, S("f"));
        jw_object(w);
        jw_ki64(w, S("value"), f->orders);
        jw_ki64(w, S("score"), g->f);
        put_thresholds(c, w, u->f, 'f');
        put_ties(w, u, 1, u->f);
        jw_object_end(w);
    }
    if (why_seen(c, S("m_score"))) {
        jw_key(w, S("m"));
        jw_object(w);
        put_decimal(c, w, S("value"), f->sales);
        jw_ki64(w, S("score"), g->m);
        put_thresholds(c, w, u->m, 'm');
        put_ties(w, u, 2, u->m);
        jw_object_end(w);
    }
}

/* Of a customer with very many orders. */
static void put_days(struct ctx *c, struct jw *w, const struct grade_day *d,
                     size_t n) {
    jw_key(w, S("days"));
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_kstr(w, S("day"), day_text(c->arena, d[i].day));
        jw_ki64(w, S("orders"), d[i].orders);
        put_decimal(c, w, S("sales"), d[i].sales);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static enum err put_orders(struct ctx *c, struct jw *w, int64_t customer_id) {
    struct grade_order *o;
    struct grade_day *d;
    size_t n, n_days;
    TRY(grades_days(c, customer_id, &d, &n_days));
    TRY(grades_orders(c, customer_id, n_days > 0 ? ORDERS_NAMED : INT64_MAX, &o,
                      &n));
    if (n_days > 0 && why_days_seen(c))
        put_days(c, w, d, n_days);
    jw_key(w, S("orders"));
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        why_order(c, w, S("id"), o[i].id, o[i].number, o[i].day);
        put_decimal(c, w, S("sales"), o[i].sales);
        jw_object_end(w);
    }
    jw_array_end(w);
    return OK;
}

/* Does the ruler say what is stored? While a run is at work, and after one that
 * broke off, some customers stand as that one says already. */
static enum err judge_by(struct ctx *c, int64_t run_id, struct judged *j) {
    struct judge judge = {.ruler = &j->ruler,
                          .today = zone_day(c->zone, c->now_ms)};
    struct score_set says, *is = &j->state.now;
    struct str text;
    TRY(grades_ruler_of(c, run_id, &text, &j->found));
    if (!j->found)
        return OK;
    TRY(ruler_from_json(c, text, &j->ruler));
    j->ruler.run_id = run_id;
    if (!ruler_is_plain(&j->ruler.basis))
        TRY(contribution_one(c, &j->ruler.basis, &j->state.figures));
    judge_set(&judge, &j->state, &says);
    j->found = says.grade == is->grade && says.abc == is->abc &&
               says.r == is->r && says.f == is->f && says.m == is->m;
    return OK;
}

static enum err find_ruler(struct ctx *c, struct judged *j) {
    int64_t in_force, begun_ms, broken;
    bool found;
    TRY(grades_last(c, &in_force, &begun_ms, &found));
    if (!found)
        in_force = 0;
    TRY(judge_by(c, in_force, j));
    if (j->found)
        return OK;
    TRY(grades_broken(c, in_force, &broken, &found));
    if (found)
        TRY(judge_by(c, broken, j));
    if (!j->found && in_force > 0) {
        TRY(judge_by(c, in_force, j));
        j->found = true;
    }
    return OK;
}

static enum err judged_of(struct ctx *c, int64_t customer_id,
                          struct judged *out) {
    struct ranked who = {.id = customer_id};
    bool found;
    *out = (struct judged){.found = false};
    TRY(scores_one(c, customer_id, &out->state, &found));
    if (out->state.now.grade == 0)
        return OK;
    TRY(find_ruler(c, out));
    if (!out->found)
        return OK;
    who.contribution =
        ruler_contribution(&out->ruler.basis, &out->state.figures);
    return ranks_find(c, out->ruler.run_id, who, &out->rank, &out->ranked);
}

enum err why_customer(struct ctx *c, const struct record *r, struct jw *w) {
    int64_t customer_id = record_id(r);
    struct judged j;
    const struct ruler *u = &j.ruler;
    TRY(judged_of(c, customer_id, &j));
    const struct score_set *g = &j.state.now;
    jw_object(w);
    jw_ki64(w, S("customer_id"), customer_id);
    bool seen = why_seen(c, S("grade"));
    if (g->grade == 0) {
        jw_key(w, S("grade"));
        jw_null(w);
    } else if (seen) {
        jw_kstr(w, S("grade"), str_of(score_grade_name(g->grade)));
    }
    put_decimal(c, w, S("sales"), j.state.figures.sales);
    if (j.found) {
        jw_kstr(w, S("as_of"), day_text(c->arena, u->as_of));
        jw_ki64(w, S("run_id"), u->run_id);
        if (j.ranked && seen)
            jw_ki64(w, S("rank"), j.rank.rank);
        if (sight_everybody(c)) {
            jw_ki64(w, S("of"), u->customers);
            put_decimal(c, w, S("total_sales"), u->sales);
        }
        TRY(why_basis(c, r, u, &j.state.figures, w));
        put_cutoffs(c, w, u);
        why_gap(c, r, u, &j.state.figures, w);
        put_abc(c, w, &j);
        put_rfm(c, w, u, g, &j.state.figures);
    }
    why_effective(c, r, w);
    TRY(why_lifetime(c, r, w));
    TRY(why_matrix(c, r, w));
    TRY(why_group(c, r, w));
    TRY(why_policy(c, r, w));
    TRY(put_orders(c, w, customer_id));
    jw_object_end(w);
    return OK;
}
