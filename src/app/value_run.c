/* Runs the parts one after the other, each in an arena of its own: what they
 * read of everybody is not kept until the end. One thread a call. */
#include "app/value_run.h"

#include "app/cross_sell.h"
#include "app/followed.h"
#include "app/kept.h"
#include "app/matrix.h"
#include "app/settings.h"
#include "app/slices.h"
#include "store/lifetimes.h"
#include "store/scores.h"

#define STEP S("matrix")

static enum err parts(struct ctx *c, const struct grade_rules *rules,
                      int64_t groups) {
    struct matrix_rules how = {.as_of = rules->value.as_of,
                               .high_bp = rules->value.pyramid.main_bp,
                               .groups = groups};
    TRY(cross_sell_count(c, &how.buyers));
    return matrix_run_all(c, &how);
}

/* What cuts and groups were made by: the run itself, and the models, by which
 * everybody's potential moves. */
static enum err basis_of(struct ctx *c, const struct grade_rules *rules,
                         int64_t groups, const struct matrix_run *run,
                         struct str *out) {
    struct str models;
    int32_t as_of;
    bool found;
    TRY(lifetimes_fitted(c, &models, &as_of, &found));
    *out = str_fmt(c->arena, "%lld %d %lld %llx", (long long)run->id,
                   rules->value.pyramid.main_bp, (long long)groups,
                   found ? (unsigned long long)str_hash(models) : 0);
    return OK;
}

/* Are the cuts, groups and pairs of the run before good for this one? */
static enum err keep(struct ctx *c, const struct grade_rules *rules,
                     int64_t groups, int64_t customers, struct followed *was,
                     bool *kept) {
    struct matrix_run run;
    struct str basis;
    TRY(matrix_newest(c, &run, kept));
    if (!*kept)
        return OK;
    TRY(basis_of(c, rules, groups, &run, &basis));
    int32_t days = rules->value.as_of - run.as_of;
    *kept =
        days >= 0 && days < KEPT_DAYS && kept_near(run.customers, customers);
    return *kept ? followed_read(c, STEP, basis, was, kept) : OK;
}

struct rescoring {
    struct slices s;
    const int64_t *ids;
};

static enum err rescore(struct ctx *c, void *arg) {
    const struct rescoring *r = arg;
    for (size_t i = r->s.from; i < r->s.to; i++)
        TRY(matrix_rescore(c, r->ids[i]));
    return OK;
}

static enum err rescore_touched(struct ctx *c, const struct followed *was) {
    int64_t *ids;
    struct rescoring r = {.s = {.step = "matrix",
                                .first = 100,
                                .least = 20,
                                .most = 10000,
                                .write = rescore,
                                .arg = &r}};
    TRY(scores_touched(c, was->place, &ids, &r.s.n));
    r.ids = ids;
    return slices_run(c, &r.s);
}

static enum err all_of_it(struct ctx *c, const struct grade_rules *rules,
                          int64_t customers) {
    struct followed was, now;
    struct matrix_run run;
    bool large, kept = false, found;
    int64_t groups;
    TRY(settings_i64(c, SETTING_VALUE_GROUPS, &groups));
    TRY(followed_large(c, customers, &large));
    if (!large)
        return parts(c, rules, groups);
    TRY(followed_now(c, S(""), &now));
    TRY(keep(c, rules, groups, customers, &was, &kept));
    TRY(kept ? rescore_touched(c, &was) : parts(c, rules, groups));
    TRY(matrix_newest(c, &run, &found));
    TRY(basis_of(c, rules, groups, &run, &now.basis));
    return followed_save(c, STEP, &now);
}

enum err value_run(struct ctx *c, const struct grade_rules *rules,
                   int64_t customers) {
    struct arena *outer = c->arena, *own = arena_new();
    c->arena = own;
    enum err e = all_of_it(c, rules, customers);
    c->arena = outer;
    if (e != OK)
        fail_keep(c, outer);
    arena_free(own);
    return e;
}
