/* Policies at work. One thread a call. Invariant: whether a customer is still
 * due is looked at again inside the write that makes the task, so that two
 * runs at a time make one. */
#include "app/policies.h"

#include "app/pace.h"
#include "app/policy_plans.h"
#include "app/settings.h"
#include "base/message.h"
#include "base/num.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/record.h"
#include "store/store.h"

#define SLICE 20 /* to begin with */
#define SLICE_MOST 500

/* --- defaults ------------------------------------------------------------- */

static const struct {
    const char *grade;
    int64_t contact_days; /* 0: none */
    int64_t discount_max; /* 10^-2 % */
    int64_t upgrade_open, cut_open;
    const char *service, *plan;
} defaults[] = {
    {"vip", 14, 2000, 0, 0, "policy_service_vip", "policy_plan_vip"},
    {"main", 30, 1500, 10, 0, "policy_service_main", "policy_plan_main"},
    {"ordinary", 90, 1000, 10, 10, "policy_service_ordinary",
     "policy_plan_ordinary"},
    {"small", 0, 500, 0, 10, "policy_service_small", "policy_plan_small"},
};

enum err policies_seed(struct ctx *c) {
    enum lang lang;
    TRY(settings_language(c, &lang));
    for (size_t i = 0; i < COUNT_OF(defaults); i++) {
        bool known;
        TRY(policy_known(c, str_of(defaults[i].grade), &known));
        if (known)
            continue;
        struct record *r =
            record_new(c, registry_find(c->registry, S("grade_policy")));
        record_set(r, S("grade"), V(str_of(defaults[i].grade)));
        if (defaults[i].contact_days > 0)
            record_set(r, S("contact_days"), V(defaults[i].contact_days));
        record_set(r, S("discount_max"), V(defaults[i].discount_max));
        record_set(r, S("upgrade_open"), V(defaults[i].upgrade_open));
        record_set(r, S("cut_open"), V(defaults[i].cut_open));
        record_set(r, S("service_level"),
                   V(message_text(c, lang, defaults[i].service, NO_ARGS)));
        record_set(r, S("plan"),
                   V(message_text(c, lang, defaults[i].plan, NO_ARGS)));
        TRY(record_create(c, r));
    }
    return OK;
}

static enum err write_seed(struct ctx *c, void *arg) {
    return policies_seed(c);
}

/* --- acting --------------------------------------------------------------- */

struct acting {
    const struct policy *policy;
    enum lang lang;
    int32_t today;
    int64_t before_ms; /* contacts before this are too old */
    const struct policy_due *who;
    size_t from, to; /* of this slice */
    struct policy_member *members;
    size_t n_members;
    int64_t tasks, assigned; /* of this slice */
};

static struct str grade_label(struct ctx *c, const struct acting *a) {
    const struct entity_info *i = registry_find(c->registry, S("grade_policy"));
    const struct option *o =
        field_option(info_field(i, S("grade")), a->policy->grade);
    return o->label.text[a->lang];
}

struct new_task {
    const char *title, *rule; /* message ids */
    const char *action;
    int64_t customer_id, owner_id;
    int64_t days;
};

static enum err make_task(struct ctx *c, const struct acting *a,
                          const struct new_task *n) {
    struct record *r = record_new(c, registry_find(c->registry, S("task")));
    struct args args =
        ARGS(V(grade_label(c, a)), V(num_text(c->arena, n->days, 0)));
    record_set(r, S("title"), V(message_text(c, a->lang, n->title, args)));
    record_set(r, S("policy_rule"), V(message_text(c, a->lang, n->rule, args)));
    record_set(r, S("policy_id"), V(a->policy->id));
    record_set(r, S("policy_action"), V(n->action));
    record_set(r, S("customer_id"), V(n->customer_id));
    if (n->owner_id != 0)
        record_set(r, S("owner_id"), V(n->owner_id));
    record_set(r, S("due_on"), V(a->today));
    if (str_eqc(a->policy->grade, "vip"))
        record_set(r, S("priority"), V(S("high")));
    return record_create(c, r);
}

