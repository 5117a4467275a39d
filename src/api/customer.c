/* What a customer's page and the workbench show beyond plain records. */
#include "api/routes.h"

#include "store/query.h"
#include "store/record.h"
#include "store/timeline.h"

#define TIMELINE_LIMIT 30

static enum err timeline_h(struct ctx *c, struct call *call) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct scope s;
    struct record *r;
    int64_t id;
    bool found;
    TRY(call_id(c, call, 0, &id));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(record_load(c, &s, id, false, &r));
    struct str cursor = url_get(&call->params, S("cursor"), &found);
    jw_object(&call->w);
    TRY(timeline_write(c, id, cursor, TIMELINE_LIMIT, &call->w));
    jw_object_end(&call->w);
    return OK;
}

/* Figures of the workbench: each is a count behind a list the user can open,
 * written as its query. */
struct figure {
    const char *key, *entity, *query;
};

static const struct figure figures[] = {
    {"customers", "customer", ""},
    {"customers_new", "customer", "created_at=last_30_days"},
    {"customers_graded", "customer", "grade[empty]=false"},
    {"customers_pool", "customer", "owner_id[empty]=true"},
    {"orders_this_month", "order", "ordered_on=this_month&kind=sale"},
    {"tasks_today", "task", "owner_id=me&done=false&due_on[lte]=today"},
    {"tasks_overdue", "task", "owner_id=me&done=false&due_on[lt]=today"},
    {"interactions_week", "interaction", "happened_at=this_week"},
};

static enum err count_figure(struct ctx *c, const struct figure *f,
                             struct jw *w) {
    const struct entity_info *i = registry_find(c->registry, str_of(f->entity));
    struct query q;
    struct url_params params;
    int64_t n;
    if (actor_level(c, i->e, ACT_READ) == LEVEL_NONE)
        return OK;
    query_init(&q, i);
    TRY(url_query(c, str_of(f->query), &params));
    for (size_t k = 0; k < params.n; k++) {
        enum err e = query_param(c, &q, params.p[k].name, params.p[k].value);
        if (e == ERR_INVALID) { /* by a field the caller may not see */
            fail_clear(c);
            return OK;
        }
        TRY(e);
    }
    TRY(query_count(c, &q, COUNT_CAP, &n));
    jw_object(w);
    jw_kstr(w, S("key"), str_of(f->key));
    jw_kstr(w, S("object"), i->e->plural);
    jw_kstr(w, S("query"), str_of(f->query));
    jw_ki64(w, S("value"), n > COUNT_CAP ? COUNT_CAP : n);
    jw_kbool(w, S("capped"), n > COUNT_CAP);
    jw_object_end(w);
    return OK;
}

static enum err overview_h(struct ctx *c, struct call *call) {
    struct jw *w = &call->w;
    jw_object(w);
    jw_key(w, S("figures"));
    jw_array(w);
    for (size_t i = 0; i < COUNT_OF(figures); i++)
        TRY(count_figure(c, &figures[i], w));
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/customers/{id}/timeline",
     .fn = timeline_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "What happened with a customer, newest first.",
     .tag = "customers",
     .in = "page_query",
     .out = "timeline"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/overview",
     .fn = overview_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "Figures of the workbench.",
     .tag = "value",
     .out = "overview"},
};

const struct route_list customer_routes = {routes, COUNT_OF(routes)};
