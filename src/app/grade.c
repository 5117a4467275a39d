/* Scores against a ruler. Owns nothing; inside the caller's write. Invariant: a
 * customer's scores follow from his own figures, the ruler and the day alone,
 * whether he is looked at alone or in a run. */
#include "app/grade_judge.h"

#include "app/contribution.h"
#include "app/ruling.h"
#include "base/zone.h"
#include "store/grades.h"
#include "store/ranks.h"

#define SMALL (TIER_SMALL + 1)

/* The one set by hand until its day, else the computed one; small for whoever
 * has the worst credit (V2). */
static int in_force(const struct score_state *s, int32_t today, int grade) {
    if (s->by_hand == 0 || s->by_hand_until < today)
        return grade;
    return s->figures.standing[STANDING_CREDIT] == 1 ? SMALL : s->by_hand;
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
    out->effective = in_force(s, j->today, out->grade);
}

/* --- contribution and rank ------------------------------------------------ */

/* Where a customer stands among those known; false: nowhere, or with other
 * sales by now. */
static bool find_known(const struct graded *g, const struct score_state *s,
                       size_t *out) {
    size_t lo = 0, hi = g == NULL ? 0 : g->report.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (g->ids[mid] < s->id)
            lo = mid + 1;
        else
            hi = mid;
    }
    *out = lo;
    if (g == NULL || lo == g->report.n || g->ids[lo] != s->id)
        return false;
    const struct customer_figures *f = &g->figures[lo];
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

enum err judge_write(struct ctx *c, const struct judge *j,
                     struct score_state *s, size_t n, int64_t *moved) {
    struct score_change *p = NEW_ARRAY(c->arena, struct score_change, n + 1);
    size_t k = 0;
    *moved = 0;
    for (size_t i = 0; i < n; i++) {
        struct score_change *one = &p[k];
        *one = (struct score_change){.was = &s[i]};
        TRY(contribution_of(c, j, &s[i]));
        judge_set(j, &s[i], &one->now);
        const struct score_set *was = &s[i].now;
        bool same = same_scores(&one->now, was);
        if (same && one->now.effective == was->effective &&
            one->now.gap == was->gap)
            continue;
        *moved += !same;
        one->moved = one->now.grade != was->grade || one->now.abc != was->abc;
        if (one->moved)
            TRY(rank_of(c, j, &s[i], &one->rank));
        k++;
    }
    return scores_write(c, p, k, j->ruler == NULL ? 0 : j->ruler->run_id,
                        j->ruler == NULL ? 0 : j->ruler->as_of);
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

static enum err judge_one(struct ctx *c, const struct ruler *u,
                          int64_t customer_id) {
    struct judge j = {.ruler = u, .today = zone_day(c->zone, c->now_ms)};
    struct score_state *s;
    int64_t moved;
    size_t n;
    TRY(scores_of(c, &customer_id, 1, &s, &n));
    return judge_write(c, &j, s, n, &moved);
}

enum err grade_rescore(struct ctx *c, int64_t customer_id) {
    struct ruling r;
    TRY(ruling_now(c, &r));
    TRY(judge_one(c, r.graded ? &r.ruler : NULL, customer_id));
    return lifetime_rescore(c, &r, customer_id);
}

enum err grade_rescore_costs(struct ctx *c, int64_t customer_id) {
    struct ruling r;
    TRY(ruling_now(c, &r));
    return r.graded && r.ruler.basis.measure == MEASURE_PROFIT
               ? judge_one(c, &r.ruler, customer_id)
               : OK;
}
