/* Routes of the second step of sign-in: set up, confirm, recovery codes, turn
 * off, reset by an administrator. */
#include "api/routes.h"

#include "api/body.h"
#include "api/identify.h"
#include "api/server.h"
#include "app/auth.h"
#include "base/time.h"
#include "store/user.h"

#define TEXT_MAX 1024

static enum err state(struct ctx *c, struct call *call) {
    struct two_factor f;
    bool found, required;
    TRY(two_factor_find(c, c->actor->user_id, &f, &found));
    TRY(user_needs_second(c, c->actor->user_id, &required));
    struct jw *w = &call->w;
    bool on = found && f.confirmed_at != 0;
    jw_object(w);
    jw_kstr(w, S("state"), on ? S("on") : found ? S("pending") : S("off"));
    jw_kbool(w, S("required"), required);
    jw_key(w, S("confirmed_at"));
    if (on)
        jw_str(w, instant_text(c->arena, f.confirmed_at));
    else
        jw_null(w);
    jw_ki64(w, S("recovery_codes_left"), f.codes_left);
    jw_object_end(w);
    return OK;
}

static enum err read_again(struct ctx *c, struct call *call, bool with_code,
                           struct auth_again *out) {
    static const char *const names[] = {"password", "code"};
    bool trusted = server_options(call->server)->trusted_proxy;
    body_only(c, call->json, names, with_code ? 2 : 1);
    out->password = body_text(c, call->json, "password", TEXT_MAX, true);
    out->code = body_text(c, call->json, "code", TEXT_MAX, with_code);
    out->address = identify_address(call->rq, trusted);
    return fail_any(c);
}

static enum err begin(struct ctx *c, struct call *call) {
    struct auth_again in = {0};
    struct str secret, uri;
    TRY(read_again(c, call, false, &in));
    TRY(auth_second_begin(c, server_auth(call->server), &in, &secret, &uri));
    call->status = 201;
    jw_object(&call->w);
    jw_kstr(&call->w, S("secret"), secret);
    jw_kstr(&call->w, S("uri"), uri);
    jw_object_end(&call->w);
    return OK;
}

static void codes_json(struct jw *w, const struct str codes[RECOVERY_CODES]) {
    jw_object(w);
    jw_key(w, S("recovery_codes"));
    jw_array(w);
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        jw_str(w, codes[i]);
    jw_array_end(w);
    jw_object_end(w);
}

static enum err confirm(struct ctx *c, struct call *call) {
    static const char *const names[] = {"code"};
    struct str codes[RECOVERY_CODES];
    body_only(c, call->json, names, COUNT_OF(names));
    struct str code = body_text(c, call->json, "code", TEXT_MAX, true);
    TRY(fail_any(c));
    TRY(auth_second_finish(c, server_auth(call->server), code, codes));
    codes_json(&call->w, codes);
    return OK;
}

static enum err new_codes(struct ctx *c, struct call *call) {
    struct auth_again in = {0};
    struct str codes[RECOVERY_CODES];
    TRY(read_again(c, call, true, &in));
    TRY(auth_second_codes(c, server_auth(call->server), &in, codes));
    codes_json(&call->w, codes);
    return OK;
}

static enum err turn_off(struct ctx *c, struct call *call) {
    struct auth_again in = {0};
    TRY(read_again(c, call, true, &in));
    TRY(auth_second_off(c, server_auth(call->server), &in));
    call->status = 204;
    return OK;
}

static enum err reset(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(auth_second_reset(c, server_auth(call->server), id));
    call->status = 204;
    return OK;
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/two_factor", state, AUTH_HALF, RUN_FAST, BODY_NONE, 0,
     "One's second step of sign-in.", "sign-in", NULL, "two_factor"},
    {HTTP_POST, "/api/v1/two_factor", begin, AUTH_HALF, RUN_HASH, BODY_JSON,
     16384, "Begin to set up an authenticator app.", "sign-in",
     "two_factor_begin", "two_factor_new"},
    {HTTP_POST, "/api/v1/two_factor/confirm", confirm, AUTH_HALF, RUN_FREE,
     BODY_JSON, 16384,
     "The app's first code: from now on it is asked for; other sessions end.",
     "sign-in", "two_factor_code", "recovery_codes"},
    {HTTP_POST, "/api/v1/two_factor/recovery_codes", new_codes, AUTH_HALF,
     RUN_HASH, BODY_JSON, 16384, "New recovery codes; the old ones are void.",
     "sign-in", "two_factor_again", "recovery_codes"},
    {HTTP_POST, "/api/v1/two_factor/off", turn_off, AUTH_HALF, RUN_HASH,
     BODY_JSON, 16384, "Turn the second step off.", "sign-in",
     "two_factor_again", NULL},
    {HTTP_DELETE, "/api/v1/users/{id}/two_factor", reset, AUTH_ADMIN, RUN_FREE,
     BODY_NONE, 0, "Take away a user's second step; his sessions end.", "users",
     NULL, NULL},
};

const struct route_list two_factor_routes = {routes, COUNT_OF(routes)};
