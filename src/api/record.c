/* The five generic routes of every entity, and what belongs to them. */
#include "api/reply.h"
#include "api/routes.h"
#include "api/verb.h"

#include "http/field.h"
#include "store/query.h"
#include "store/registry.h"

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
    TRY(verb_entity(c, call->path[0], &i));
    query_init(&q, i);
    for (size_t k = 0; k < call->params.n; k++)
        TRY(query_param(c, &q, call->params.p[k].name,
                        call->params.p[k].value));
    jw_object(&call->w);
    TRY(query_run(c, &q, self_url(c, call), &call->w));
    jw_object_end(&call->w);
    return reply_same(c, call);
}

static enum err search_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct query q;
    TRY(verb_entity(c, call->path[0], &i));
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

static enum err read_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct scope s;
    struct record *r;
    int64_t id;
    bool bin;
    TRY(verb_entity(c, call->path[0], &i));
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

static void locate(struct ctx *c, struct call *call, const struct record *r) {
    call->status = 201;
    reply_header(call, "Location",
                 str_fmt(c->arena, "/api/v1/" STR_FMT "/%lld",
                         STR_ARG(r->info->e->plural), (long long)record_id(r)));
}

static enum err create_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct record *now;
    TRY(verb_writable(c, call->path[0], &i));
    TRY(verb_create(c, i, call->json, &now));
    locate(c, call, now);
    answer(c, call, now);
    return OK;
}

static enum err update_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct verb_revs revs;
    struct record *now;
    int64_t id;
    TRY(verb_writable(c, call->path[0], &i));
    TRY(call_id(c, call, 1, &id));
    TRY(reply_if_match(c, call, &revs));
    TRY(verb_update(c, i, id, &revs, call->json, &now));
    answer(c, call, now);
    return OK;
}

static enum err delete_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct verb_revs revs;
    int64_t id;
    TRY(verb_writable(c, call->path[0], &i));
    TRY(call_id(c, call, 1, &id));
    TRY(reply_if_match(c, call, &revs));
    TRY(verb_delete(c, i, id, &revs));
    call->status = 204;
    return OK;
}

static enum err restore_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct record *now;
    int64_t id;
    TRY(verb_writable(c, call->path[0], &i));
    TRY(call_id(c, call, 1, &id));
    TRY(verb_restore(c, i, id, &now));
    answer(c, call, now);
    return OK;
}

/* PUT /{object}/by/{field}/{value}[?source=…] */
static enum err upsert_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct verb_revs revs;
    struct record *now;
    bool created, found;
    TRY(verb_writable(c, call->path[0], &i));
    TRY(reply_if_match(c, call, &revs));
    struct verb_key key = {call->path[1], call->path[2],
                           url_get(&call->params, S("source"), &found)};
    TRY(verb_upsert(c, i, &key, &revs, call->json, &now, &created));
    if (created)
        locate(c, call, now);
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
    {.method = HTTP_PUT,
     .pattern = "/api/v1/{object}/by/{field}/{value}",
     .fn = upsert_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Change the record that has this value in a unique field, or make "
            "it; by external_id together with ?source=.",
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
