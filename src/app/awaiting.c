/* Whom policies and strategies wait for. Owns nothing. Invariant: what is
 * counted and listed is found by the very functions that make the tasks. */
#include "app/awaiting.h"

#include "app/policies.h"
#include "app/strategies.h"
#include "store/actor.h"
#include "store/sight.h"

/* fields: of the customer, which the list of those would tell. */
static const struct {
    struct str name, entity;
    const char *fields[4];
} names[AWAITED_COUNT] = {
    [AWAITED_CONTACT] = {S_INIT("contact"),
                         S_INIT("grade_policy"),
                         {"effective_grade", "last_contact_at"}},
    [AWAITED_OWNER] = {S_INIT("owner"),
                       S_INIT("grade_policy"),
                       {"effective_grade", "owner_id"}},
    [AWAITED_UPGRADE] = {S_INIT("upgrade"),
                         S_INIT("grade_policy"),
                         {"effective_grade", "border_gap", "matrix_type"}},
    [AWAITED_CUT] = {S_INIT("cut_cost"),
                     S_INIT("grade_policy"),
                     {"effective_grade", "cost_to_serve", "matrix_type"}},
    [AWAITED_STRATEGY] = {S_INIT("strategy"),
                          S_INIT("lifecycle_plan"),
                          {"lifecycle_stage", "relation_level", "bonds"}},
};

struct str awaited_name(enum awaited a) {
    return names[a].name;
}

bool awaited_parse(struct str name, enum awaited *out) {
    for (size_t k = 0; k < COUNT_OF(names); k++)
        if (str_eq(names[k].name, name)) {
            *out = (enum awaited)k;
            return true;
        }
    return false;
}

static enum err need(struct ctx *c, struct str entity) {
    const struct entity *e = registry_find(c->registry, entity)->e;
    if (actor_level(c, e, ACT_UPDATE) == LEVEL_NONE || !sight_everybody(c))
        return fail(c, ERR_FORBIDDEN, "", "forbidden");
    return OK;
}

static enum err of_strategy(struct ctx *c, int64_t id, struct awaiting *out) {
    struct strategy s;
    struct policy_due *who;
    struct awaiting_part *x = &out->parts[out->n++];
    size_t n;
    bool found;
    TRY(strategy_find(c, id, &s, &found));
    if (!found)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    out->active = s.plan.active;
    out->lines = strategy_lines(c, &s);
    TRY(strategy_without(c, &s, ALL_IDS, &who, &n));
    *x = (struct awaiting_part){.what = AWAITED_STRATEGY, .n = n};
    x->ids = NEW_ARRAY(c->arena, int64_t, n + 1);
    for (size_t i = 0; i < n; i++)
        x->ids[i] = who[i].customer_id;
    TRY(strategy_next(c, &s, &who, &n));
    x->now = (int64_t)n;
    return OK;
}

static enum err collect(struct ctx *c, struct str entity, int64_t id,
                        struct awaiting *out) {
    struct policy p;
    bool found;
    *out = (struct awaiting){.lines = 1};
    if (str_eqc(entity, "lifecycle_plan"))
        return of_strategy(c, id, out);
    TRY(policy_find(c, id, &p, &out->active, &found));
    return found ? policies_awaiting(c, &p, out)
                 : fail(c, ERR_NOT_FOUND, "", "not_found");
}

enum err awaiting_of(struct ctx *c, struct str entity, int64_t id,
                     struct awaiting *out) {
    TRY(need(c, entity));
    return collect(c, entity, id, out);
}

enum err awaiting_need(struct ctx *c, enum awaited what) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    const struct str read[] = {S("task"), names[what].entity};
    for (size_t k = 0; k < COUNT_OF(read); k++)
        if (actor_level(c, registry_find(c->registry, read[k])->e, ACT_READ) ==
            LEVEL_NONE)
            return fail(c, ERR_FORBIDDEN, "", "forbidden");
    for (size_t k = 0; k < 4 && names[what].fields[k] != NULL; k++)
        TRY(sight_need(c, i, info_field(i, str_of(names[what].fields[k])),
                       "unknown_field"));
    return OK;
}

enum err awaiting_ids(struct ctx *c, enum awaited what, int64_t id,
                      int64_t **ids, size_t *n) {
    struct awaiting a;
    TRY(collect(c, names[what].entity, id, &a));
    *ids = NULL;
    *n = 0;
    for (size_t k = 0; k < a.n; k++)
        if (a.parts[k].what == what) {
            *ids = a.parts[k].ids;
            *n = a.parts[k].n;
        }
    return OK;
}

/* --- acting --------------------------------------------------------------- */

enum err awaiting_start(struct ctx *c, struct str entity, int64_t id,
                        int64_t *job_id_out) {
    struct awaiting a;
    struct buf b;
    struct jw w;
    TRY(awaiting_of(c, entity, id, &a));
    if (!a.active)
        return fail(c, ERR_CONFLICT, "active", "plan_inactive");
    buf_init(&b, c->arena, 1024);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("entity"), entity);
    jw_ki64(&w, S("id"), id);
    jw_object_end(&w);
    struct job_new n = {.kind = S("plan_tasks"),
                        .args = buf_view(&b),
                        .owner_id = c->actor->user_id};
    return job_create(c, &n, job_id_out);
}

static enum err act_strategy(struct ctx *c, int64_t id, struct job_end *end) {
    struct strategy s;
    int64_t tasks = 0, customers = 0;
    bool found;
    TRY(strategy_find(c, id, &s, &found));
    if (found && s.plan.active)
        TRY(strategy_make(c, &s, &tasks, &customers));
    end->total = customers;
    end->result =
        JSON_COUNTS(c->arena, {"tasks", tasks}, {"customers", customers});
    return OK;
}

static enum err act_policy(struct ctx *c, int64_t id, struct job_end *end) {
    struct policies_done done;
    TRY(policies_act(c, id, &done));
    end->total = done.tasks + done.plans;
    end->result =
        JSON_COUNTS(c->arena, {"tasks", done.tasks},
                    {"assigned", done.assigned}, {"plans", done.plans});
    return OK;
}

enum err plan_tasks_job(struct ctx *c, struct job_run *run,
                        struct job_end *end) {
    json_t *args;
    TRY(json_read(c, run->job.args, &args));
    int64_t id = json_integer_value(json_object_get(args, "id"));
    struct str entity = json_str(json_object_get(args, "entity"));
    bool strategy = str_eqc(entity, "lifecycle_plan");
    TRY(need(c, strategy ? S("lifecycle_plan") : S("grade_policy")));
    return strategy ? act_strategy(c, id, end) : act_policy(c, id, end);
}
