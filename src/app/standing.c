/* Standing and what follows from it at once. Owns nothing; runs inside the
 * write that changed the record. */
#include "app/standing.h"

#include "app/churn_risk.h"
#include "app/grade.h"
#include "app/ladder.h"
#include "app/lifecycle.h"
#include "app/matrix.h"
#include "app/reentry.h"
#include "base/num.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/policies.h"

static const struct str standing_fields[] = {
    S_INIT("credit_score"),         S_INIT("influence_score"),
    S_INIT("prospects_score"),      S_INIT("loyalty_score"),
    S_INIT("grade_override_until"),
};

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

static enum err check_override(struct ctx *c, const struct record *before,
                               const struct record *after) {
    int64_t until = record_i64(after, S("grade_override_until"));
    if (record_str(after, S("grade_override")).n == 0 ||
        !override_moved(before, after))
        return OK;
    if (record_str(after, S("grade_override_reason")).n == 0)
        return fail(c, ERR_INVALID, "grade_override_reason", "override_reason");
    if (until == 0)
        return fail(c, ERR_INVALID, "grade_override_until", "override_until");
    if (until < zone_day(c->zone, c->now_ms))
        return fail(c, ERR_INVALID, "grade_override_until", "override_past");
    return OK;
}

/* Who pays by contract is told by a model of his own kind. */
static bool pays_otherwise(const struct record *before,
                           const struct record *after) {
    return before != NULL && !str_eq(record_str(before, S("pay_method")),
                                     record_str(after, S("pay_method")));
}

static enum err follow(struct ctx *c, const struct record *before,
                       const struct record *after) {
    TRY(matrix_save(c, before, after));
    if (pays_otherwise(before, after))
        TRY(churn_rescore(c, record_id(after)));
    if (!standing_moved(before, after))
        return OK;
    TRY(check_override(c, before, after));
    return grade_rescore(c, record_id(after));
}

enum err customer_save(struct ctx *c, enum save_op op,
                       const struct record *before,
                       const struct record *after) {
    TRY(reentry_check(c, op, before, after));
    TRY(ladder_customer_save(c, op, before, after));
    TRY(lifecycle_customer_save(c, op, before, after));
    return op == SAVE_DELETE ? OK : follow(c, before, after);
}

enum err customers_made(struct ctx *c, struct record *const *r, size_t n) {
    TRY(reentry_check_all(c, r, n));
    for (size_t i = 0; i < n; i++) {
        TRY(ladder_customer_save(c, SAVE_CREATE, NULL, r[i]));
        TRY(lifecycle_customer_save(c, SAVE_CREATE, NULL, r[i]));
        TRY(follow(c, NULL, r[i]));
    }
    return OK;
}

/* --- discounts ------------------------------------------------------------ */

/* Is there anything new to check? What was let through stays. */
static bool discount_moved(const struct record *before,
                           const struct record *after) {
    static const struct str fields[] = {S_INIT("discount_percent"),
                                        S_INIT("customer_id")};
    if (before == NULL || str_eqc(record_str(before, S("status")), "draft"))
        return true;
    for (size_t k = 0; k < COUNT_OF(fields); k++)
        if (record_i64(before, fields[k]) != record_i64(after, fields[k]))
            return true;
    return false;
}

static bool may_exceed(const struct ctx *c, struct str approval) {
    const struct entity *e = registry_find(c->registry, S("customer"))->e;
    if (c->actor == NULL)
        return true;
    if (str_eqc(approval, "manager"))
        return c->actor->admin || actor_level(c, e, ACT_UPDATE) >= LEVEL_TREE;
    return str_eqc(approval, "admin") && c->actor->admin;
}

enum err discount_check(struct ctx *c, const struct record *before,
                        const struct record *after) {
    int64_t discount = record_i64(after, S("discount_percent"));
    struct policy p;
    bool found;
    if (discount == 0 || str_eqc(record_str(after, S("status")), "draft") ||
        str_eqc(record_str(after, S("status")), "cancelled") ||
        !discount_moved(before, after))
        return OK;
    TRY(policy_of_customer(c, record_i64(after, S("customer_id")), &p, &found));
    if (!found || p.discount_max < 0 || discount <= p.discount_max ||
        may_exceed(c, p.approval))
        return OK;
    return failv(c, ERR_INVALID, S("discount_percent"), "discount_ceiling",
                 ARGS(V(num_text(c->arena, p.discount_max, 2)),
                      V(num_text(c->arena, discount, 2))));
}
