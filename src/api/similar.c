/* Is it there already? What a form asks while somebody types. */
#include "api/routes.h"

#include "app/similar.h"
#include "base/num.h"
#include "store/query.h"
#include "store/sight.h"

/* What is told of a record, where the entity has it and the caller sees it. */
static const char *const told[] = {
    "name",       "kind", "code",        "phone",     "email",
    "tax_number", "city", "customer_id", "job_title", "owner_id"};
static const char *const told_of[] = {"customer_id", "owner_id"};

static struct str text_param(struct call *call, const char *name) {
    bool found;
    return str_trim(url_get(&call->params, str_of(name), &found));
}

static enum err id_param(struct ctx *c, struct call *call, const char *name,
                         int64_t *out) {
    struct str text = text_param(call, name);
    *out = 0;
    if (text.n > 0 &&
        (num_parse(text, 0, NUM_EXACT, out) != NUM_OK || *out < 1))
        return failv(c, ERR_INVALID, str_of(name), "not_integer", NO_ARGS);
    return OK;
}

static void write_matches(struct jw *w, const struct similar_hit *hits,
                          size_t n) {
    jw_key(w, S("matched"));
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_ki64(w, S("id"), hits[i].id);
        jw_key(w, S("fields"));
        jw_array(w);
        for (size_t k = 0; k < SIMILAR_FIELDS; k++)
            if ((hits[i].by & (unsigned)similar_fields[k].by) != 0)
                jw_str(w, similar_fields[k].name);
        jw_array_end(w);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static enum err name_fields(struct ctx *c, struct query *q,
                            const char *const *names, size_t n,
                            struct str param) {
    for (size_t k = 0; k < n; k++) {
        const struct field *f = info_field(q->info, str_of(names[k]));
        if (f != NULL && sight_field(c, q->info, f))
            TRY(query_param(c, q, param, f->name));
    }
    return OK;
}

/* The rows as a list shows them: through its scope, with its masks. */
static enum err write_rows(struct ctx *c, const struct entity_info *i,
                           const struct similar_hit *hits, size_t n,
                           struct jw *w) {
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, n + 1);
    struct query q;
    for (size_t k = 0; k < n; k++)
        ids[k] = hits[k].id;
    query_init(&q, i);
    q.limit = SIMILAR_MOST;
    q.count = COUNT_NONE;
    q.shape = SHAPE_PLAIN;
    q.ids = ids;
    q.n_ids = n;
    TRY(query_param(c, &q, S("fields"), S("id")));
    TRY(name_fields(c, &q, told, COUNT_OF(told), S("fields")));
    TRY(name_fields(c, &q, told_of, COUNT_OF(told_of), S("include")));
    return query_run(c, &q, S("/api/v1/similar"), w);
}

static enum err similar_of(struct ctx *c, struct call *call,
                           const char *entity) {
    const struct entity_info *i = registry_find(c->registry, str_of(entity));
    struct similar_typed t = {.name = text_param(call, "name"),
                              .phone = text_param(call, "phone"),
                              .email = text_param(call, "email"),
                              .tax_number = text_param(call, "tax_number")};
    struct similar_hit *hits;
    size_t n;
    TRY(id_param(c, call, "customer_id", &t.customer_id));
    TRY(id_param(c, call, "except", &t.except));
    TRY(similar_find(c, i, &t, &hits, &n));
    jw_object(&call->w);
    write_matches(&call->w, hits, n);
    TRY(write_rows(c, i, hits, n, &call->w));
    jw_object_end(&call->w);
    return OK;
}

static enum err customers_h(struct ctx *c, struct call *call) {
    return similar_of(c, call, "customer");
}

static enum err contacts_h(struct ctx *c, struct call *call) {
    return similar_of(c, call, "contact");
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/customers/similar",
     .fn = customers_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "Customers in sight that are likely the one being typed.",
     .tag = "customers",
     .in = "similar_query",
     .out = "similar"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/contacts/similar",
     .fn = contacts_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "Contacts in sight that are likely the one being typed.",
     .tag = "contacts",
     .in = "similar_query",
     .out = "similar"},
};

const struct route_list similar_routes = {routes, COUNT_OF(routes)};
