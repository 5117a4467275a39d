/* Standing and what follows from it at once. Owns nothing; runs inside the
 * write that changed the record. */
#include "app/standing.h"

#include "app/churn_risk.h"
#include "app/grade.h"
#include "app/ladder.h"
#include "app/lifecycle.h"
#include "app/matrix.h"
#include "app/reentry.h"
#include "base/zone.h"

static const struct str standing_fields[] = {
    S_INIT("credit_score"),         S_INIT("influence_score"),
    S_INIT("prospects_score"),      S_INIT("loyalty_score"),
    S_INIT("grade_override_until"),
};

static bool is_empty(const struct record *r, struct str field) {
    return record_get(r, field).type == VAL_NULL;
}

static bool override_moved(const struct record *before,
                           const struct record *after) {
    struct str now = record_str(after, S("grade_override"));
    return before == NULL
               ? now.n > 0
               : !str_eq(now, record_str(before, S("grade_override")));
}

static bool standing_moved(const struct record *before,
                           const struct record *after) {
    for (size_t k = 0; k < COUNT_OF(standing_fields); k++) {
        int64_t was =
            before == NULL ? 0 : record_i64(before, standing_fields[k]);
        if (record_i64(after, standing_fields[k]) != was)
            return true;
    }
    return override_moved(before, after);
}

/* Files older than this rule may lack a reason or a day: they are told when the
 * grade is touched, not with each change of a phone number. */
static bool override_touched(const struct record *before,
                             const struct record *after) {
    return override_moved(before, after) ||
           (before != NULL &&
            (!str_eq(record_str(before, S("grade_override_reason")),
                     record_str(after, S("grade_override_reason"))) ||
             record_i64(before, S("grade_override_until")) !=
                 record_i64(after, S("grade_override_until"))));
}

/* Reason and day stay as long as the grade does: without a day it would hold
 * for good. A day gone by is refused with a new grade alone, as setting it is a
 * way to end one. */
static enum err check_override(struct ctx *c, const struct record *before,
                               const struct record *after) {
    int64_t until = record_i64(after, S("grade_override_until"));
    if (record_str(after, S("grade_override")).n == 0 ||
        !override_touched(before, after))
        return OK;
    if (record_str(after, S("grade_override_reason")).n == 0)
        return fail(c, ERR_INVALID, "grade_override_reason", "override_reason");
    if (is_empty(after, S("grade_override_until")))
        return fail(c, ERR_INVALID, "grade_override_until", "override_until");
    if (override_moved(before, after) && until < zone_day(c->zone, c->now_ms))
        return fail(c, ERR_INVALID, "grade_override_until", "override_past");
    return OK;
}

/* Who pays by contract is told by a model of his own kind. */
static bool pays_otherwise(const struct record *before,
                           const struct record *after) {
    return before != NULL && !str_eq(record_str(before, S("pay_method")),
                                     record_str(after, S("pay_method")));
}

/* A scored fact, where it comes from, and the day it is of. */
static const struct {
    struct str score, source, on;
} facts[] = {
    {S_INIT("credit_score"), S_INIT("credit_source"), S_INIT("credit_on")},
    {S_INIT("influence_score"), S_INIT("influence_source"),
     S_INIT("influence_on")},
    {S_INIT("prospects_score"), S_INIT("prospects_source"),
     S_INIT("prospects_on")},
    {S_INIT("loyalty_score"), S_INIT("loyalty_source"), S_INIT("loyalty_on")},
};

static bool fact_moved(const struct record *before, const struct record *after,
                       size_t k) {
    return before == NULL ||
           record_i64(before, facts[k].score) !=
               record_i64(after, facts[k].score) ||
           !str_eq(record_str(before, facts[k].source),
                   record_str(after, facts[k].source)) ||
           record_i64(before, facts[k].on) != record_i64(after, facts[k].on);
}

/* A score decides what a customer gets, so nobody may give one without saying
 * what it rests on. */
enum err customer_check(struct ctx *c, const struct record *before,
                        const struct record *after) {
    int32_t today = zone_day(c->zone, c->now_ms);
    for (size_t k = 0; k < COUNT_OF(facts); k++) {
        if (is_empty(after, facts[k].score) || !fact_moved(before, after, k))
            continue;
        if (record_str(after, facts[k].source).n == 0)
            return failv(c, ERR_INVALID, facts[k].source, "fact_source",
                         NO_ARGS);
        if (is_empty(after, facts[k].on))
            return failv(c, ERR_INVALID, facts[k].on, "fact_on", NO_ARGS);
        if (record_i64(after, facts[k].on) > today)
            return failv(c, ERR_INVALID, facts[k].on, "fact_future", NO_ARGS);
    }
    return OK;
}

static enum err follow(struct ctx *c, enum save_op op,
                       const struct record *before,
                       const struct record *after) {
    TRY(check_override(c, before, after));
    TRY(matrix_save(c, before, after));
    if (pays_otherwise(before, after))
        TRY(churn_rescore(c, record_id(after)));
    if (op != SAVE_RESTORE && override_touched(before, after))
        return grade_rescore_by_hand(c, record_id(after));
    return standing_moved(before, after) ? grade_rescore(c, record_id(after))
                                         : OK;
}

enum err customer_save(struct ctx *c, enum save_op op,
                       const struct record *before,
                       const struct record *after) {
    TRY(reentry_check(c, op, before, after));
    if (op == SAVE_CREATE || op == SAVE_UPDATE)
        TRY(customer_check(c, before, after));
    TRY(ladder_customer_save(c, op, before, after));
    TRY(lifecycle_customer_save(c, op, before, after));
    if (op == SAVE_CREATE)
        TRY(ladder_begin(c, after));
    return op == SAVE_DELETE ? OK : follow(c, op, before, after);
}

enum err customers_made(struct ctx *c, struct record *const *r, size_t n) {
    TRY(reentry_check_all(c, r, n));
    for (size_t i = 0; i < n; i++)
        TRY(customer_check(c, NULL, r[i]));
    for (size_t i = 0; i < n; i++) {
        TRY(ladder_customer_save(c, SAVE_CREATE, NULL, r[i]));
        TRY(lifecycle_customer_save(c, SAVE_CREATE, NULL, r[i]));
        TRY(follow(c, SAVE_CREATE, NULL, r[i]));
    }
    return ladder_begin_all(c, r, n);
}
