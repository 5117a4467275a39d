/* Grading runs. The ruler is made from one consistent read; customers are then
 * scored from their figures as they are at their slice, so a sale in between
 * is never lost: it is scored against the new ruler. */
#include "app/grade.h"

#include "analytics/rank.h"
#include "app/contribution.h"
#include "app/lifetime.h"
#include "app/value_run.h"
#include "base/zone.h"
#include "store/grades.h"
#include "store/store.h"

#define SLICE 500
#define SHARE_SCALE 1000000000

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
                            .sales = f->sales,
                            .gap = -1};
    if (!s.graded)
        return;
    g->grade = tier_name(grade_cap(f, s.tier));
    g->gap = grade_cap(f, s.tier) == s.tier ? ruler_gap(u, &s) : -1;
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

static enum err figures_of(struct ctx *c, const struct ruler *u, int64_t id,
                           struct customer_figures *f) {
    TRY(stats_figures(c, id, f));
    return f->orders > 0 ? contribution_one(c, &u->basis, f) : OK;
}

static enum err in_force(struct ctx *c, int64_t customer_id) {
    return grades_effective(c, customer_id, zone_day(c->zone, c->now_ms));
}

enum err grade_rescore(struct ctx *c, int64_t customer_id) {
    struct ruler u;
    struct customer_figures f;
    struct grade_row g, old;
    bool found, changed;
    TRY(current_ruler(c, &u, &found));
    if (!found) {
        TRY(in_force(c, customer_id));
        return lifetime_rescore(c, customer_id);
    }
    TRY(figures_of(c, &u, customer_id, &f));
    fill_row(&u, &f, &g);
    TRY(grades_get(c, customer_id, &old, &found));
    if (g.grade.n > 0 && old.run_id == u.run_id) {
        g.rank = old.rank; /* ranks move at the next run */
        g.share_before = old.share_before;
    }
    TRY(grades_put(c, &g, &changed));
    TRY(in_force(c, customer_id));
    return lifetime_rescore(c, customer_id);
}

/* --- everybody
 * -------------------------------------------------------------------- */

struct run {
    struct graded all;
    size_t *rank_of; /* row → rank, from 1 */
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

static struct str rules_text(struct ctx *c, const struct grade_rules *rules) {
    const struct value_rules *r = &rules->value;
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 4096);
    jw_init(&w, &b);
    jw_object(&w);
    jw_ki64(&w, S("abc_a_bp"), r->abc.a_bp);
    jw_ki64(&w, S("abc_b_bp"), r->abc.b_bp);
    jw_ki64(&w, S("vip_bp"), r->pyramid.vip_bp);
    jw_ki64(&w, S("main_bp"), r->pyramid.main_bp);
    jw_ki64(&w, S("ordinary_bp"), r->pyramid.ordinary_bp);
    jw_kstr(&w, S("measure"), rules->basis.margin ? S("margin") : S("sales"));
    jw_ki64(&w, S("window_months"), rules->months);
    jw_key(&w, S("weights"));
    jw_array(&w);
    for (int k = 0; k < WEIGHT_COUNT; k++)
        jw_i64(&w, rules->basis.weights[k]);
    jw_array_end(&w);
    jw_object_end(&w);
    return buf_view(&b);
}

static enum err begin(struct ctx *c, void *arg) {
    struct run *r = arg;
    return grades_begin(c, &r->new, &r->all.ruler.run_id);
}

static enum err score_row(struct ctx *c, struct run *r, size_t i) {
    struct customer_figures f;
    struct grade_row g;
    bool changed;
    TRY(figures_of(c, &r->all.ruler, r->all.ids[i], &f));
    fill_row(&r->all.ruler, &f, &g);
    if (g.grade.n > 0) {
        double share = share_of(r->all.report.rows[i].abc.before, r->all.total);
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
    TRY(grades_behind(c, r->all.ruler.run_id, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        struct customer_figures f;
        struct grade_row g;
        bool changed;
        TRY(figures_of(c, &r->all.ruler, ids[i], &f));
        fill_row(&r->all.ruler, &f, &g);
        TRY(grades_put(c, &g, &changed));
        r->slice_changed += changed;
    }
    TRY(grades_stale(c, zone_day(c->zone, c->now_ms), &ids, &n));
    for (size_t i = 0; i < n; i++)
        TRY(in_force(c, ids[i]));
    return grades_finish(c, r->all.ruler.run_id, r->changed + r->slice_changed);
}

static enum err slices(struct ctx *c, struct run *r, grade_progress progress,
                       void *arg) {
    struct arena *outer = c->arena, *batch = arena_new();
    enum err e = OK;
    for (r->from = 0; e == OK && r->from < r->all.report.n; r->from = r->to) {
        r->to = r->from + SLICE;
        if (r->to > r->all.report.n)
            r->to = r->all.report.n;
        c->arena = batch;
        e = store_write(c, LANE_JOB, slice, r);
        c->arena = outer;
        if (e != OK)
            fail_keep(c, outer);
        arena_reset(batch);
        r->changed += r->slice_changed;
        if (progress != NULL)
            progress(arg, (int64_t)r->to, (int64_t)r->all.report.n);
        if (e == OK && c->cancelled != NULL && *c->cancelled)
            e = fail(c, ERR_CANCELLED, "", "cancelled");
    }
    arena_free(batch);
    return e;
}

enum err grade_run(struct ctx *c, grade_progress progress, void *arg,
                   struct grade_result *out) {
    struct grade_rules rules;
    struct lifetime_run lifetimes;
    struct run r = {0};
    const struct value_report *report = &r.all.report;
    TRY(grade_rules(c, &rules));
    TRY(grade_report(c, &rules, &r.all));
    r.rank_of = NEW_ARRAY(c->arena, size_t, report->n + 1);
    for (size_t k = 0; k < report->n; k++)
        r.rank_of[report->order[k]] = k + 1;
    TRY(lifetime_fit(c, rules.value.as_of, &lifetimes));
    r.new = (struct grade_new){.as_of = rules.value.as_of,
                               .customers = (int64_t)report->n,
                               .sales = report->sales,
                               .cutoffs = ruler_text(c, &r.all.ruler),
                               .settings = rules_text(c, &rules),
                               .tiers = tiers_json(c, report),
                               .fitted = lifetimes.fitted};
    TRY(store_write(c, LANE_JOB, begin, &r));
    TRY(slices(c, &r, progress, arg));
    TRY(store_write(c, LANE_JOB, finish, &r));
    TRY(lifetime_apply(c, &lifetimes, progress, arg));
    TRY(value_run(c, &rules));
    *out = (struct grade_result){.run_id = r.all.ruler.run_id,
                                 .customers = (int64_t)report->n,
                                 .changed = r.changed + r.slice_changed,
                                 .as_of = rules.value.as_of};
    return OK;
}
