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
#include "app/value_run.h"
#include "base/zone.h"
#include "store/grades.h"
#include "store/ranks.h"
#include "store/store.h"

#include <time.h>

#define SLICE_FIRST 300
#define SLICE_LEAST 50
#define SLICE_MOST 4000
#define SLICE_US 12000 /* of work in one write, so that others come between */
#define SWEEP_FEW 200  /* touched customers that the last write takes along */

struct run {
    struct graded all;
    struct judge judge;
    struct lifetime_run lifetimes;
    struct grade_new new;
    struct feed_place swept; /* changes up to here are written */
    const int64_t *ids;      /* NULL: everybody */
    size_t n_ids;
    size_t from, step, took; /* of the slice */
    int64_t after, last;     /* the same when everybody is looked at */
    int64_t slice_us, slice_moved, moved;
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
    if (found)
        TRY(trusted(c, r, before, &trust));
    if (!trust)
        return OK;
    TRY(scores_touched(c, before->place, &touched.p, &touched.n));
    struct id_list by_hand = {r->all.by_hand, r->all.n_by_hand};
    all = merged(c, crossing(c, r, before), merged(c, touched, by_hand));
    r->ids = all.p;
    r->n_ids = all.n;
    r->lifetimes.ids = touched.p;
    r->lifetimes.n_ids = touched.n;
    return OK;
}

/* --- slices --------------------------------------------------------------- */

static int64_t clock_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static enum err slice(struct ctx *c, void *arg) {
    struct run *r = arg;
    struct score_state *s;
    int64_t began = clock_us();
    size_t n;
    if (r->ids != NULL) {
        r->took = r->n_ids - r->from < r->step ? r->n_ids - r->from : r->step;
        TRY(scores_of(c, r->ids + r->from, r->took, &s, &n));
    } else {
        TRY(scores_behind(c, r->after, r->step, &s, &n));
        r->took = n;
        r->last = n > 0 ? s[n - 1].id : r->after;
    }
    TRY(judge_write(c, &r->judge, s, n, &r->slice_moved));
    r->slice_us = clock_us() - began;
    return OK;
}

static void adapt(struct run *r) {
    int64_t fit = r->slice_us > 0 ? (int64_t)r->took * SLICE_US / r->slice_us
                                  : SLICE_MOST;
    fit = fit < SLICE_LEAST ? SLICE_LEAST : fit;
    r->step = fit > SLICE_MOST ? SLICE_MOST : (size_t)fit;
}

/* At most so many customers are looked at. */
static size_t expected(const struct run *r) {
    return r->ids != NULL ? r->n_ids : r->all.report.n;
}

static enum err slices(struct ctx *c, struct run *r, grade_progress progress,
                       void *arg) {
    struct arena *outer = c->arena, *batch = arena_new();
    enum err e = OK;
    bool end = r->ids != NULL && r->n_ids == 0;
    r->from = 0;
    r->after = 0;
    r->step = SLICE_FIRST;
    while (e == OK && !end) {
        c->arena = batch;
        e = store_write(c, LANE_JOB, slice, r);
        c->arena = outer;
        if (e != OK) {
            fail_keep(c, outer);
            break;
        }
        arena_reset(batch);
        r->from += r->took;
        r->after = r->last;
        r->moved += r->slice_moved;
        end = r->ids != NULL ? r->from == r->n_ids : r->took == 0;
        adapt(r);
        if (progress != NULL)
            progress(arg, (int64_t)r->from,
                     (int64_t)(r->from > expected(r) ? r->from : expected(r)));
        if (c->cancelled != NULL && *c->cancelled)
            e = fail(c, ERR_CANCELLED, "", "cancelled");
    }
    arena_free(batch);
    return e;
}

/* --- the end -------------------------------------------------------------- */

/* Who was scored by the ruler before while this run was at work. */
static enum err sweep(struct ctx *c, struct run *r, const int64_t *ids,
                      size_t n) {
    struct score_state *s;
    size_t n_states;
    r->judge.fresh = true;
    TRY(scores_of(c, ids, n, &s, &n_states));
    TRY(judge_write(c, &r->judge, s, n_states, &r->slice_moved));
    return lifetime_put(c, &r->lifetimes, ids, n);
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
        TRY(slices(c, r, NULL, NULL));
        r->lifetimes.kept = true;
        r->lifetimes.ids = ids;
        r->lifetimes.n_ids = n;
        TRY(lifetime_apply(c, &r->lifetimes, NULL, NULL));
        r->swept = end;
    }
}

static enum err prepare(struct ctx *c, const struct grade_rules *rules,
                        struct run *r) {
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
                              .rank_of = rank_of};
    r->swept = r->all.ruler.place;
    TRY(lifetime_prepare(c, &r->all, &r->lifetimes));
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

enum err grade_run(struct ctx *c, grade_progress progress, void *arg,
                   struct grade_result *out) {
    struct grade_rules rules;
    struct run r = {0};
    ctx_now(c);
    r.began_ms = c->now_ms;
    TRY(grade_rules(c, &rules));
    TRY(prepare(c, &rules, &r));
    TRY(store_write(c, LANE_JOB, begin, &r));
    TRY(store_write(c, LANE_JOB, write_ranks, &r));
    TRY(slices(c, &r, progress, arg));
    TRY(lifetime_apply(c, &r.lifetimes, progress, arg));
    TRY(catch_up(c, &r));
    ctx_now(c);
    TRY(store_write(c, LANE_JOB, finish, &r));
    TRY(value_run(c, &rules));
    *out = (struct grade_result){.run_id = r.all.ruler.run_id,
                                 .customers = (int64_t)r.all.report.n,
                                 .changed = r.moved + r.slice_moved,
                                 .as_of = rules.value.as_of};
    return OK;
}
