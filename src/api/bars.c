/* Who is not to come back, over HTTP. */
#include "app/bars.h"
#include "api/body.h"
#include "api/routes.h"
#include "base/num.h"
#include "base/time.h"
#include "store/sight.h"

#define PAGE 50
#define NOTE_BYTES 4000

/* As the customer's field is shown in a list of others' records. */
static void put_identity(struct ctx *c, struct jw *w,
                         const struct identity *by) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    const struct field *f = info_field(i, by->kind);
    enum see see = sight_of(c, i, f);
    jw_object(w);
    jw_kstr(w, S("kind"), by->kind);
    jw_key(w, S("value"));
    if (see == SEE_HIDDEN)
        jw_null(w);
    else
        sight_json(c, w, f, see, true, V(by->value));
    jw_object_end(w);
}

static void put_bar(struct ctx *c, struct jw *w, const struct bar *b) {
    static const char *const where[] = {
        [BAR_LIVE] = "live", [BAR_BIN] = "bin", [BAR_GONE] = "gone"};
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    const struct field *name = info_field(i, S("name"));
    enum see see = sight_of(c, i, name);
    jw_object(w);
    jw_ki64(w, S("decision_id"), b->decision_id);
    jw_kstr(w, S("decision"), str_of(where[b->decision]));
    jw_ki64(w, S("customer_id"), b->customer_id);
    jw_key(w, S("customer_name"));
    if (see == SEE_HIDDEN || b->customer_name.n == 0)
        jw_null(w);
    else
        sight_json(c, w, name, see, true, V(b->customer_name));
    jw_kstr(w, S("decided_on"), day_text(c->arena, b->decided_on));
    jw_key(w, S("identities"));
    jw_array(w);
    for (size_t k = 0; k < b->n; k++)
        put_identity(c, w, &b->by[k]);
    jw_array_end(w);
    jw_object_end(w);
}

static enum err list_h(struct ctx *c, struct call *call) {
    struct jw *w = &call->w;
    int64_t before = INT64_MAX;
    struct bar *bars;
    bool given, more;
    size_t n;
    struct str text = url_get(&call->params, S("before"), &given);
    if (given &&
        (num_parse(text, 0, NUM_EXACT, &before) != NUM_OK || before < 1))
        return fail(c, ERR_INVALID, "before", "not_integer");
    TRY(bars_list(c, before, PAGE, &bars, &n, &more));
    jw_object(w);
    jw_key(w, S("data"));
    jw_array(w);
    for (size_t k = 0; k < n; k++)
        put_bar(c, w, &bars[k]);
    jw_array_end(w);
    jw_key(w, S("next"));
    if (more)
        jw_i64(w, bars[n - 1].decision_id);
    else
        jw_null(w);
    jw_object_end(w);
    return OK;
}

static enum err lift_h(struct ctx *c, struct call *call) {
    static const char *const names[] = {"note"};
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    body_only(c, call->json, names, COUNT_OF(names));
    struct str note = body_text(c, call->json, "note", NOTE_BYTES, true);
    TRY(fail_any(c));
    TRY(bars_lift(c, id, note));
    call->status = 204;
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/bars",
     .fn = list_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "Who is not to come back, for whoever decides about it.",
     .tag = "value",
     .in = "bars_query",
     .out = "bars"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/bars/{id}/lift",
     .fn = lift_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Lift a bar whose decision is in the bin or purged.",
     .tag = "value",
     .in = "bar_note"},
};

const struct route_list bars_routes = {routes, COUNT_OF(routes)};
