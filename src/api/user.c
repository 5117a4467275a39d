/* Route of passwords; everything else about users is generic. */
#include "api/routes.h"

#include "api/body.h"
#include "api/identify.h"
#include "api/server.h"
#include "app/auth.h"

#define TEXT_MAX 1024

static enum err set_password(struct ctx *c, struct call *call) {
    static const char *const names[] = {"password", "current"};
    bool trusted = server_options(call->server)->trusted_proxy;
    body_only(c, call->json, names, COUNT_OF(names));
    struct auth_password in = {
        .password = body_text(c, call->json, "password", TEXT_MAX, true),
        .current = body_text(c, call->json, "current", TEXT_MAX, false),
        .address = identify_address(call->rq, trusted),
    };
    TRY(call_id(c, call, 0, &in.user_id));
    TRY(fail_any(c));
    TRY(auth_set_password(c, server_auth(call->server), &in));
    call->status = 204;
    return OK;
}

static const struct route routes[] = {
    {HTTP_POST, "/api/v1/users/{id}/password", set_password, AUTH_USER,
     RUN_HASH, BODY_JSON, 16384,
     "Set a password: one's own with the current one, or as administrator.",
     "users", "password", NULL},
};

const struct route_list user_routes = {routes, COUNT_OF(routes)};
