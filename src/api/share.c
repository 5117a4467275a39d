/* Sharing a record with one more user or a team, and taking it back. */
#include "api/body.h"
#include "api/routes.h"
#include "api/verb.h"
#include "model/value.h"
#include "store/shares.h"

static enum err read_path(struct ctx *c, const struct call *call,
                          const struct entity_info **i, int64_t *id) {
    TRY(verb_writable(c, call->path[0], i));
    TRY(call_id(c, call, 1, id));
    return shares_fit((*i)->e) ? OK : fail(c, ERR_METHOD, "", "share_kind");
}

static enum err list_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    int64_t id;
    TRY(read_path(c, call, &i, &id));
    return shares_of(c, i, id, &call->w);
}

/* A member that is left out, or null, has its default. */
static enum err read_value(struct ctx *c, const json_t *body, const char *name,
                           struct val fallback, struct val *out) {
    const struct entity_info *i = registry_find(c->registry, S("record_share"));
    json_t *j = json_object_get(body, name);
    *out = fallback;
    if (j == NULL || json_is_null(j))
        return OK;
    return value_from_json(c, info_field(i, str_of(name)), j, out);
}

static enum err read_whom(struct ctx *c, const struct call *call, bool team,
                          struct share *s) {
    *s = (struct share){.user_id = 0};
    return call_id(c, call, 2, team ? &s->team_id : &s->user_id);
}

static enum err put(struct ctx *c, struct call *call, bool team) {
    static const char *const names[] = {"level", "until"};
    const struct entity_info *i;
    struct share s;
    int64_t id;
    TRY(read_path(c, call, &i, &id));
    TRY(read_whom(c, call, team, &s));
    body_only(c, call->json, names, COUNT_OF(names));
    TRY(read_value(c, call->json, "level", V(S("read")), &s.level));
    TRY(read_value(c, call->json, "until", V_NULL, &s.until));
    TRY(fail_any(c));
    call->status = 204;
    return shares_put(c, i, id, &s);
}

static enum err take(struct ctx *c, struct call *call, bool team) {
    const struct entity_info *i;
    struct share s;
    int64_t id;
    TRY(read_path(c, call, &i, &id));
    TRY(read_whom(c, call, team, &s));
    call->status = 204;
    return shares_take(c, i, id, &s);
}

static enum err put_h(struct ctx *c, struct call *call) {
    return put(c, call, false);
}

static enum err put_team_h(struct ctx *c, struct call *call) {
    return put(c, call, true);
}

static enum err take_h(struct ctx *c, struct call *call) {
    return take(c, call, false);
}

static enum err take_team_h(struct ctx *c, struct call *call) {
    return take(c, call, true);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/{object}/{id}/shares",
     .fn = list_h,
     .auth = AUTH_USER,
     .run = RUN_FAST,
     .doc = "Who a record is shared with, beside those who see it anyway.",
     .tag = "records",
     .out = "record_shares"},
    {.method = HTTP_PUT,
     .pattern = "/api/v1/{object}/{id}/shares/{user}",
     .fn = put_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Share a record with one more user, or change the share there is.",
     .tag = "records",
     .in = "share_new"},
    {.method = HTTP_DELETE,
     .pattern = "/api/v1/{object}/{id}/shares/{user}",
     .fn = take_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .doc = "Take a share back.",
     .tag = "records"},
    {.method = HTTP_PUT,
     .pattern = "/api/v1/{object}/{id}/shares/teams/{team}",
     .fn = put_team_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Share a record with everybody in a team and in those below it, or"
            " change the share there is.",
     .tag = "records",
     .in = "share_new"},
    {.method = HTTP_DELETE,
     .pattern = "/api/v1/{object}/{id}/shares/teams/{team}",
     .fn = take_team_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .doc = "Take a team's share back.",
     .tag = "records"},
};

const struct route_list share_routes = {routes, COUNT_OF(routes)};
