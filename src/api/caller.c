/* Sign-in and the rights of a route, before its handler. Owns nothing. Any
 * thread that has the request. */
#include "api/caller.h"

#include "api/identify.h"
#include "api/look.h"
#include "api/server.h"
#include "app/auth.h"
#include "http/field.h"

bool caller_is_console(const struct http_request *rq) {
    return str_eqc(rq->peer, HTTP_LOCAL_PEER);
}

/* It acts as the console, or as the user it names. */
static enum err console_of(struct ctx *c, const struct http_request *rq) {
    return actor_console_as(c, http_header_get(rq, "X-Guanxi-As"));
}

static enum err check_admin(struct ctx *c, const struct call *call) {
    if (call->route->auth == AUTH_ADMIN && !c->actor->admin)
        return fail(c, ERR_FORBIDDEN, "", "forbidden");
    return OK;
}

enum err caller_sign_in(struct ctx *c, struct call *call) {
    const struct http_request *rq = call->rq;
    if (caller_is_console(rq)) {
        TRY(console_of(c, rq));
        return check_admin(c, call);
    }
    struct auth_input in = {
        .session = identify_cookie(rq, server_secure(call->server, rq)),
        .bearer = identify_bearer(rq),
        .csrf = http_header_get(rq, "X-CSRF-Token"),
        .is_write = rq->method != HTTP_GET && rq->method != HTTP_HEAD &&
                    call->route->auth != AUTH_NONE,
    };
    if (call->route->auth == AUTH_NONE && in.session.n + in.bearer.n == 0)
        return OK;
    enum err e = auth_identify(c, server_auth(call->server), &in, &c->actor);
    if (call->route->auth == AUTH_NONE) {
        /* Nobody is fine here; a stale cookie must not stand in the way. */
        if (e != OK || c->actor->limited) {
            fail_clear(c);
            c->actor = NULL;
        }
        return OK;
    }
    TRY(e);
    if (c->actor->limited && call->route->auth != AUTH_HALF)
        return fail(c, ERR_FORBIDDEN, "", "two_factor_first");
    if (http_header_get(call->rq, "Accept-Language").n == 0)
        c->lang = c->actor->lang;
    TRY(look_as(c, call));
    return check_admin(c, call);
}
