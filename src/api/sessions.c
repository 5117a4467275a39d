/* Routes of the sessions a user has: where one is signed in, end one, end all.
 */
#include "api/routes.h"

#include "api/server.h"
#include "app/auth.h"
#include "app/settings.h"
#include "base/time.h"
#include "store/session.h"
#include "store/user.h"

static void session_json(struct ctx *c, struct jw *w,
                         const struct session_seen *s) {
    jw_object(w);
    jw_ki64(w, S("id"), s->s.id);
    jw_kbool(w, S("current"), s->s.id == c->actor->session_id);
    jw_kstr(w, S("created_at"), instant_text(c->arena, s->s.created_at));
    jw_kstr(w, S("seen_at"), instant_text(c->arena, s->s.seen_at));
    jw_kstr(w, S("expires_at"), instant_text(c->arena, s->s.expires_at));
    jw_kstr(w, S("address"), s->address);
    jw_kstr(w, S("agent"), s->agent);
    jw_object_end(w);
}

static enum err list(struct ctx *c, struct call *call) {
    struct session_seen *s;
    int64_t idle_hours;
    size_t n;
    TRY(settings_i64(c, SETTING_SESSION_IDLE_HOURS, &idle_hours));
    TRY(session_list(c, c->actor->user_id, c->now_ms - idle_hours * HOUR_MS, &s,
                     &n));
    jw_object(&call->w);
    jw_key(&call->w, S("data"));
    jw_array(&call->w);
    for (size_t i = 0; i < n; i++)
        session_json(c, &call->w, &s[i]);
    jw_array_end(&call->w);
    jw_object_end(&call->w);
    return OK;
}

static enum err end_one(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(auth_end_session(c, server_auth(call->server), id));
    call->status = 204;
    return OK;
}

static enum err end_all(struct ctx *c, struct call *call) {
    bool found, end;
    struct str current = url_get(&call->params, S("current"), &found);
    end = str_eqc(current, "end");
    if (found && !end && !str_eqc(current, "keep"))
        return failv(c, ERR_INVALID, S("current"), "not_option",
                     ARGS(V("keep, end")));
    TRY(auth_end_sessions(c, server_auth(call->server), c->actor->user_id,
                          end ? 0 : c->actor->session_id));
    call->status = 204;
    return OK;
}

/* Another user's, all of them. */
static enum err end_users(struct ctx *c, struct call *call) {
    struct user u;
    bool found;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(user_by_id(c, id, &u, &found));
    if (!found)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    bool self = id == c->actor->user_id;
    TRY(auth_end_sessions(c, server_auth(call->server), id,
                          self ? c->actor->session_id : 0));
    call->status = 204;
    return OK;
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/sessions", list, AUTH_HALF, RUN_FAST, BODY_NONE, 0,
     "Where one is signed in.", "sign-in", NULL, "sessions"},
    {HTTP_DELETE, "/api/v1/sessions", end_all, AUTH_HALF, RUN_FREE, BODY_NONE,
     0, "End all of one's sessions; the one that asks is kept unless said.",
     "sign-in", "sessions_end", NULL},
    {HTTP_DELETE, "/api/v1/sessions/{id}", end_one, AUTH_HALF, RUN_FREE,
     BODY_NONE, 0, "End one of one's sessions; an administrator anybody's.",
     "sign-in", NULL, NULL},
    {HTTP_DELETE, "/api/v1/users/{id}/sessions", end_users, AUTH_ADMIN,
     RUN_FREE, BODY_NONE, 0, "End all sessions of a user.", "users", NULL,
     NULL},
};

const struct route_list sessions_routes = {routes, COUNT_OF(routes)};
