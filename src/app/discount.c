/* Ceilings of discounts. Owns nothing; runs inside the write that changed the
 * order. Invariant: an order beyond a ceiling names the policy and, where it
 * was a person, who approved it. */
#include "app/discount.h"

#include "app/settings.h"
#include "base/message.h"
#include "base/num.h"
#include "store/actor.h"
#include "store/policies.h"

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

static struct val id_or_null(int64_t id) {
    return id == 0 ? V_NULL : V(id);
}

/* Which policy the order goes beyond (p NULL: none), by whose leave. */
static enum err note(struct ctx *c, const struct record *order,
                     const struct policy *p, struct args figures) {
    struct record *set = record_new(c, order->info);
    enum lang lang;
    if (p == NULL && record_i64(order, S("discount_policy_id")) == 0)
        return OK;
    if (p == NULL) {
        record_set(set, S("discount_policy_id"), V_NULL);
        record_set(set, S("discount_approver_id"), V_NULL);
        record_set(set, S("discount_rule"), V_NULL);
    } else {
        TRY(settings_language(c, &lang));
        record_set(set, S("discount_policy_id"), V(p->id));
        record_set(set, S("discount_approver_id"),
                   id_or_null(c->actor == NULL ? 0 : c->actor->user_id));
        record_set(set, S("discount_rule"),
                   V(message_text(c, lang, "discount_rule", figures)));
    }
    return record_set_computed(c, order->info, record_id(order), set);
}

enum err discount_check(struct ctx *c, const struct record *before,
                        const struct record *after) {
    int64_t discount = record_i64(after, S("discount_percent"));
    struct str status = record_str(after, S("status"));
    struct policy p;
    bool found = false;
    if (str_eqc(status, "draft") || str_eqc(status, "cancelled") ||
        !discount_moved(before, after))
        return OK;
    if (discount > 0)
        TRY(policy_of_customer(c, record_i64(after, S("customer_id")), &p,
                               &found));
    if (!found || p.discount_max < 0 || discount <= p.discount_max)
        return note(c, after, NULL, NO_ARGS);
    struct args figures = ARGS(V(num_text(c->arena, p.discount_max, 2)),
                               V(num_text(c->arena, discount, 2)));
    if (!may_exceed(c, p.approval))
        return failv(c, ERR_INVALID, S("discount_percent"), "discount_ceiling",
                     figures);
    return note(c, after, &p, figures);
}
