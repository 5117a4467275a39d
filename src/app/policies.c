/* Policies at work. One thread a call. Invariant: whether a customer is still
 * due, and whether his owner has room for a task, is looked at again inside the
 * write that makes it, one write at a time: two runs side by side make one task
 * of each, and no more than the company lets an owner have. */
#include "app/policies.h"

#include "analytics/pyramid.h"
#include "app/awaiting.h"
#include "app/policy_plans.h"
#include "app/room.h"
#include "app/settings.h"
#include "app/slices.h"
#include "base/message.h"
#include "base/num.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/bulk.h"
#include "store/trail.h"

#include <stdlib.h>

#define SLICE_FIRST 20
#define SLICE_LEAST 5
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

/* --- room --------------------------------------------------------------- */

/* How many open tasks of policies owners may still get in this write. */
struct rooms {
    int64_t limit; /* 0: none */
    VEC(struct policy_room) v;
};

/* Counted when the owner is first asked for. */
static enum err room_of(struct ctx *c, struct rooms *r, int64_t owner_id,
                        struct policy_room **out) {
    for (size_t i = 0; i < r->v.n; i++)
        if (r->v.p[i].owner_id == owner_id) {
            *out = &r->v.p[i];
            return OK;
        }
    struct policy_room one = {owner_id, 0};
    if (r->limit > 0)
        TRY(policy_open_of(c, owner_id, &one.open));
    *out = VEC_PUSH(c->arena, &r->v);
    **out = one;
    return OK;
}

static bool has_room(const struct rooms *r, const struct policy_room *one) {
    return r->limit == 0 || one->open < r->limit;
}

static enum err pick(struct ctx *c, int64_t limit, struct policy_due *p,
                     size_t *n) {
    struct policy_room *open;
    size_t n_open;
    TRY(policy_open(c, &open, &n_open));
    room_pick(limit, 1, open, n_open, p, n);
    return OK;
}

/* --- acting --------------------------------------------------------------- */

struct acting {
    struct slices s; /* of who */
    const struct policy *policy;
    enum lang lang;
    int32_t today;
    int64_t before_ms; /* contacts before this are too old */
    int64_t limit;     /* open tasks of an owner; 0: none */
    const struct policy_due *who;
    struct policy_member *members;
    size_t n_members;
    struct rooms rooms;
    VEC(struct record *) tasks;
    int64_t assigned; /* of this slice */
    struct policies_done *done;
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

static void fill_task(struct ctx *c, const struct acting *a,
                      const struct new_task *n, struct record *r) {
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
    if (str_eq(a->policy->grade, tier_name(TIER_VIP)))
        record_set(r, S("priority"), V(S("high")));
}

/* Unless the owner has enough to do. */
static enum err add_task(struct ctx *c, struct acting *a,
                         const struct new_task *n) {
    struct policy_room *room;
    TRY(room_of(c, &a->rooms, n->owner_id, &room));
    if (!has_room(&a->rooms, room))
        return OK;
    struct record *r = record_new(c, registry_find(c->registry, S("task")));
    fill_task(c, a, n, r);
    *VEC_PUSH(c->arena, &a->tasks) = r;
    room->open++;
    return OK;
}

static enum err begin_slice(struct ctx *c, struct acting *a) {
    a->rooms = (struct rooms){.limit = a->limit};
    a->tasks.p = NULL;
    a->tasks.n = a->tasks.cap = 0;
    a->assigned = 0;
    return policy_alone(c);
}

static enum err contact_slice(struct ctx *c, void *arg) {
    struct acting *a = arg;
    TRY(begin_slice(c, a));
    for (size_t i = a->s.from; i < a->s.to; i++) {
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
        TRY(add_task(c, a, &t));
    }
    return bulk_create_own(c, a->tasks.p, a->tasks.n);
}

/* The one with the fewest; of equal ones the first. */
static struct policy_member *next_member(struct acting *a) {
    struct policy_member *best = &a->members[0];
    for (size_t i = 1; i < a->n_members; i++)
        if (a->members[i].customers < best->customers)
            best = &a->members[i];
    return best;
}

/* Also where the new owner has no room for a task: the trail names the policy.
 */
static enum err note_owner(struct ctx *c, const struct acting *a,
                           int64_t customer_id, int64_t owner_id) {
    struct args args = ARGS(V(grade_label(c, a)));
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 64 * 1024);
    jw_init(&w, &b);
    jw_object(&w);
    jw_ki64(&w, S("policy_id"), a->policy->id);
    jw_kstr(&w, S("policy_rule"),
            message_text(c, a->lang, "policy_owner_rule", args));
    jw_ki64(&w, S("owner_id"), owner_id);
    jw_object_end(&w);
    return trail_event(c, S("policy_owner"), S("customer"), customer_id,
                       buf_view(&b));
}

static enum err assign_slice(struct ctx *c, void *arg) {
    struct acting *a = arg;
    const struct entity_info *info = registry_find(c->registry, S("customer"));
    TRY(begin_slice(c, a));
    TRY(policy_members(c, a->policy->team_id, a->policy->grade, &a->members,
                       &a->n_members));
    for (size_t i = a->s.from; i < a->s.to && a->n_members > 0; i++) {
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
        TRY(note_owner(c, a, id, m->user_id));
        struct new_task t = {
            "policy_owner_title", "policy_owner_rule",    "owner", id,
            m->user_id,           a->policy->contact_days};
        TRY(add_task(c, a, &t));
        m->customers++;
        a->assigned++;
    }
    return bulk_create_own(c, a->tasks.p, a->tasks.n);
}

