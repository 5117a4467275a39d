/* Upgrade and cost-cutting plans. One thread a call. Invariant: who is planned
 * for, and how many plans are open, is looked up inside the write that makes
 * the tasks, one such write at a time: two runs side by side make one plan of
 * each, and no more than the policy lets be open. */
#include "app/policy_plans.h"

#include "analytics/pyramid.h"
#include "app/awaiting.h"
#include "base/message.h"
#include "base/num.h"
#include "base/zone.h"
#include "store/record.h"
#include "store/store.h"

#define CENT 2

struct planning {
    const struct policy *policy;
    enum lang lang;
    int32_t today;
    int64_t made; /* by this write */
};

static struct str grade_label(struct ctx *c, const struct planning *p,
                              struct str grade) {
    const struct entity_info *i = registry_find(c->registry, S("grade_policy"));
    return field_option(info_field(i, S("grade")), grade)->label.text[p->lang];
}

/* The grade above, empty for the first. */
static struct str grade_above(struct str grade) {
    for (int t = 1; t < TIER_COUNT; t++)
        if (str_eq(tier_name((enum tier)t), grade))
            return tier_name((enum tier)(t - 1));
    return S("");
}

static struct str money(struct ctx *c, int64_t micro) {
    int64_t cents;
    return num_rescale(micro, NUM_AMOUNT, CENT, &cents)
               ? num_text(c->arena, cents, CENT)
               : num_text(c->arena, micro, NUM_AMOUNT);
}

struct plan_text {
    struct str action, title, rule;
};

static enum err make_plan(struct ctx *c, const struct planning *p,
                          const struct policy_candidate *who,
                          const struct plan_text *t) {
    struct record *r = record_new(c, registry_find(c->registry, S("task")));
    record_set(r, S("title"), V(t->title));
    record_set(r, S("policy_rule"), V(t->rule));
    record_set(r, S("policy_action"), V(t->action));
    record_set(r, S("policy_id"), V(p->policy->id));
    record_set(r, S("customer_id"), V(who->customer_id));
    if (who->owner_id != 0)
        record_set(r, S("owner_id"), V(who->owner_id));
    record_set(r, S("due_on"), V(p->today + p->policy->plan_days));
    if (p->policy->plan.n > 0)
        record_set(r, S("note"), V(p->policy->plan));
    return record_create(c, r);
}

static enum err upgrade(struct ctx *c, const struct planning *p,
                        const struct policy_candidate *who) {
    struct str to = grade_label(c, p, grade_above(p->policy->grade));
    struct args figures =
        ARGS(V(grade_label(c, p, p->policy->grade)), V(to),
             V(num_text(c->arena, who->gap, CENT)), V(money(c, who->potential)),
             V(num_text(c->arena, p->policy->upgrade_gap, CENT)));
    struct plan_text t = {
        S("upgrade"),
        message_text(c, p->lang, "policy_upgrade_title", ARGS(V(to))),
        message_text(c, p->lang, "policy_upgrade_rule", figures)};
    return make_plan(c, p, who, &t);
}

static enum err cut(struct ctx *c, const struct planning *p,
                    const struct policy_candidate *who) {
    struct args figures =
        ARGS(V(grade_label(c, p, p->policy->grade)),
             V(money(c, who->potential)), V(money(c, who->cost)));
    struct plan_text t = {S("cut_cost"),
                          message_text(c, p->lang, "policy_cut_title", figures),
                          message_text(c, p->lang, "policy_cut_rule", figures)};
    return make_plan(c, p, who, &t);
}

struct kind {
    struct str action;
    enum awaited what;
    int64_t at_a_time;
    enum err (*find)(struct ctx *, const struct policy_quest *,
                     struct policy_candidate **, size_t *);
    enum err (*make)(struct ctx *, const struct planning *,
                     const struct policy_candidate *);
};

static struct policy_quest quest(struct ctx *c, const struct planning *p,
                                 int64_t limit) {
    const struct policy *of = p->policy;
    return (struct policy_quest){
        .grade = of->grade,
        .gap = of->upgrade_gap,
        .since_ms = zone_instant(c->zone, p->today - (int32_t)of->plan_days, 0),
        .limit = limit};
}

/* How many more may be open. */
static enum err room_for(struct ctx *c, const struct planning *p,
                         const struct kind *k, int64_t *out) {
    int64_t open;
    *out = 0;
    if (k->at_a_time == 0)
        return OK;
    TRY(policy_plans_open(c, p->policy->id, k->action, &open));
    *out = open >= k->at_a_time ? 0 : k->at_a_time - open;
    return OK;
}

static enum err plan_kind(struct ctx *c, struct planning *p,
                          const struct kind *k) {
    struct policy_candidate *who;
    size_t n;
    int64_t room;
    TRY(room_for(c, p, k, &room));
    if (room == 0)
        return OK;
    struct policy_quest q = quest(c, p, room);
    TRY(k->find(c, &q, &who, &n));
    for (size_t i = 0; i < n; i++)
        TRY(k->make(c, p, &who[i]));
    p->made += (int64_t)n;
    return OK;
}

#define KINDS 2
static size_t kinds_of(const struct policy *p, struct kind out[KINDS]) {
    size_t n = 0;
    if (grade_above(p->grade).n > 0)
        out[n++] = (struct kind){S("upgrade"), AWAITED_UPGRADE, p->upgrade_open,
                                 policy_upgrades, upgrade};
    out[n++] = (struct kind){S("cut_cost"), AWAITED_CUT, p->cut_open,
                             policy_cuts, cut};
    return n;
}

static enum err write_plans(struct ctx *c, void *arg) {
    struct planning *p = arg;
    struct kind kinds[KINDS];
    size_t n = kinds_of(p->policy, kinds);
    p->made = 0;
    TRY(policy_alone(c));
    for (size_t i = 0; i < n; i++)
        TRY(plan_kind(c, p, &kinds[i]));
    return OK;
}

enum err policy_plans_awaiting(struct ctx *c, const struct policy *of,
                               struct awaiting *out) {
    struct planning p = {.policy = of, .today = zone_day(c->zone, c->now_ms)};
    struct kind kinds[KINDS];
    size_t n_kinds = kinds_of(of, kinds), n;
    for (size_t i = 0; i < n_kinds; i++) {
        struct policy_candidate *who;
        struct policy_quest q = quest(c, &p, INT64_MAX);
        struct awaiting_part *x = &out->parts[out->n++];
        TRY(kinds[i].find(c, &q, &who, &n));
        *x = (struct awaiting_part){.what = kinds[i].what, .n = n};
        TRY(room_for(c, &p, &kinds[i], &x->now));
        x->now = x->now < (int64_t)n ? x->now : (int64_t)n;
        x->ids = NEW_ARRAY(c->arena, int64_t, n + 1);
        for (size_t k = 0; k < n; k++)
            x->ids[k] = who[k].customer_id;
    }
    return OK;
}

enum err policy_plan(struct ctx *c, const struct policy *p, enum lang lang,
                     int64_t *made) {
    struct planning one = {
        .policy = p, .lang = lang, .today = zone_day(c->zone, c->now_ms)};
    TRY(store_write(c, LANE_JOB, write_plans, &one));
    *made += one.made;
    return OK;
}