static enum err contact_slice(struct ctx *c, void *arg) {
    struct acting *a = arg;
    a->tasks = 0;
    for (size_t i = a->from; i < a->to; i++) {
        struct policy_due *still;
        size_t n;
        int64_t id = a->who[i].customer_id;
        TRY(policy_due(c, a->policy->grade, a->before_ms,
                       (struct id_span){id, id}, &still, &n));
        if (n == 0)
            continue;
        struct new_task t = {
            "policy_contact_title", "policy_contact_rule",  "contact", id,
            still[0].owner_id,      a->policy->contact_days};
        TRY(make_task(c, a, &t));
        a->tasks++;
    }
    return OK;
}

/* The one with the fewest; of equal ones the first. */
static struct policy_member *next_member(struct acting *a) {
    struct policy_member *best = &a->members[0];
    for (size_t i = 1; i < a->n_members; i++)
        if (a->members[i].customers < best->customers)
            best = &a->members[i];
    return best;
}

static enum err assign_slice(struct ctx *c, void *arg) {
    struct acting *a = arg;
    const struct entity_info *info = registry_find(c->registry, S("customer"));
    a->tasks = a->assigned = 0;
    TRY(policy_members(c, a->policy->team_id, a->policy->grade, &a->members,
                       &a->n_members));
    for (size_t i = a->from; i < a->to && a->n_members > 0; i++) {
        struct policy_due *still;
        struct record *out, *set = record_new(c, info);
        struct policy_member *m = next_member(a);
        size_t n;
        int64_t id = a->who[i].customer_id;
        TRY(policy_pool(c, a->policy->grade, (struct id_span){id, id}, &still,
                        &n));
        if (n == 0)
            continue;
        record_set(set, S("owner_id"), V(m->user_id));
        TRY(record_update(c, info, id, 0, set, &out));
        struct new_task t = {
            "policy_owner_title", "policy_owner_rule",    "owner", id,
            m->user_id,           a->policy->contact_days};
        TRY(make_task(c, a, &t));
        m->customers++;
        a->assigned++;
        a->tasks++;
    }
    return OK;
}

static enum err slices(struct ctx *c, struct acting *a, size_t n,
                       enum err (*slice)(struct ctx *, void *),
                       struct policies_done *out) {
    struct arena *outer = c->arena, *batch = arena_new();
    struct pace p = pace_begin(SLICE, SLICE_MOST);
    enum err e = OK;
    for (a->from = 0; e == OK && a->from < n; a->from = a->to) {
        a->to = a->from + p.step < n ? a->from + p.step : n;
        c->arena = batch;
        e = pace_write(c, &p, a->to - a->from, slice, a);
        c->arena = outer;
        if (e != OK)
            fail_keep(c, outer);
        arena_reset(batch);
        out->tasks += a->tasks;
        out->assigned += a->assigned;
        if (e == OK && c->cancelled != NULL && *c->cancelled)
            e = fail(c, ERR_CANCELLED, "", "cancelled");
    }
    arena_free(batch);
    return e;
}

/* Owners first: the task of a new owner is the contact. */
static enum err act(struct ctx *c, const struct policy *p, enum lang lang,
                    struct policies_done *out) {
    struct acting a = {.policy = p, .lang = lang};
    struct policy_due *who;
    size_t n;
    a.today = zone_day(c->zone, c->now_ms);
    a.before_ms = zone_instant(c->zone, a.today - (int32_t)p->contact_days, 0);
    if (p->team_id != 0) {
        TRY(policy_pool(c, p->grade, ALL_IDS, &who, &n));
        a.who = who;
        TRY(slices(c, &a, n, assign_slice, out));
        a.assigned = 0;
    }
    if (p->contact_days == 0)
        return OK;
    TRY(policy_due(c, p->grade, a.before_ms, ALL_IDS, &who, &n));
    a.who = who;
    return slices(c, &a, n, contact_slice, out);
}

static enum err act_all(struct ctx *c, struct policies_done *out) {
    struct policy *p;
    size_t n;
    enum lang lang;
    TRY(settings_language(c, &lang));
    TRY(store_write(c, LANE_JOB, write_seed, NULL));
    TRY(policies_active(c, &p, &n));
    for (size_t i = 0; i < n; i++)
        TRY(act(c, &p[i], lang, out));
    for (size_t i = 0; i < n; i++)
        TRY(policy_plan(c, &p[i], lang, &out->plans));
    return OK;
}

enum err policies_act(struct ctx *c, struct policies_done *out) {
    const struct actor *asked = c->actor;
    *out = (struct policies_done){0};
    c->actor = actor_console(c);
    enum err e = act_all(c, out);
    c->actor = asked;
    return e;
}
