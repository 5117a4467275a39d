/* The OpenAPI document: which operations there are, in the order of their
 * paths, and the components they use. The generic routes stand there once for
 * each entity. Reads const tables and the registry only; any thread. */
#include "api/openapi_parts.h"

#include "api/routes.h"
#include "store/record.h"
#include "store/shares.h"

#include <stdlib.h>

#define GENERIC "/api/v1/{object}"

struct document {
    struct ctx *c;
    struct jw *w;
    VEC(struct op) ops;
    VEC(struct str) tags;
    VEC(const struct shape *) used;
};

static bool visible(const struct ctx *c, const struct entity *e) {
    return e->scope != SCOPE_SYSTEM &&
           actor_level(c, e, ACT_READ) != LEVEL_NONE;
}

/* --- operations ---------------------------------------------------------- */

static bool has_op(const struct document *d, enum http_method m,
                   struct str path) {
    for (size_t i = 0; i < d->ops.n; i++)
        if (d->ops.p[i].route->method == m && str_eq(d->ops.p[i].path, path))
            return true;
    return false;
}

/* Rows that the program writes are only read, and bear no tags. */
static bool needs_life(const struct route *r) {
    return r->run == RUN_WRITE || str_eqc(str_of(r->out), "record_tags");
}

static void add_generic(struct document *d, const struct route *r) {
    const struct registry *g = d->c->registry;
    struct str end = str_sub(str_of(r->pattern), sizeof GENERIC - 1, SIZE_MAX);
    for (size_t i = 0; i < g->model->n; i++) {
        const struct entity *e = g->info[i].e;
        bool life = needs_life(r) || str_eqc(end, "/{id}/files");
        bool shares = str_starts(end, S("/{id}/shares"));
        if (!visible(d->c, e) || (life && !openapi_writable(e)) ||
            (shares && !shares_fit(e)))
            continue;
        struct str path = str_fmt(d->c->arena, "/api/v1/" STR_FMT STR_FMT,
                                  STR_ARG(e->plural), STR_ARG(end));
        /* A route of its own stands before the generic one. */
        if (!has_op(d, r->method, path))
            *VEC_PUSH(d->c->arena, &d->ops) =
                (struct op){.route = r, .path = path, .info = &g->info[i]};
    }
}

static int by_path(const void *x, const void *y) {
    const struct op *a = x, *b = y;
    int order = str_cmp(a->path, b->path);
    return order != 0 ? order : (int)a->route->method - (int)b->route->method;
}

static void collect(struct document *d) {
    for (size_t l = 0; all_routes[l] != NULL; l++) {
        for (size_t i = 0; i < all_routes[l]->n; i++) {
            const struct route *r = &all_routes[l]->p[i];
            struct str path = str_of(r->pattern);
            if (str_starts(path, S(GENERIC)))
                add_generic(d, r);
            else
                *VEC_PUSH(d->c->arena, &d->ops) =
                    (struct op){.route = r, .path = path};
        }
    }
    qsort(d->ops.p, d->ops.n, sizeof *d->ops.p, by_path);
}

static void write_paths(struct document *d) {
    struct str open = {0};
    jw_key(d->w, S("paths"));
    jw_object(d->w);
    for (size_t i = 0; i < d->ops.n; i++) {
        const struct op *op = &d->ops.p[i];
        if (!str_eq(op->path, open)) {
            if (open.n > 0)
                jw_object_end(d->w);
            open = op->path;
            jw_key(d->w, open);
            jw_object(d->w);
        }
        openapi_operation(d->c, d->w, op);
    }
    if (open.n > 0)
        jw_object_end(d->w);
    jw_object_end(d->w);
}

/* --- tags ---------------------------------------------------------------- */

static const struct {
    const char *name, *doc;
} tag_docs[] = {
    {"records", "Several records at once, changes, tags."},
    {"schema", "What there is: entities, fields, this document."},
    {"search", "The search box over several entities."},
    {"service", "Health and figures of the running server."},
    {"settings", "The company's settings."},
    {"sign-in", "Sessions, tokens, the first administrator."},
    {"value", "What customers are worth."},
    {"work", "Imports, exports and other work that goes on by itself."},
};

static struct str tag_doc(const struct document *d, struct str tag) {
    const struct entity_info *i = registry_plural(d->c->registry, tag);
    for (size_t k = 0; k < COUNT_OF(tag_docs); k++)
        if (str_eqc(tag, tag_docs[k].name))
            return str_of(tag_docs[k].doc);
    return i == NULL ? tag : i->e->doc;
}

static void add_tag(struct document *d, struct str tag) {
    for (size_t i = 0; i < d->tags.n; i++)
        if (str_eq(d->tags.p[i], tag))
            return;
    *VEC_PUSH(d->c->arena, &d->tags) = tag;
    jw_object(d->w);
    jw_kstr(d->w, S("name"), tag);
    jw_kstr(d->w, S("description"), tag_doc(d, tag));
    jw_object_end(d->w);
}

