/* The five generic routes of every entity, and what belongs to them. */
#include "api/reply.h"
#include "api/routes.h"

#include "http/field.h"
#include "store/query.h"
#include "store/registry.h"

/* The entity of {object}; internal ones do not exist for callers. */
static enum err find_entity(struct ctx *c, const struct call *call,
                            const struct entity_info **out) {
    const struct entity_info *i = registry_plural(c->registry, call->path[0]);
    if (i == NULL || i->e->scope == SCOPE_SYSTEM)
        return failv(c, ERR_NOT_FOUND, S(""), "unknown_object",
                     ARGS(V(call->path[0])));
    *out = i;
    return OK;
}

/* Entities without a life of their own (rows the program writes) are read
 * only: no revision, no bin. */
static enum err find_writable(struct ctx *c, const struct call *call,
                              const struct entity_info **out) {
    TRY(find_entity(c, call, out));
    if (!(*out)->e->record || (*out)->e->append_only)
        return fail(c, ERR_METHOD, "", "read_only_object");
    return OK;
}

/* The request's own URL without the cursor, for the links. */
static struct str self_url(struct ctx *c, const struct call *call) {
    struct buf b;
    buf_init(&b, c->arena, 16 * 1024);
    buf_str(&b, call->rq->path);
    struct str rest = call->rq->query, part;
    bool first = true;
    while (str_cut(&rest, '&', &part)) {
        if (part.n == 0 || str_starts(part, S("cursor=")))
            continue;
        buf_byte(&b, first ? '?' : '&');
        first = false;
        buf_str(&b, part);
    }
    return buf_view(&b);
}

static enum err list_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct query q;
    TRY(find_entity(c, call, &i));
    query_init(&q, i);
    for (size_t k = 0; k < call->params.n; k++)
        TRY(query_param(c, &q, call->params.p[k].name,
                        call->params.p[k].value));
    jw_object(&call->w);
    TRY(query_run(c, &q, self_url(c, call), &call->w));
    jw_object_end(&call->w);
    return OK;
}

static enum err search_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct query q;
    TRY(find_entity(c, call, &i));
    query_init(&q, i);
    TRY(query_json(c, &q, call->json));
    bool found;
    struct str cursor = url_get(&call->params, S("cursor"), &found);
    if (found)
        q.cursor = cursor;
    jw_object(&call->w);
    TRY(query_run(c, &q, self_url(c, call), &call->w));
    jw_object_end(&call->w);
    return OK;
}

static void answer(struct ctx *c, struct call *call, const struct record *r) {
    if (r->info->e->record)
        reply_header(call, "ETag", reply_etag(c, r));
    record_to_json(c, &call->w, r);
}

static enum err read_back(struct ctx *c, const struct entity_info *i,
                          int64_t id, struct record **out) {
    struct scope s;
    TRY(scope_make(c, i->e, ACT_READ, &s));
    return record_load(c, &s, id, false, out);
}

/* The record as it is now, or as it was written where the caller may write but
 * not read it, or has handed it over out of his own sight. */
static enum err read_written(struct ctx *c, const struct entity_info *i,
                             struct record *written, struct record **out) {
    enum err e = read_back(c, i, record_id(written), out);
    if (e != ERR_FORBIDDEN && e != ERR_NOT_FOUND)
        return e;
    fail_clear(c);
    *out = written;
    return OK;
}

static enum err read_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct scope s;
    struct record *r;
    int64_t id;
    bool bin;
    TRY(find_entity(c, call, &i));
    TRY(call_id(c, call, 1, &id));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    struct str want_bin = url_get(&call->params, S("bin"), &bin);
    TRY(record_load(c, &s, id, bin && str_eqc(want_bin, "true"), &r));
    if (i->e->record) {
        struct str tag = reply_etag(c, r);
        if (etag_listed(http_header_get(call->rq, "If-None-Match"),
                        str_sub(tag, 1, tag.n - 1))) {
            reply_header(call, "ETag", tag);
            call->status = 304;
            return OK;
        }
    }
    answer(c, call, r);
    return OK;
}

static enum err create_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    TRY(find_writable(c, call, &i));
    struct record *r = record_new(c, i);
    TRY(record_from_json(c, r, call->json, true));
    TRY(record_create(c, r));
    int64_t id = record_id(r);
    call->status = 201;
    reply_header(call, "Location",
                 str_fmt(c->arena, "/api/v1/" STR_FMT "/%lld",
                         STR_ARG(i->e->plural), (long long)id));
    /* Hooks may have computed more than was given. */
    struct record *now;
    TRY(read_written(c, i, r, &now));
    answer(c, call, now);
    return OK;
}

static enum err update_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct record *now;
    int64_t id, rev;
    TRY(find_writable(c, call, &i));
    TRY(call_id(c, call, 1, &id));
    TRY(reply_if_match(c, call, &rev));
    struct record *r = record_new(c, i);
    TRY(record_from_json(c, r, call->json, false));
    TRY(record_update(c, i, id, rev, r, &now));
    TRY(read_written(c, i, now, &now));
    answer(c, call, now);
    return OK;
}

static enum err delete_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    int64_t id, rev;
    TRY(find_writable(c, call, &i));
    TRY(call_id(c, call, 1, &id));
    TRY(reply_if_match(c, call, &rev));
    TRY(record_delete(c, i, id, rev));
    call->status = 204;
    return OK;
}

static enum err restore_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct record *now;
    int64_t id;
    TRY(find_writable(c, call, &i));
    TRY(call_id(c, call, 1, &id));
    TRY(record_restore(c, i, id));
    TRY(read_back(c, i, id, &now));
    answer(c, call, now);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/{object}",
     .fn = list_h,
     .auth = AUTH_USER,
     .run = RUN_QUICK,
     .doc = "List records.",
     .out = "list"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/{object}/search",
     .fn = search_h,
     .auth = AUTH_USER,
     .run = RUN_QUICK,
     .body = BODY_JSON,
     .doc = "List records by a filter tree.",
     .in = "query",
     .out = "list"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/{object}",
     .fn = create_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Create a record.",
     .in = "record",
     .out = "record"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/{object}/{id}",
     .fn = read_h,
     .auth = AUTH_USER,
     .run = RUN_FAST,
     .doc = "Read a record.",
     .out = "record"},
    {.method = HTTP_PATCH,
     .pattern = "/api/v1/{object}/{id}",
     .fn = update_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Change fields of a record.",
     .in = "record",
     .out = "record"},
    {.method = HTTP_DELETE,
     .pattern = "/api/v1/{object}/{id}",
     .fn = delete_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .doc = "Move a record into the bin."},
    {.method = HTTP_POST,
     .pattern = "/api/v1/{object}/{id}/restore",
     .fn = restore_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .doc = "Bring a record back from the bin.",
     .out = "record"},
};

const struct route_list record_routes = {routes, COUNT_OF(routes)};