static void wrote(void *arg) {
    const struct acting *a = arg;
    a->done->tasks += (int64_t)a->tasks.n;
    a->done->assigned += a->assigned;
}

static enum err write_all(struct ctx *c, struct acting *a, size_t n,
                          write_fn write) {
    a->s = (struct slices){.step = "tasks",
                           .n = n,
                           .first = SLICE_FIRST,
                           .least = SLICE_LEAST,
                           .most = SLICE_MOST,
                           .write = write,
                           .wrote = wrote,
                           .arg = a};
    return slices_run(c, &a->s);
}

/* Owners first: the task of a new owner is the contact. */
static enum err act(struct ctx *c, struct acting *a) {
    const struct policy *p = a->policy;
    struct policy_due *who;
    size_t n;
    a->before_ms =
        zone_instant(c->zone, a->today - (int32_t)p->contact_days, 0);
    TRY(long_work_at(c, "tasks", 0, 0));
    if (p->team_id != 0) {
        TRY(policy_pool(c, p->grade, ALL_IDS, &who, &n));
        if (n > 1)
            qsort(who, n, sizeof *who, by_worth);
        a->who = who;
        TRY(write_all(c, a, n, assign_slice));
    }
    if (p->contact_days == 0)
        return OK;
    TRY(policy_due(c, p->grade, a->before_ms, ALL_IDS, &who, &n));
    TRY(pick(c, a->limit, who, &n));
    a->who = who;
    return write_all(c, a, n, contact_slice);
}

/* only: the one policy to act; 0: all. */
static enum err act_all(struct ctx *c, int64_t only,
                        struct policies_done *out) {
    struct acting a = {.today = zone_day(c->zone, c->now_ms), .done = out};
    struct policy *p;
    size_t n;
    TRY(settings_language(c, &a.lang));
    TRY(settings_i64(c, SETTING_POLICY_TASKS, &a.limit));
    TRY(store_write(c, LANE_JOB, write_seed, NULL));
    TRY(policies_active(c, &p, &n));
    for (size_t i = 0; i < n; i++) {
        a.policy = &p[i];
        if (only == 0 || p[i].id == only)
            TRY(act(c, &a));
    }
    for (size_t i = 0; i < n; i++) {
        TRY(long_work_at(c, "tasks", 0, 0));
        if (only == 0 || p[i].id == only)
            TRY(policy_plan(c, &p[i], a.lang, &out->plans));
    }
    return OK;
}

enum err policies_act(struct ctx *c, int64_t only, struct policies_done *out) {
    const struct actor *asked = c->actor;
    *out = (struct policies_done){0};
    c->actor = actor_console(c);
    enum err e = act_all(c, only, out);
    c->actor = asked;
    return e;
}

/* --- what they would do --------------------------------------------------- */

static struct awaiting_part part_of(struct ctx *c, enum awaited what,
                                    const struct policy_due *who, size_t n) {
    struct awaiting_part x = {.what = what, .n = n};
    x.ids = NEW_ARRAY(c->arena, int64_t, n + 1);
    for (size_t i = 0; i < n; i++)
        x.ids[i] = who[i].customer_id;
    return x;
}

static enum err await_owners(struct ctx *c, const struct policy *p,
                             struct awaiting *out) {
    struct policy_member *members;
    struct policy_due *who;
    size_t n_members = 0, n;
    if (p->team_id != 0)
        TRY(policy_members(c, p->team_id, p->grade, &members, &n_members));
    if (n_members == 0)
        return OK;
    TRY(policy_pool(c, p->grade, ALL_IDS, &who, &n));
    struct awaiting_part x = part_of(c, AWAITED_OWNER, who, n);
    x.now = (int64_t)n;
    out->parts[out->n++] = x;
    return OK;
}

static enum err await_contacts(struct ctx *c, const struct policy *p,
                               struct awaiting *out) {
    int32_t today = zone_day(c->zone, c->now_ms);
    struct policy_due *who;
    size_t n, kept = 0;
    int64_t limit;
    bool owners = out->n > 0; /* whoever gets one is called for that */
    if (p->contact_days == 0)
        return OK;
    TRY(settings_i64(c, SETTING_POLICY_TASKS, &limit));
    TRY(policy_due(c, p->grade,
                   zone_instant(c->zone, today - (int32_t)p->contact_days, 0),
                   ALL_IDS, &who, &n));
    for (size_t i = 0; i < n; i++)
        if (!owners || who[i].owner_id != 0)
            who[kept++] = who[i];
    struct awaiting_part x = part_of(c, AWAITED_CONTACT, who, kept);
    TRY(pick(c, limit, who, &kept));
    x.now = (int64_t)kept;
    out->parts[out->n++] = x;
    return OK;
}

enum err policies_awaiting(struct ctx *c, const struct policy *p,
                           struct awaiting *out) {
    TRY(await_owners(c, p, out));
    TRY(await_contacts(c, p, out));
    return policy_plans_awaiting(c, p, out);
}
