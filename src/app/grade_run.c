/* Grading runs. The ruler is made from the mirror in memory; written are only
 * customers whose scores differ, judged again by their figures inside the write
 * so that a sale in between is never lost. Owns nothing; one thread a call.
 *
 * Whose scores may differ (pick): those whom the ruler before and the new one
 * score differently, and those who were touched since the ruler before was
 * made. That holds while everybody else stands as the ruler before says; where
 * this is not known (no ruler before, a run that broke off, another basis)
 * everybody is looked at. */
#include "app/grade_judge.h"

#include "app/lifetime.h"
#include "app/slices.h"
#include "app/value_run.h"
#include "base/zone.h"
#include "store/grades.h"
#include "store/ranks.h"

#define SLICE_FIRST 300
#define SLICE_LEAST 50
#define SLICE_MOST 8000
#define SWEEP_FEW 200 /* touched customers that the last write takes along */

struct run {
    struct graded all;
    struct judge judge;
    struct lifetime_run lifetimes;
    struct grade_new new;
    struct feed_place swept; /* changes up to here are written */
    const int64_t *ids;      /* NULL: everybody */
    size_t n_ids;
    struct slices s;     /* of ids */
    int64_t after, last; /* of the slice when everybody is looked at */
    int64_t slice_moved, moved;
    int64_t began_ms;
};

/* --- what is kept of a run ------------------------------------------------ */

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
    jw_kstr(&w, S("rfm_mode"), rfm_mode_name(r->rfm.mode));
    jw_kstr(&w, S("measure"), measure_name(rules->basis.measure));
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

static enum err write_ranks(struct ctx *c, void *arg) {
    struct run *r = arg;
    const struct value_report *report = &r->all.report;
    struct ranked *all = NEW_ARRAY(c->arena, struct ranked, report->n + 1);
    for (size_t k = 0; k < report->n; k++) {
        size_t i = report->order[k];
        all[k] = (struct ranked){
            ruler_contribution(&r->all.ruler.basis, &r->all.figures[i]),
            r->all.ids[i]};
    }
    return ranks_put(c, r->all.ruler.run_id, all, report->n);
}

/* --- whom to look at ------------------------------------------------------ */

/* May what stands there be taken for what the ruler before says? */
static enum err trusted(struct ctx *c, const struct run *r,
                        const struct ruler *before, bool *out) {
    bool alone;
    *out = false;
    const struct ruler_basis *b = &before->basis;
    /* a product's cost changes margins and touches nobody */
    if (b->measure == MEASURE_MARGIN || b->from_day != 0 ||
        !ruler_same_basis(b, &r->all.ruler.basis) || before->place.seq == 0)
        return OK;
    TRY(grades_alone(c, before->run_id, &alone));
    if (!alone)
        return OK;
    enum err e = feed_check(c, before->place);
    if (e == ERR_GONE) {
        fail_clear(c);
        return OK;
    }
    *out = e == OK;
    return e;
}

/* Does the new ruler say something else of the same figures? */
static bool differs(const struct judge *before, const struct judge *now,
                    const struct customer_figures *f) {
    struct score_state s = {.id = f->id, .live = true, .figures = *f};
    struct score_set a, b;
    judge_set(before, &s, &a);
    judge_set(now, &s, &b);
    return a.grade != b.grade || a.abc != b.abc || a.r != b.r || a.f != b.f ||
           a.m != b.m || a.gap != b.gap;
}

struct id_list {
    int64_t *p;
    size_t n;
};

/* Both rising; so is what comes out. */
static struct id_list merged(struct ctx *c, struct id_list x,
                             struct id_list y) {
    struct id_list out = {NEW_ARRAY(c->arena, int64_t, x.n + y.n + 1), 0};
    for (size_t i = 0, k = 0; i < x.n || k < y.n;) {
        bool left = k == y.n || (i < x.n && x.p[i] <= y.p[k]);
        int64_t id = left ? x.p[i] : y.p[k];
        i += i < x.n && x.p[i] == id;
        k += k < y.n && y.p[k] == id;
        out.p[out.n++] = id;
    }
    return out;
}

static struct id_list crossing(struct ctx *c, const struct run *r,
                               const struct ruler *before) {
    const struct graded *g = &r->all;
    struct judge was = {.ruler = before, .today = r->judge.today};
    struct id_list out = {NEW_ARRAY(c->arena, int64_t, g->report.n + 1), 0};
    for (size_t i = 0; i < g->report.n; i++)
        if (differs(&was, &r->judge, &g->figures[i]))
            out.p[out.n++] = g->ids[i];
    return out;
}

static enum err pick(struct ctx *c, struct run *r, const struct ruler *before,
                     bool found) {
    bool trust = false;
    struct id_list touched, all;
    if (found && r->lifetimes.kept) /* new models: everybody's scores move */
        TRY(trusted(c, r, before, &trust));
    if (!trust)
        return OK;
    TRY(scores_touched(c, before->place, &touched.p, &touched.n));
    struct id_list by_hand = {r->all.by_hand, r->all.n_by_hand};
    all = merged(c, crossing(c, r, before), merged(c, touched, by_hand));
    r->ids = all.p;
    r->n_ids = all.n;
    return OK;
}

/* --- slices --------------------------------------------------------------- */

/* What each customer will still bring goes along with his grade: his row is
 * read and written once. */
static enum err slice(struct ctx *c, void *arg) {
    struct run *r = arg;
    struct valuation *v;
    size_t n, want = r->s.to - r->s.from;
    if (r->ids != NULL) {
        TRY(valuations_of(c, r->ids + r->s.from, want, &v, &n));
    } else {
        TRY(valuations_behind(c, r->after, want, &v, &n));
        r->s.to = r->s.from + n;
        r->last = n > 0 ? v[n - 1].scores.id : r->after;
    }
    return judge_write(c, &r->judge, v, n, &r->slice_moved);
}

