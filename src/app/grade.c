/* Grading runs. The ruler is made from one consistent read; customers are then
 * scored from their figures as they are at their slice, so a sale in between
 * is never lost: it is scored against the new ruler. */
#include "app/grade.h"

#include "app/lifetime.h"

#include "analytics/rank.h"
#include "app/settings.h"
#include "base/num.h"
#include "base/zone.h"
#include "store/grades.h"
#include "store/store.h"

#define SLICE 500
#define SHARE_SCALE 1000000000

static enum err basis_points(struct ctx *c, enum setting_id id, int *out) {
    int64_t v;
    TRY(settings_i64(c, id, &v));
    *out = (int)v;
    return OK;
}

static enum err as_of_day(struct ctx *c, int32_t *out) {
    struct str policy;
    TRY(settings_text(c, SETTING_VALUE_AS_OF, &policy));
    *out = zone_day(c->zone, c->now_ms);
    if (!str_eqc(policy, "after_last_sale"))
        return OK;
    int32_t last;
    TRY(stats_last_sale(c, &last));
    if (last != 0)
        *out = last + 1;
    return OK;
}

enum err grade_rules(struct ctx *c, struct value_rules *out) {
    *out = (struct value_rules){.rfm.mode = RFM_SHARE};
    TRY(as_of_day(c, &out->as_of));
    TRY(basis_points(c, SETTING_VALUE_ABC_A, &out->abc.a_bp));
    TRY(basis_points(c, SETTING_VALUE_ABC_B, &out->abc.b_bp));
    TRY(basis_points(c, SETTING_VALUE_TIER_VIP, &out->pyramid.vip_bp));
    TRY(basis_points(c, SETTING_VALUE_TIER_MAIN, &out->pyramid.main_bp));
    return basis_points(c, SETTING_VALUE_TIER_ORDINARY,
                        &out->pyramid.ordinary_bp);
}

enum err grade_report(struct ctx *c, struct value_rules rules,
                      struct value_report *report, int64_t **ids) {
    struct customer_figures *all;
    size_t n;
    TRY(stats_all(c, &all, &n));
    struct customer_sales *in =
        NEW_ARRAY(c->arena, struct customer_sales, n + 1);
    struct transactions_totals totals = {.customers = (int64_t)n};
    *ids = NEW_ARRAY(c->arena, int64_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        (*ids)[i] = all[i].id;
        in[i] = (struct customer_sales){
            .id = num_text(c->arena, all[i].id, 0),
            .last_day = all[i].last_day,
            .orders = all[i].orders,
            .sales = all[i].sales,
        };
        if (!num_add(&totals.sales, all[i].sales))
            return fail(c, ERR_INVALID, "", "amount_overflow");
    }
    value_report(c->arena, in, n, &totals, rules, report);
    return OK;
}

/* --- one customer
 * --------------------------------------------------------------- */

static void fill_row(const struct ruler *u, const struct customer_figures *f,
                     struct grade_row *g) {
    static const struct str classes[] = {S_INIT("a"), S_INIT("b"), S_INIT("c")};
    struct scores s;
    ruler_score(u, f, &s);
    *g = (struct grade_row){.customer_id = f->id,
                            .run_id = u->run_id,
                            .as_of = u->as_of,
                            .sales = f->sales};
    if (!s.graded)
        return;
    g->grade = tier_name(s.tier);
    g->abc = classes[s.abc - 'a'];
    g->r = s.r;
    g->f = s.f;
    g->m = s.m;
}

static enum err current_ruler(struct ctx *c, struct ruler *u, bool *found) {
    struct str text;
    int64_t run_id;
    TRY(grades_ruler(c, &run_id, &text, found));
    if (!*found)
        return OK;
    TRY(ruler_from_json(c, text, u));
    u->run_id = run_id;
    return OK;
}

enum err grade_rescore(struct ctx *c, int64_t customer_id) {
    struct ruler u;
    struct customer_figures f;
    struct grade_row g, old;
    bool found, changed;
    TRY(current_ruler(c, &u, &found));
    if (!found)
        return lifetime_rescore(c, customer_id);
    TRY(stats_figures(c, customer_id, &f));
    fill_row(&u, &f, &g);
    TRY(grades_get(c, customer_id, &old, &found));
    if (g.grade.n > 0 && old.run_id == u.run_id) {
        g.rank = old.rank; /* ranks move at the next run */
        g.share_before = old.share_before;
    }
    TRY(grades_put(c, &g, &changed));
    return lifetime_rescore(c, customer_id);
}

/* --- everybody
 * -------------------------------------------------------------------- */

struct run {
    const struct value_report *report;
    const int64_t *ids;
    size_t *rank_of; /* row → rank, from 1 */
    struct ruler ruler;
    struct grade_new new;
    size_t from, to; /* of this slice */
    int64_t changed, slice_changed;
};

static struct str tiers_json(struct ctx *c, const struct value_report *r) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 64 * 1024);
    jw_init(&w, &b);
    struct value_sink sink = {.w = &w, .rows = false};
    value_json_pyramid(r, &sink);
    return buf_view(&b);
}

