/* Routes of the first start: is there a user yet, and the one-time code. */
#include "api/routes.h"

#include "api/body.h"
#include "api/identify.h"
#include "api/server.h"
#include "app/auth.h"
#include "app/settings.h"

#define TEXT_MAX 1024
#define COMPANY_MAX 200 /* as the setting company.name */

static enum err setup_get(struct ctx *c, struct call *call) {
    bool needed, reset;
    int64_t least;
    TRY(auth_setup_needed(c, &needed));
    TRY(auth_reset_ready(c, &reset));
    TRY(settings_i64(c, SETTING_SESSION_PASSWORD_LEAST, &least));
    jw_object(&call->w);
    jw_kbool(&call->w, S("needed"), needed);
    jw_kbool(&call->w, S("password_reset"), reset);
    jw_ki64(&call->w, S("password_least"), least);
    jw_object_end(&call->w);
    return OK;
}

static enum err setup_post(struct ctx *c, struct call *call) {
    static const char *const names[] = {"code", "login", "password", "name",
                                        "company"};
    bool trusted = server_options(call->server)->trusted_proxy;
    body_only(c, call->json, names, COUNT_OF(names));
    struct auth_setup in = {
        .code = body_text(c, call->json, "code", TEXT_MAX, true),
        .login = body_text(c, call->json, "login", TEXT_MAX, true),
        .password = body_text(c, call->json, "password", TEXT_MAX, true),
        .name = body_text(c, call->json, "name", TEXT_MAX, false),
        .company = body_text(c, call->json, "company", COMPANY_MAX, false),
        .address = identify_address(call->rq, trusted),
    };
    TRY(fail_any(c));
    TRY(auth_setup(c, server_auth(call->server), &in));
    call->status = 201;
    jw_object(&call->w);
    jw_kstr(&call->w, S("login"), in.login);
    jw_object_end(&call->w);
    return OK;
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/setup", setup_get, AUTH_NONE, RUN_FAST, BODY_NONE, 0,
     "Does the installation still need its first administrator?", "sign-in",
     NULL, "setup_state"},
    {HTTP_POST, "/api/v1/setup", setup_post, AUTH_NONE, RUN_HASH, BODY_JSON,
     16384, "Make the first administrator with the code of the console.",
     "sign-in", "setup", "setup_done"},
};

const struct route_list setup_routes = {routes, COUNT_OF(routes)};
