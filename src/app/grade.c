/* Scores against a ruler. Owns nothing; inside the caller's write. Invariant: a
 * customer's scores follow from his own figures, the ruler and the day alone,
 * whether he is looked at alone or in a run. */
#include "app/grade_judge.h"

#include "app/contribution.h"
#include "app/ruling.h"
#include "base/ids.h"
#include "base/zone.h"
#include "store/grades.h"
#include "store/ranks.h"
#include "store/trail.h"
#include "store/valuation.h"

#define SMALL (TIER_SMALL + 1)

/* The one set by hand until its day, else the computed one; small for whoever
 * has the worst credit (V2), which then is nobody's choice. */
static void set_in_force(const struct score_state *s, int32_t today,
                         struct score_set *out) {
    bool holds = s->by_hand != 0 && s->by_hand_until >= today;
    bool bad = s->figures.standing[STANDING_CREDIT] == 1;
    out->by_hand = holds && (!bad || s->by_hand == SMALL);
    out->effective = !holds ? out->grade : bad ? SMALL : s->by_hand;
}

void judge_set(const struct judge *j, const struct score_state *s,
               struct score_set *out) {
    struct scores got = {.graded = false};
    *out = (struct score_set){.gap = -1};
    if (j->ruler != NULL)
        ruler_score(j->ruler, &s->figures, &got);
    if (got.graded) {
        enum tier t = grade_cap(&s->figures, got.tier);
        out->grade = (int)t + 1;
        out->gap = t == got.tier ? ruler_gap(j->ruler, &got) : -1;
        out->abc = got.abc - 'a' + 1;
        out->r = got.r;
        out->f = got.f;
        out->m = got.m;
    }
    set_in_force(s, j->today, out);
}

/* --- contribution and rank ------------------------------------------------ */

/* Where a customer stands among those known; false: nowhere, or with other
 * sales by now. */
static bool find_known(const struct graded *g, const struct score_state *s,
                       size_t *out) {
    size_t n = g == NULL ? 0 : g->report.n;
    size_t at = *out = n == 0 ? 0 : ids_from(g->ids, n, s->id);
    if (at == n || g->ids[at] != s->id)
        return false;
    const struct customer_figures *f = &g->figures[at];
    return f->sales == s->figures.sales && f->orders == s->figures.orders &&
           f->last_day == s->figures.last_day;
}

static enum err contribution_of(struct ctx *c, const struct judge *j,
                                struct score_state *s) {
    size_t at;
    if (j->ruler == NULL || s->figures.orders == 0 ||
        ruler_is_plain(&j->ruler->basis))
        return OK;
    if (j->fresh || !find_known(j->known, s, &at))
        return contribution_one(c, &j->ruler->basis, &s->figures);
    s->figures.contribution = j->known->figures[at].contribution;
    return OK;
}

static enum err rank_of(struct ctx *c, const struct judge *j,
                        const struct score_state *s, int64_t *out) {
    struct rank rank;
    bool found;
    size_t at;
    *out = 0;
    /* Scored already by a first grading that is still at work, without a ruler
     * in force: there is no rank to tell. */
    if (s->figures.orders == 0 || j->ruler == NULL)
        return OK;
    if (j->rank_of != NULL) {
        if (find_known(j->known, s, &at))
            *out = (int64_t)j->rank_of[at];
        return OK;
    }
    struct ranked who = {ruler_contribution(&j->ruler->basis, &s->figures),
                         s->id};
    TRY(ranks_find(c, j->ruler->run_id, who, &rank, &found));
    *out = found ? rank.rank : 0;
    return OK;
}

/* --- writing -------------------------------------------------------------- */

static bool same_scores(const struct score_set *a, const struct score_set *b) {
    return a->grade == b->grade && a->abc == b->abc && a->r == b->r &&
           a->f == b->f && a->m == b->m;
}

/* A computed grade may move under the one set by hand: that is the program's
 * doing, and the grade in force stays. */
static enum score_source source_of(const struct judge *j,
                                   const struct score_state *s,
                                   const struct score_set *now) {
    bool set =
        !s->now.by_hand || now->effective != s->now.effective || j->touched;
    if (now->by_hand)
        return set ? SCORE_BY_HAND : SCORE_COMPUTED;
    if (!s->now.by_hand)
        return SCORE_COMPUTED;
    return s->by_hand == 0               ? SCORE_LIFTED
           : s->by_hand_until < j->today ? SCORE_EXPIRED
                                         : SCORE_COMPUTED;
}

/* Beside what stands there. */
static enum err change_of(struct ctx *c, const struct judge *j,
                          struct score_state *s, struct score_change *out) {
    const struct score_set *was = &s->now, *now = &out->now;
    *out = (struct score_change){.was = s};
    TRY(contribution_of(c, j, s));
    judge_set(j, s, &out->now);
    out->source = source_of(j, s, now);
    out->moved = now->grade != was->grade || now->abc != was->abc ||
                 now->effective != was->effective ||
                 now->by_hand != was->by_hand || (j->touched && now->by_hand);
    out->as_of = out->source == SCORE_COMPUTED && j->ruler != NULL
                     ? j->ruler->as_of
                     : j->today;
    return out->moved ? rank_of(c, j, s, &out->rank) : OK;
}

/* Nobody is graded without a ruler, but a grade can be set by hand. */
static int64_t run_of(const struct judge *j) {
    return j->ruler == NULL ? 0 : j->ruler->run_id;
}

