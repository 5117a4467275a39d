/* Tags on a record: reading, putting on, taking off. */
#include "api/reply.h"
#include "api/routes.h"
#include "store/tags.h"

static enum err list_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct scope s;
    struct record *r;
    int64_t id;
    TRY(verb_writable(c, call->path[0], &i));
    TRY(call_id(c, call, 1, &id));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(record_load(c, &s, id, false, &r));
    jw_object(&call->w);
    jw_key(&call->w, S("data"));
    TRY(tags_of(c, i, record_id(r), &call->w));
    jw_object_end(&call->w);
    return OK;
}

static enum err put_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    int64_t id, tag;
    TRY(verb_writable(c, call->path[0], &i));
    TRY(call_id(c, call, 1, &id));
    TRY(call_id(c, call, 2, &tag));
    call->status = 204;
    return tags_put(c, i, id, tag);
}

static enum err take_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    int64_t id, tag;
    TRY(verb_writable(c, call->path[0], &i));
    TRY(call_id(c, call, 1, &id));
    TRY(call_id(c, call, 2, &tag));
    call->status = 204;
    return tags_take(c, i, id, tag);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/{object}/{id}/tags",
     .fn = list_h,
     .auth = AUTH_USER,
     .run = RUN_FAST,
     .doc = "Tags on a record.",
     .tag = "records",
     .out = "record_tags"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/{object}/{id}/tags/{tag}",
     .fn = put_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .doc = "Put a tag on a record.",
     .tag = "records"},
    {.method = HTTP_DELETE,
     .pattern = "/api/v1/{object}/{id}/tags/{tag}",
     .fn = take_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .doc = "Take a tag off a record.",
     .tag = "records"},
};

const struct route_list tag_routes = {routes, COUNT_OF(routes)};
