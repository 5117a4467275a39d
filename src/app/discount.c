/* Ceilings of discounts. Owns nothing; runs inside the write that changed the
 * order. Invariant: an order beyond a ceiling names the policy and, where it
 * was a person, who approved it. */
#include "app/discount.h"

#include "app/settings.h"
#include "base/message.h"
#include "base/num.h"
#include "store/actor.h"
#include "store/drops.h"
#include "store/policies.h"

/* Such an order grants nothing. */
static bool is_idle(const struct record *order) {
    struct str status = record_str(order, S("status"));
    return str_eqc(status, "draft") || str_eqc(status, "cancelled");
}

/* Is there anything new to check? What was let through stays; drafts and what
 * was cancelled were not looked at. */
static bool discount_moved(const struct record *before,
                           const struct record *after) {
    static const struct str fields[] = {S_INIT("discount_percent"),
                                        S_INIT("customer_id")};
    if (before == NULL || is_idle(before))
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

static struct val id_or_null(int64_t id) {
    return id == 0 ? V_NULL : V(id);
}

/* Which policy the order goes beyond (p NULL: none), by whose leave. */
static enum err note(struct ctx *c, const struct record *order,
                     const struct policy *p, struct args figures) {
    struct record *set = record_new(c, order->info);
    enum lang lang;
    if (p == NULL && record_str(order, S("discount_rule")).n == 0)
        return OK;
    if (p == NULL) {
        record_set(set, S("discount_policy_id"), V_NULL);
        record_set(set, S("discount_approver_id"), V_NULL);
        record_set(set, S("discount_rule"), V_NULL);
    } else {
        TRY(settings_language(c, &lang));
        record_set(set, S("discount_policy_id"), id_or_null(p->id));
        record_set(set, S("discount_approver_id"),
                   id_or_null(c->actor == NULL ? 0 : c->actor->user_id));
        record_set(set, S("discount_rule"),
                   V(message_text(c, lang, "discount_rule", figures)));
    }
    return record_set_computed(c, order->info, record_id(order), set);
}

/* The policy that holds on the day of the order; by stricter terms of a drop
 * decision (*strict) it grants no discount at all. */
static enum err terms_of(struct ctx *c, const struct record *order,
                         struct policy *p, bool *strict) {
    int64_t customer = record_i64(order, S("customer_id"));
    int32_t day = (int32_t)record_i64(order, S("ordered_on"));
    struct drop_held held;
    bool found;
    TRY(policy_of_customer(c, customer, day, p, &found));
    if (!found)
        *p = (struct policy){.discount_max = -1, .approval = S("manager")};
    TRY(drop_held(c, customer, S("stricter_terms"), day, &held, strict));
    if (*strict)
        p->discount_max = 0;
    return OK;
}

static bool is_stricter(const struct policy *p, const struct policy *than) {
    return p->discount_max >= 0 &&
           (than->discount_max < 0 || p->discount_max < than->discount_max);
}

/* Moved to a day on which less is granted than on the one it had? */
static enum err day_matters(struct ctx *c, const struct record *before,
                            const struct policy *now, bool *out) {
    struct policy was = {.discount_max = -1};
    bool strict;
    TRY(terms_of(c, before, &was, &strict));
    *out = is_stricter(now, &was);
    return OK;
}

enum err discount_check(struct ctx *c, const struct record *before,
                        const struct record *after) {
    int64_t discount = record_i64(after, S("discount_percent"));
    struct policy p = {.discount_max = -1};
    bool strict = false, asked = discount_moved(before, after);
    bool dated = !asked && discount > 0 &&
                 record_i64(before, S("ordered_on")) !=
                     record_i64(after, S("ordered_on"));
    if (is_idle(after) || (!asked && !dated))
        return OK;
    if (discount > 0)
        TRY(terms_of(c, after, &p, &strict));
    if (dated)
        TRY(day_matters(c, before, &p, &asked));
    if (!asked)
        return OK;
    if (p.discount_max < 0 || discount <= p.discount_max)
        return note(c, after, NULL, NO_ARGS);
    struct args figures = ARGS(V(num_text(c->arena, p.discount_max, 2)),
                               V(num_text(c->arena, discount, 2)));
    if (may_exceed(c, p.approval))
        return note(c, after, &p, figures);
    return strict ? failv(c, ERR_INVALID, S("discount_percent"),
                          "discount_terms", ARGS(figures.v[1]))
                  : failv(c, ERR_INVALID, S("discount_percent"),
                          "discount_ceiling", figures);
}