/* As they stand, or what follows from the models; nobody in the bin is told to
 * be lost. */
static enum err look_ahead(struct ctx *c, const struct judge *j,
                           const struct valuation *v, size_t n,
                           struct valuation_change *out) {
    const struct lifetime_run *run = j->lifetimes;
    struct churn_customer *k =
        NEW_ARRAY(c->arena, struct churn_customer, n + 1);
    struct churn_verdict *told =
        NEW_ARRAY(c->arena, struct churn_verdict, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct valuation_now *now = &out[i].now;
        out[i].was = &v[i];
        *now = (struct valuation_now){.lifetime = v[i].lifetime,
                                      .risk = v[i].churn.risk,
                                      .band = v[i].churn.band};
        if (run == NULL)
            continue;
        lifetime_score_in(run, &v[i].facts, &now->lifetime);
        k[i] = v[i].churn;
        k[i].interval = now->lifetime.interval;
        k[i].p_alive = now->lifetime.p_alive;
    }
    if (run == NULL)
        return OK;
    TRY(churn_judge_all(c, &run->churn, run->as_of, k, n, told));
    for (size_t i = 0; i < n; i++) {
        if (!v[i].scores.live)
            continue;
        out[i].now.risk = told[i].risk;
        out[i].now.band = told[i].band;
    }
    return OK;
}

enum err judge_write(struct ctx *c, const struct judge *j, struct valuation *v,
                     size_t n, int64_t *moved) {
    struct valuation_change *p =
        NEW_ARRAY(c->arena, struct valuation_change, n + 1);
    struct score_change *moves =
        NEW_ARRAY(c->arena, struct score_change, n + 1);
    size_t n_moves = 0;
    *moved = 0;
    if (n == 0)
        return OK;
    TRY(look_ahead(c, j, v, n, p));
    for (size_t i = 0; i < n; i++) {
        struct score_change *change = &moves[n_moves];
        TRY(change_of(c, j, &v[i].scores, change));
        p[i].now.scores = change->now;
        *moved += !same_scores(&change->now, &v[i].scores.now);
        n_moves += change->moved;
    }
    TRY(valuations_put(c, p, n));
    return scores_note_all(c, moves, n_moves, run_of(j));
}

/* --- one customer --------------------------------------------------------- */

enum err judge_ruler(struct ctx *c, struct ruler *u, bool *found) {
    struct str text;
    int64_t run_id;
    TRY(grades_ruler(c, &run_id, &text, found));
    if (!*found)
        return OK;
    TRY(ruler_from_json(c, text, u));
    u->run_id = run_id;
    return OK;
}

/* As scores, lifetimes and risks of a run, one after the other: risks go by
 * the lifetime that comes with them. */
static enum err revalue(struct ctx *c, const struct ruling *r, bool touched,
                        struct valuation *v) {
    struct judge j = {.ruler = r->graded ? &r->ruler : NULL,
                      .today = zone_day(c->zone, c->now_ms),
                      .touched = touched};
    struct valuation_now now = {.risk = v->churn.risk, .band = v->churn.band};
    struct churn_customer k = v->churn;
    struct score_change change;
    TRY(change_of(c, &j, &v->scores, &change));
    now.scores = change.now;
    lifetime_score(&r->models, r->as_of, &v->facts, &now.lifetime);
    k.interval = now.lifetime.interval;
    k.p_alive = now.lifetime.p_alive;
    if (v->scores.live)
        TRY(churn_judge(c, &r->churn, r->as_of, &k, &now.risk, &now.band));
    TRY(valuation_put(c, v, &now));
    return change.moved ? scores_note(c, &change, run_of(&j)) : OK;
}

static enum err rescore(struct ctx *c, int64_t customer_id, bool touched) {
    struct ruling r;
    struct valuation v;
    bool found;
    TRY(ruling_now(c, &r));
    TRY(valuation_of(c, customer_id, &v, &found));
    return found ? revalue(c, &r, touched, &v) : OK;
}

enum err grade_rescore(struct ctx *c, int64_t customer_id) {
    return rescore(c, customer_id, false);
}

enum err grade_rescore_by_hand(struct ctx *c, int64_t customer_id) {
    return rescore(c, customer_id, true);
}

enum err grade_left(struct ctx *c, int64_t customer_id) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct scope all = {.e = i->e, .act = ACT_READ, .level = LEVEL_ALL};
    struct record *r;
    if (customer_id == 0)
        return OK;
    enum err e = record_load(c, &all, customer_id, false, &r);
    if (e == ERR_NOT_FOUND) { /* in the bin */
        fail_clear(c);
        return OK;
    }
    TRY(e);
    return trail_change(c, SAVE_UPDATE, r, r);
}

static enum err judge_one(struct ctx *c, const struct ruler *u,
                          int64_t customer_id) {
    struct judge j = {.ruler = u, .today = zone_day(c->zone, c->now_ms)};
    struct valuation v;
    int64_t moved;
    bool found;
    TRY(valuation_of(c, customer_id, &v, &found));
    return judge_write(c, &j, &v, found, &moved);
}

enum err grade_rescore_costs(struct ctx *c, int64_t customer_id) {
    struct ruling r;
    TRY(ruling_now(c, &r));
    return r.graded && r.ruler.basis.measure == MEASURE_PROFIT
               ? judge_one(c, &r.ruler, customer_id)
               : OK;
}
