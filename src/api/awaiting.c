/* Whom policies and strategies wait for, over HTTP. */
#include "api/job.h"
#include "api/routes.h"

#include "app/awaiting.h"

static void put_part(struct ctx *c, struct jw *w, const struct awaiting_part *x,
                     int64_t id) {
    struct str name = awaited_name(x->what);
    jw_object(w);
    jw_kstr(w, S("what"), name);
    jw_ki64(w, S("customers"), (int64_t)x->n);
    jw_ki64(w, S("now"), x->now);
    jw_kstr(w, S("query"),
            str_fmt(c->arena, "awaits=" STR_FMT ":%lld&sort=-sales",
                    STR_ARG(name), (long long)id));
    jw_object_end(w);
}

static enum err tell(struct ctx *c, struct call *call, struct str entity) {
    struct awaiting a;
    struct jw *w = &call->w;
    int64_t id, customers = 0;
    TRY(call_id(c, call, 0, &id));
    TRY(awaiting_of(c, entity, id, &a));
    for (size_t i = 0; i < a.n; i++)
        customers += a.parts[i].now;
    jw_object(w);
    jw_kbool(w, S("active"), a.active);
    jw_ki64(w, S("customers"), customers);
    jw_ki64(w, S("tasks"), customers * a.lines);
    jw_key(w, S("parts"));
    jw_array(w);
    for (size_t i = 0; i < a.n; i++)
        put_part(c, w, &a.parts[i], id);
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

static enum err begin(struct ctx *c, struct call *call, struct str entity) {
    int64_t id, job_id;
    TRY(call_id(c, call, 0, &id));
    TRY(awaiting_start(c, entity, id, &job_id));
    return call_job_started(c, call, job_id);
}

static enum err policy_h(struct ctx *c, struct call *call) {
    return tell(c, call, S("grade_policy"));
}

static enum err policy_act_h(struct ctx *c, struct call *call) {
    return begin(c, call, S("grade_policy"));
}

static enum err strategy_h(struct ctx *c, struct call *call) {
    return tell(c, call, S("lifecycle_plan"));
}

static enum err strategy_act_h(struct ctx *c, struct call *call) {
    return begin(c, call, S("lifecycle_plan"));
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/grade_policies/{id}/awaiting",
     .fn = policy_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Whom the policy would make tasks for if it acted now.",
     .tag = "value",
     .out = "awaiting"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/grade_policies/{id}/act",
     .fn = policy_act_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .doc = "Has the policy act now, as each grading does.",
     .tag = "value",
     .out = "job_started"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/lifecycle_plans/{id}/awaiting",
     .fn = strategy_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Who stands where the strategy is for and has none of its tasks.",
     .tag = "value",
     .out = "awaiting"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/lifecycle_plans/{id}/act",
     .fn = strategy_act_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .doc = "Makes the strategy's tasks for those who stand there already.",
     .tag = "value",
     .out = "job_started"},
};

const struct route_list awaiting_routes = {routes, COUNT_OF(routes)};