static struct str ruler_text(struct ctx *c, const struct ruler *u) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 64 * 1024);
    jw_init(&w, &b);
    ruler_to_json(u, &w);
    return buf_view(&b);
}

static struct str rules_text(struct ctx *c, struct value_rules r) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 4096);
    jw_init(&w, &b);
    jw_object(&w);
    jw_ki64(&w, S("abc_a_bp"), r.abc.a_bp);
    jw_ki64(&w, S("abc_b_bp"), r.abc.b_bp);
    jw_ki64(&w, S("vip_bp"), r.pyramid.vip_bp);
    jw_ki64(&w, S("main_bp"), r.pyramid.main_bp);
    jw_ki64(&w, S("ordinary_bp"), r.pyramid.ordinary_bp);
    jw_object_end(&w);
    return buf_view(&b);
}

static enum err begin(struct ctx *c, void *arg) {
    struct run *r = arg;
    return grades_begin(c, &r->new, &r->ruler.run_id);
}

static enum err score_row(struct ctx *c, struct run *r, size_t i) {
    struct customer_figures f;
    struct grade_row g;
    bool changed;
    TRY(stats_figures(c, r->ids[i], &f));
    fill_row(&r->ruler, &f, &g);
    if (g.grade.n > 0) {
        double share =
            share_of(r->report->rows[i].abc.before, r->report->sales);
        g.rank = (int64_t)r->rank_of[i];
        g.share_before = (int64_t)(share * SHARE_SCALE + 0.5);
    }
    TRY(grades_put(c, &g, &changed));
    r->slice_changed += changed;
    return OK;
}

static enum err slice(struct ctx *c, void *arg) {
    struct run *r = arg;
    r->slice_changed = 0;
    for (size_t i = r->from; i < r->to; i++)
        TRY(score_row(c, r, i));
    return OK;
}

/* Who lost the last sale (cancelled, deleted) loses the grade; who was scored
 * by the old ruler meanwhile gets the new one. */
static enum err finish(struct ctx *c, void *arg) {
    struct run *r = arg;
    int64_t *ids;
    size_t n;
    r->slice_changed = 0;
    TRY(grades_behind(c, r->ruler.run_id, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        struct customer_figures f;
        struct grade_row g;
        bool changed;
        TRY(stats_figures(c, ids[i], &f));
        fill_row(&r->ruler, &f, &g);
        TRY(grades_put(c, &g, &changed));
        r->slice_changed += changed;
    }
    return grades_finish(c, r->ruler.run_id, r->changed + r->slice_changed);
}

static enum err slices(struct ctx *c, struct run *r, grade_progress progress,
                       void *arg) {
    struct arena *outer = c->arena, *batch = arena_new();
    enum err e = OK;
    for (r->from = 0; e == OK && r->from < r->report->n; r->from = r->to) {
        r->to = r->from + SLICE;
        if (r->to > r->report->n)
            r->to = r->report->n;
        c->arena = batch;
        e = store_write(c, LANE_JOB, slice, r);
        c->arena = outer;
        if (e != OK)
            fail_keep(c, outer);
        arena_reset(batch);
        r->changed += r->slice_changed;
        if (progress != NULL)
            progress(arg, (int64_t)r->to, (int64_t)r->report->n);
        if (e == OK && c->cancelled != NULL && *c->cancelled)
            e = fail(c, ERR_CANCELLED, "", "cancelled");
    }
    arena_free(batch);
    return e;
}

enum err grade_run(struct ctx *c, grade_progress progress, void *arg,
                   struct grade_result *out) {
    struct value_rules rules;
    struct value_report report;
    struct lifetime_run lifetimes;
    int64_t *ids;
    struct run r = {.report = &report};
    TRY(grade_rules(c, &rules));
    TRY(grade_report(c, rules, &report, &ids));
    r.ids = ids;
    r.rank_of = NEW_ARRAY(c->arena, size_t, report.n + 1);
    for (size_t k = 0; k < report.n; k++)
        r.rank_of[report.order[k]] = k + 1;
    ruler_make(&report, ids, &r.ruler);
    TRY(lifetime_fit(c, rules.as_of, &lifetimes));
    r.new = (struct grade_new){.as_of = rules.as_of,
                               .customers = (int64_t)report.n,
                               .sales = report.sales,
                               .cutoffs = ruler_text(c, &r.ruler),
                               .settings = rules_text(c, rules),
                               .tiers = tiers_json(c, &report),
                               .fitted = lifetimes.fitted};
    TRY(store_write(c, LANE_JOB, begin, &r));
    TRY(slices(c, &r, progress, arg));
    TRY(store_write(c, LANE_JOB, finish, &r));
    TRY(lifetime_apply(c, &lifetimes, progress, arg));
    *out = (struct grade_result){.run_id = r.ruler.run_id,
                                 .customers = (int64_t)report.n,
                                 .changed = r.changed + r.slice_changed,
                                 .as_of = rules.as_of};
    return OK;
}
