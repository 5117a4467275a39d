/* Routes of API tokens: make (shown once), list, revoke. Everybody sees their
 * own; an administrator sees all and may make one for another user. */
#include "api/routes.h"

#include "api/body.h"
#include "api/server.h"
#include "app/auth.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/user.h"

#define NAME_BYTES 100

static int64_t whose(const struct ctx *c) {
    return c->actor->admin ? 0 : c->actor->user_id;
}

static void instant(struct ctx *c, struct jw *w, struct str key, int64_t ms) {
    jw_key(w, key);
    if (ms == 0)
        jw_null(w);
    else
        jw_str(w, instant_text(c->arena, ms));
}

static void token_json(struct ctx *c, struct jw *w, const struct api_token *t,
                       struct str text) {
    jw_object(w);
    jw_ki64(w, S("id"), t->id);
    jw_ki64(w, S("user_id"), t->user_id);
    jw_kstr(w, S("name"), t->name);
    jw_key(w, S("expires_on"));
    if (t->expires_on == API_TOKEN_NO_END)
        jw_null(w);
    else
        jw_str(w, day_text(c->arena, (int32_t)t->expires_on));
    instant(c, w, S("created_at"), t->created_at);
    instant(c, w, S("last_used_at"), t->used_at);
    instant(c, w, S("revoked_at"), t->revoked_at);
    if (text.n > 0)
        jw_kstr(w, S("token"), text);
    jw_object_end(w);
}

static enum err token_list(struct ctx *c, struct call *call) {
    struct api_token *t;
    size_t n;
    TRY(api_token_list(c, whose(c), &t, &n));
    jw_object(&call->w);
    jw_key(&call->w, S("data"));
    jw_array(&call->w);
    for (size_t i = 0; i < n; i++)
        token_json(c, &call->w, &t[i], (struct str){0});
    jw_array_end(&call->w);
    jw_object_end(&call->w);
    return OK;
}

static enum err read_end(struct ctx *c, const json_t *body, int64_t *out) {
    struct str text = body_text(c, body, "expires_on", 20, false);
    int32_t day;
    *out = API_TOKEN_NO_END;
    if (text.n == 0)
        return OK;
    if (day_parse(text, DATE_YMD, &day) != TIME_OK)
        return fail(c, ERR_INVALID, "expires_on", "not_date");
    if (day < zone_day(c->zone, c->now_ms))
        return fail(c, ERR_INVALID, "expires_on", "date_past");
    *out = day;
    return OK;
}

static enum err token_make(struct ctx *c, struct call *call) {
    static const char *const names[] = {"name", "expires_on", "user_id"};
    struct str text;
    struct user u;
    bool found;
    body_only(c, call->json, names, COUNT_OF(names));
    struct api_token t = {
        .name = body_text(c, call->json, "name", NAME_BYTES, true),
        .user_id = body_id(c, call->json, "user_id"),
        .created_at = c->now_ms,
    };
    enum err e = read_end(c, call->json, &t.expires_on);
    TRY(e == OK ? fail_any(c) : e);
    if (t.user_id == 0)
        t.user_id = c->actor->user_id;
    if (t.user_id != c->actor->user_id && !c->actor->admin)
        return fail(c, ERR_FORBIDDEN, "user_id", "forbidden");
    TRY(user_by_id(c, t.user_id, &u, &found));
    if (!found)
        return failv(c, ERR_INVALID, S("user_id"), "ref_missing",
                     ARGS(V(t.user_id)));
    TRY(auth_new_token(c, &t, &text, &t.id));
    call->status = 201;
    call->secret = true;
    token_json(c, &call->w, &t, text);
    return OK;
}

static enum err token_revoke(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(auth_revoke_token(c, id, whose(c)));
    call->status = 204;
    return OK;
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/api_tokens", token_list, AUTH_USER, RUN_FAST, BODY_NONE,
     0, "Tokens of one's own programs; an administrator sees all.", "sign-in",
     NULL, "api_tokens"},
    {HTTP_POST, "/api/v1/api_tokens", token_make, AUTH_USER, RUN_WRITE,
     BODY_JSON, 16384, "Make a token; its text is shown this once.", "sign-in",
     "api_token_new", "api_token"},
    {HTTP_DELETE, "/api/v1/api_tokens/{id}", token_revoke, AUTH_USER, RUN_WRITE,
     BODY_NONE, 0, "Revoke a token.", "sign-in", NULL, NULL},
};

const struct route_list token_routes = {routes, COUNT_OF(routes)};
