/* Routes of a forgotten password: ask for a link, use it. */
#include "api/routes.h"

#include "api/body.h"
#include "api/identify.h"
#include "api/server.h"
#include "app/auth.h"

#define TEXT_MAX 1024

static enum err ask(struct ctx *c, struct call *call) {
    static const char *const names[] = {"email"};
    bool trusted = server_options(call->server)->trusted_proxy;
    body_only(c, call->json, names, COUNT_OF(names));
    struct str email = body_text(c, call->json, "email", TEXT_MAX, true);
    TRY(fail_any(c));
    TRY(auth_reset_ask(c, email, identify_address(call->rq, trusted)));
    call->status = 204;
    return OK;
}

static enum err use(struct ctx *c, struct call *call) {
    static const char *const names[] = {"token", "password"};
    body_only(c, call->json, names, COUNT_OF(names));
    struct str token = body_text(c, call->json, "token", TEXT_MAX, true);
    struct str password = body_text(c, call->json, "password", TEXT_MAX, true);
    TRY(fail_any(c));
    TRY(auth_reset_use(c, server_auth(call->server), token, password));
    call->status = 204;
    return OK;
}

static const struct route routes[] = {
    {HTTP_POST, "/api/v1/password_resets", ask, AUTH_NONE, RUN_FREE, BODY_JSON,
     16384, "Have a link mailed; the answer is the same for any address.",
     "sign-in", "password_reset_ask", NULL},
    {HTTP_POST, "/api/v1/password_resets/use", use, AUTH_NONE, RUN_HASH,
     BODY_JSON, 16384, "Set a new password with the link of the mail.",
     "sign-in", "password_reset_use", NULL},
};

const struct route_list reset_routes = {routes, COUNT_OF(routes)};