static void write_tags(struct document *d) {
    jw_key(d->w, S("tags"));
    jw_array(d->w);
    for (size_t i = 0; i < d->ops.n; i++) {
        const struct op *op = &d->ops.p[i];
        add_tag(d, op->info == NULL ? str_of(op->route->tag)
                                    : op->info->e->plural);
    }
    jw_array_end(d->w);
}

/* --- components ---------------------------------------------------------- */

static void use_type(struct document *d, struct str type);

/* A shape, and those its members are made of. */
static void use_shape(struct document *d, struct str name) {
    const struct shape *s = shape_find(name);
    if (s == NULL)
        return; /* a record, a list, a media type */
    for (size_t i = 0; i < d->used.n; i++)
        if (d->used.p[i] == s)
            return;
    *VEC_PUSH(d->c->arena, &d->used) = s;
    for (size_t i = 0; i < s->n; i++)
        use_type(d, str_of(s->members[i].type));
    if (s->others != NULL)
        use_type(d, str_of(s->others));
}

static void use_type(struct document *d, struct str type) {
    struct shape_type t;
    while (shape_type_next(&type, &t)) {
        if (t.kind == SHAPE_OBJECT)
            use_shape(d, t.arg);
        if (t.kind == SHAPE_ARRAY || t.kind == SHAPE_MAP)
            use_type(d, t.arg);
    }
}

static struct entity_use use_of(const struct document *d,
                                const struct entity_info *info) {
    struct entity_use use = {0};
    for (size_t i = 0; i < d->ops.n; i++) {
        const struct route *r = d->ops.p[i].route;
        if (d->ops.p[i].info != info)
            continue;
        bool takes = str_eqc(str_of(r->in), "record");
        use.whole |= str_eqc(str_of(r->out), "record");
        use.create |= takes && r->method == HTTP_POST;
        use.change |= takes && r->method == HTTP_PATCH;
    }
    return use;
}

static void write_schemas(struct document *d) {
    const struct registry *g = d->c->registry;
    use_shape(d, S("problem"));
    use_shape(d, S("links"));
    use_shape(d, S("count"));
    use_shape(d, S("record_tag_mark"));
    for (size_t i = 0; i < d->ops.n; i++) {
        const struct route *r = d->ops.p[i].route;
        use_shape(d, str_of(r->out));
        if (r->body == BODY_JSON)
            use_shape(d, str_of(r->in));
    }
    jw_key(d->w, S("schemas"));
    jw_object(d->w);
    for (size_t i = 0; i < g->model->n; i++)
        if (visible(d->c, g->info[i].e))
            openapi_entity_schemas(d->c, d->w, &g->info[i],
                                   use_of(d, &g->info[i]));
    for (size_t i = 0; i < d->used.n; i++)
        openapi_shape_schema(d->c, d->w, d->used.p[i]);
    openapi_filter_schema(d->w);
    jw_object_end(d->w);
}

static void write_components(struct document *d) {
    const struct registry *g = d->c->registry;
    jw_key(d->w, S("components"));
    jw_object(d->w);
    jw_key(d->w, S("securitySchemes"));
    jw_raw(d->w,
           S("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\","
             "\"description\":\"An API token, gx_….\"},"
             "\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\","
             "\"name\":\"gx_session\",\"description\":\"Set by signing in.\"},"
             "\"csrf\":{\"type\":\"apiKey\",\"in\":\"header\","
             "\"name\":\"X-CSRF-Token\",\"description\":\"With the cookie, "
             "for everything that writes.\"}}"));
    jw_key(d->w, S("parameters"));
    jw_object(d->w);
    openapi_parameters(d->w);
    for (size_t i = 0; i < g->model->n; i++)
        if (visible(d->c, g->info[i].e))
            openapi_filter_parameter(d->c, d->w, &g->info[i]);
    jw_object_end(d->w);
    jw_key(d->w, S("responses"));
    openapi_responses(d->w);
    write_schemas(d);
    jw_object_end(d->w);
}

void openapi_write(struct ctx *c, struct jw *w) {
    struct document d = {.c = c, .w = w};
    collect(&d);
    jw_object(w);
    jw_kstr(w, S("openapi"), S("3.1.0"));
    jw_key(w, S("info"));
    jw_object(w);
    jw_kstr(w, S("title"), S("Guanxi"));
    jw_kstr(w, S("version"), S(GUANXI_VERSION));
    jw_kstr(w, S("description"),
            S("Customers and what they are worth. Money is an integer of minor "
              "units, decimals are exact texts, errors are problem+json in the "
              "language of Accept-Language or of the user."));
    jw_key(w, S("license"));
    jw_raw(w, S("{\"name\":\"Apache 2.0\",\"identifier\":\"Apache-2.0\"}"));
    jw_object_end(w);
    jw_key(w, S("servers"));
    jw_raw(w, S("[{\"url\":\"/\"}]"));
    write_tags(&d);
    write_paths(&d);
    write_components(&d);
    jw_object_end(w);
}

static enum err openapi_h(struct ctx *c, struct call *call) {
    openapi_write(c, &call->w);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/openapi.json",
     .fn = openapi_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "This document, as far as the caller may see.",
     .tag = "schema",
     .out = "application/json"},
};

const struct route_list openapi_routes = {routes, COUNT_OF(routes)};
