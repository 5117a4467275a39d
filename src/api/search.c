/* The search box over several entities at once: Ctrl-K. */
#include "api/routes.h"

#include "base/num.h"
#include "store/query.h"
#include "store/record.h"
#include "store/sight.h"

#define PER_ENTITY_MAX 20

/* What is searched, in this order, and the line below the title. */
struct target {
    struct str entity, subtitle;
};

static const struct target targets[] = {
    {S_INIT("customer"), S_INIT("phone")},
    {S_INIT("contact"), S_INIT("phone")},
    {S_INIT("order"), S_INIT("ordered_on")},
    {S_INIT("product"), S_INIT("code")},
};

/* A field the caller may not see is left out of the hit. */
static enum err add_shown(struct ctx *c, struct query *q, struct str name) {
    if (!sight_field(c, q->info, info_field(q->info, name)))
        return OK;
    return query_param(c, q, S("fields"), name);
}

static enum err search_one(struct ctx *c, const struct target *t, struct str q,
                           int limit, struct jw *w) {
    const struct entity_info *i = registry_find(c->registry, t->entity);
    struct query query;
    if (actor_level(c, i->e, ACT_READ) == LEVEL_NONE)
        return OK;
    query_init(&query, i);
    query.limit = limit;
    query.count = COUNT_NONE;
    TRY(query_param(c, &query, S("q"), q));
    TRY(query_param(c, &query, S("fields"), S("id")));
    TRY(add_shown(c, &query, i->e->title));
    TRY(add_shown(c, &query, t->subtitle));
    jw_object(w);
    jw_kstr(w, S("entity"), i->e->name);
    jw_kstr(w, S("object"), i->e->plural);
    jw_kstr(w, S("title"), i->e->title);
    jw_kstr(w, S("subtitle"), t->subtitle);
    TRY(query_run(c, &query, S("/api/v1/search"), w));
    jw_object_end(w);
    return OK;
}

static enum err search_h(struct ctx *c, struct call *call) {
    bool found, has_limit;
    struct str q = str_trim(url_get(&call->params, S("q"), &found));
    struct str text = url_get(&call->params, S("limit"), &has_limit);
    int64_t limit = 5;
    if (q.n == 0)
        return fail(c, ERR_INVALID, "q", "required");
    if (has_limit && (num_parse(text, 0, NUM_EXACT, &limit) != NUM_OK ||
                      limit < 1 || limit > PER_ENTITY_MAX))
        return failv(c, ERR_INVALID, S("limit"), "limit_range",
                     ARGS(V(1), V(PER_ENTITY_MAX)));
    jw_object(&call->w);
    jw_key(&call->w, S("groups"));
    jw_array(&call->w);
    for (size_t i = 0; i < COUNT_OF(targets); i++)
        TRY(search_one(c, &targets[i], q, (int)limit, &call->w));
    jw_array_end(&call->w);
    jw_object_end(&call->w);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/search",
     .fn = search_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "Search customers, contacts, orders and products at once.",
     .tag = "search",
     .in = "search_query",
     .out = "search"},
};

const struct route_list search_routes = {routes, COUNT_OF(routes)};
