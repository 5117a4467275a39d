/* Routes of sign-in and sign-out. */

#include "api/routes.h"

#include "api/body.h"
#include "api/identify.h"
#include "api/server.h"
#include "app/auth.h"
#include "app/roles.h"
#include "app/settings.h"
#include "store/user.h"

#define TEXT_MAX 1024 /* bytes of login and password that are looked at */

static bool trusted(const struct call *call) {
    return server_options(call->server)->trusted_proxy;
}

static bool secure(const struct call *call) {
    return server_secure(call->server, call->rq);
}

static enum err company_json(struct ctx *c, struct jw *w) {
    struct str name, currency, zone, kind;
    int64_t demo, bin_days;
    TRY(settings_text(c, SETTING_COMPANY_NAME, &name));
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &currency));
    TRY(settings_text(c, SETTING_COMPANY_ZONE, &zone));
    TRY(settings_text(c, SETTING_COMPANY_CUSTOMER_KIND, &kind));
    TRY(settings_i64(c, SETTING_COMPANY_DEMO, &demo));
    TRY(settings_i64(c, SETTING_BIN_KEEP_DAYS, &bin_days));
    jw_key(w, S("company"));
    jw_object(w);
    jw_kstr(w, S("name"), name);
    jw_kstr(w, S("currency"), currency);
    jw_kstr(w, S("zone"), zone);
    jw_kstr(w, S("customer_kind"), kind);
    jw_kbool(w, S("demo"), demo != 0);
    jw_ki64(w, S("bin_days"), bin_days);
    jw_object_end(w);
    return OK;
}

/* "needed": nothing but setting it up is allowed. */
static enum err second_state(struct ctx *c, struct jw *w) {
    struct two_factor f;
    bool found;
    TRY(two_factor_find(c, c->actor->user_id, &f, &found));
    jw_str(w, c->actor->limited              ? S("needed")
              : found && f.confirmed_at != 0 ? S("on")
                                             : S("off"));
    return OK;
}

static enum err session_json(struct ctx *c, struct jw *w, struct str token) {
    const struct actor *a = c->actor;
    jw_object(w);
    jw_key(w, S("user"));
    jw_object(w);
    jw_ki64(w, S("id"), a->user_id);
    jw_kstr(w, S("login"), a->login);
    jw_kstr(w, S("name"), a->name);
    jw_kstr(w, S("role"), a->role_key);
    jw_kstr(w, S("role_name"), a->role_name[a->lang]);
    jw_kstr(w, S("language"), a->lang == LANG_EN ? S("en") : S("zh"));
    jw_key(w, S("team_id"));
    if (a->team_id != 0)
        jw_i64(w, a->team_id);
    else
        jw_null(w);
    jw_object_end(w);
    jw_key(w, S("csrf"));
    if (a->session_id != 0)
        jw_str(w, auth_csrf(c, token));
    else
        jw_null(w);
    jw_key(w, S("second_step"));
    TRY(second_state(c, w));
    jw_key(w, S("rights"));
    rights_to_json(c, w);
    TRY(company_json(c, w));
    jw_object_end(w);
    return OK;
}

static enum err sign_in(struct ctx *c, struct call *call) {
    static const char *const names[] = {"login", "password", "code"};
    struct auth_session s;
    body_only(c, call->json, names, COUNT_OF(names));
    struct auth_sign_in in = {
        .login = body_text(c, call->json, "login", TEXT_MAX, true),
        .password = body_text(c, call->json, "password", TEXT_MAX, true),
        .code = body_text(c, call->json, "code", TEXT_MAX, false),
        .address = identify_address(call->rq, trusted(call)),
        .agent = http_header_get(call->rq, "User-Agent"),
    };
    TRY(fail_any(c));
    TRY(auth_sign_in(c, server_auth(call->server), &in, &s));
    identify_set_cookie(c, call->rq, secure(call), s.token, s.max_age_s);
    return session_json(c, &call->w, s.token);
}

static enum err session_get(struct ctx *c, struct call *call) {
    return session_json(c, &call->w, identify_cookie(call->rq, secure(call)));
}

/* One's own language: no right to change users is needed. */
static enum err session_patch(struct ctx *c, struct call *call) {
    static const char *const names[] = {"language"};
    body_only(c, call->json, names, COUNT_OF(names));
    struct str lang = body_text(c, call->json, "language", 10, true);
    bool en = str_eqc(lang, "en");
    if (lang.n > 0 && !en && !str_eqc(lang, "zh"))
        return failv(c, ERR_INVALID, S("language"), "not_option",
                     ARGS(V(lang)));
    TRY(fail_any(c));
    TRY(user_set_language(c, c->actor->user_id, en ? LANG_EN : LANG_ZH));
    call->status = 204;
    return OK;
}

static enum err sign_out(struct ctx *c, struct call *call) {
    if (c->actor->session_id == 0)
        return fail(c, ERR_FORBIDDEN, "", "forbidden"); /* by token */
    TRY(auth_sign_out(c, server_auth(call->server)));
    identify_set_cookie(c, call->rq, secure(call), S(""), 0);
    call->status = 204;
    return OK;
}

static const struct route routes[] = {
    {HTTP_POST, "/api/v1/session", sign_in, AUTH_NONE, RUN_HASH, BODY_JSON,
     16384, "Sign in; sets the session cookie.", "sign-in", "sign_in",
     "session"},
    {HTTP_GET, "/api/v1/session", session_get, AUTH_HALF, RUN_FAST, BODY_NONE,
     0, "Who is signed in, and what they may do.", "sign-in", NULL, "session"},
    {HTTP_PATCH, "/api/v1/session", session_patch, AUTH_HALF, RUN_WRITE,
     BODY_JSON, 16384, "Choose one's own language.", "sign-in",
     "session_change", NULL},
    {HTTP_DELETE, "/api/v1/session", sign_out, AUTH_HALF, RUN_FREE, BODY_NONE,
     0, "Sign out.", "sign-in", NULL, NULL},
};

const struct route_list session_routes = {routes, COUNT_OF(routes)};