static void wrote(void *arg) {
    struct run *r = arg;
    r->after = r->last;
    r->moved += r->slice_moved;
}

static enum err slices(struct ctx *c, struct run *r) {
    r->after = 0;
    r->s = (struct slices){.step = "grades",
                           .n = r->ids != NULL ? r->n_ids : SLICES_OPEN,
                           .total =
                               r->ids != NULL ? r->n_ids : r->all.report.n + 1,
                           .first = SLICE_FIRST,
                           .least = SLICE_LEAST,
                           .most = SLICE_MOST,
                           .write = slice,
                           .wrote = wrote,
                           .arg = r};
    return slices_run(c, &r->s);
}

/* --- the end -------------------------------------------------------------- */

/* Who was scored by the ruler before while this run was at work. */
static enum err sweep(struct ctx *c, struct run *r, const int64_t *ids,
                      size_t n) {
    struct valuation *v;
    size_t found;
    r->judge.fresh = true;
    TRY(valuations_of(c, ids, n, &v, &found));
    return judge_write(c, &r->judge, v, found, &r->slice_moved);
}

static enum err finish(struct ctx *c, void *arg) {
    struct run *r = arg;
    int64_t *ids;
    size_t n;
    TRY(scores_touched(c, r->swept, &ids, &n));
    TRY(sweep(c, r, ids, n));
    TRY(ranks_forget(c, r->all.ruler.run_id));
    return grades_finish(c, r->all.ruler.run_id, r->moved + r->slice_moved);
}

/* Where many were touched meanwhile, all but the last go in slices. */
static enum err catch_up(struct ctx *c, struct run *r) {
    for (;;) {
        struct feed_place end;
        int64_t *ids;
        size_t n;
        TRY(feed_end(c, &end));
        TRY(scores_touched(c, r->swept, &ids, &n));
        if (n <= SWEEP_FEW)
            return OK;
        r->ids = ids;
        r->n_ids = n;
        r->judge.fresh = true;
        TRY(slices(c, r));
        r->swept = end;
    }
}

static enum err prepare(struct ctx *c, const struct grade_rules *rules,
                        bool fit_later, struct run *r) {
    const struct value_report *report = &r->all.report;
    struct ruler before;
    size_t *rank_of;
    bool found;
    TRY(judge_ruler(c, &before, &found));
    TRY(grade_report(c, rules, &r->all));
    ruler_settle(&r->all.ruler,
                 found && ruler_same_basis(&before.basis, &rules->basis)
                     ? &before
                     : NULL);
    rank_of = NEW_ARRAY(c->arena, size_t, report->n + 1);
    for (size_t k = 0; k < report->n; k++)
        rank_of[report->order[k]] = k + 1;
    r->judge = (struct judge){.ruler = &r->all.ruler,
                              .today = zone_day(c->zone, c->now_ms),
                              .known = &r->all,
                              .rank_of = rank_of,
                              .lifetimes = &r->lifetimes};
    r->swept = r->all.ruler.place;
    TRY(lifetime_prepare(c, &r->all, fit_later, &r->lifetimes));
    r->new = (struct grade_new){.began_ms = r->began_ms,
                                .as_of = rules->value.as_of,
                                .customers = (int64_t)report->n,
                                .sales = report->sales,
                                .cutoffs = ruler_text(c, &r->all.ruler),
                                .settings = rules_text(c, rules),
                                .tiers = tiers_json(c, report),
                                .fitted = r->lifetimes.fitted};
    return pick(c, r, &before, found);
}

static enum err one_run(struct ctx *c, const struct grade_rules *rules,
                        bool fit_later, struct grade_result *out, bool *due) {
    struct run r = {0};
    ctx_now(c);
    r.began_ms = c->now_ms;
    TRY(long_work_at(c, "figures", 0, 0));
    TRY(prepare(c, rules, fit_later, &r));
    TRY(store_write(c, LANE_JOB, begin, &r));
    TRY(store_write(c, LANE_JOB, write_ranks, &r));
    TRY(slices(c, &r));
    TRY(catch_up(c, &r));
    ctx_now(c);
    TRY(store_write(c, LANE_JOB, finish, &r));
    *due = r.lifetimes.due && r.lifetimes.kept;
    *out =
        (struct grade_result){.run_id = r.all.ruler.run_id,
                              .customers = (int64_t)r.all.report.n,
                              .changed = out->changed + r.moved + r.slice_moved,
                              .as_of = rules->value.as_of};
    return OK;
}

/* In memory of its own: another may follow. */
static enum err run_apart(struct ctx *c, const struct grade_rules *rules,
                          bool fit_later, struct grade_result *out, bool *due) {
    struct arena *outer = c->arena, *own = arena_new();
    c->arena = own;
    enum err e = one_run(c, rules, fit_later, out, due);
    c->arena = outer;
    if (e != OK)
        fail_keep(c, outer);
    arena_free(own);
    return e;
}

/* In a large company models that are due are fitted by a run of their own, so
 * that the grades need not wait until everybody's lifetime is written. */
enum err grade_run(struct ctx *c, struct grade_result *out) {
    struct grade_rules rules;
    bool due = false;
    *out = (struct grade_result){0};
    ctx_now(c);
    TRY(grade_rules(c, &rules));
    TRY(run_apart(c, &rules, true, out, &due));
    if (due)
        TRY(run_apart(c, &rules, false, out, &due));
    return value_run(c, &rules, out->customers);
}
