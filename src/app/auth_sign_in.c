/* Sign-in, sign-out, sessions, tokens, the first administrator. Password
 * hashes are computed outside transactions; what they decided is written in
 * one. */
#include "app/auth_internal.h"

#include "app/company.h"
#include "app/settings.h"
#include "app/throttle.h"
#include "app/users.h"
#include "base/time.h"
#include "base/utf8.h"
#include "store/session.h"
#include "store/store.h"
#include "store/trail.h"
#include "store/user.h"

#include <sodium.h>

#define DAY_S (24 * 60 * 60)
#define AGENT_MAX 200 /* characters */

/* --- sign-in ------------------------------------------------------------ */

struct opening {
    const struct auth_sign_in *in;
    struct str login;
    bool second; /* proof is to be used up */
    struct two_factor_proof proof;
    struct session_new session;
    int64_t idle_ms;
    int64_t id; /* out */
};

/* Runs with the new user as actor, so that the trail names him. */
static enum err open_session(struct ctx *c, void *arg) {
    struct opening *o = arg;
    int64_t user_id = o->session.user_id;
    if (o->second)
        TRY(two_factor_use(c, user_id, &o->proof));
    TRY(session_insert(c, &o->session, &o->id));
    TRY(session_purge(c, c->now_ms - o->idle_ms));
    TRY(user_signed_in(c, o->session.user_id));
    TRY(throttle_forgive(c, o->login, o->in->address));
    if (o->second)
        TRY(throttle_forgive(c, auth_second_key(c, user_id),
                             auth_second_key(c, user_id)));
    return trail_event(c, S("sign_in"), S("user"), user_id, S("{}"));
}

struct str auth_second_key(struct ctx *c, int64_t user_id) {
    return str_fmt(c->arena, "second step %lld", (long long)user_id);
}

/* The password was right: is there a second step, and is it right? */
static enum err check_second(struct ctx *c, struct opening *o) {
    struct two_factor f;
    bool found;
    int64_t user_id = o->session.user_id;
    struct str key = auth_second_key(c, user_id);
    TRY(two_factor_find(c, user_id, &f, &found));
    o->second = found && f.confirmed_at != 0;
    if (!o->second)
        return OK;
    if (str_trim(o->in->code).n > 0)
        TRY(throttle_take(c, key, key));
    return two_factor_look(c, user_id, &f, o->in->code, &o->proof);
}

static enum err check_password(struct ctx *c, struct auth *a, struct str login,
                               struct str password, int64_t *user_id) {
    struct user u = {0};
    bool found, right;
    TRY(user_by_login(c, login, &u, &found));
    struct str hash = found ? u.password_hash : (struct str){NULL, 0};
    if (password.n > PASSWORD_MAX * 4)
        password = str_sub(password, 0, PASSWORD_MAX * 4);
    TRY(password_verify(c, a->gate, password, hash, &right));
    if (!right || !u.active)
        return fail(c, ERR_UNAUTHENTICATED, "", "wrong_login");
    *user_id = u.id;
    return OK;
}

/* A header may hold any bytes, a text column only UTF-8. */
static struct str readable(struct str agent) {
    return utf8_cut(str_sub(agent, 0, utf8_bad_at(agent)), AGENT_MAX);
}

enum err auth_sign_in(struct ctx *c, struct auth *a,
                      const struct auth_sign_in *in, struct auth_session *out) {
    struct opening o = {.in = in, .login = login_normal(c, in->login)};
    int64_t idle_hours, max_days;
    struct actor *actor;
    TRY(throttle_take(c, o.login, in->address));
    TRY(check_password(c, a, o.login, in->password, &o.session.user_id));
    TRY(check_second(c, &o));
    TRY(settings_i64(c, SETTING_SESSION_IDLE_HOURS, &idle_hours));
    TRY(settings_i64(c, SETTING_SESSION_MAX_DAYS, &max_days));
    TRY(actor_load(c, o.session.user_id, &actor));
    c->actor = actor;
    o.idle_ms = idle_hours * HOUR_MS;
    out->token = auth_random_text(c);
    out->user_id = o.session.user_id;
    out->max_age_s = max_days * DAY_S;
    o.session.token_hash = auth_hash(c, out->token);
    o.session.address = in->address;
    o.session.agent = readable(in->agent);
    o.session.expires_at = c->now_ms + out->max_age_s * 1000;
    TRY(store_write(c, LANE_INTERACTIVE, open_session, &o));
    actor->session_id = out->id = o.id;
    return OK;
}

static enum err close_session(struct ctx *c, void *arg) {
    TRY(session_delete(c, c->actor->session_id));
    return trail_event(c, S("sign_out"), S("user"), c->actor->user_id, S("{}"));
}

enum err auth_sign_out(struct ctx *c, struct auth *a) {
    TRY(store_write(c, LANE_INTERACTIVE, close_session, NULL));
    auth_forget_all(a);
    return OK;
}

struct ending {
    int64_t id, user_id;
};

static enum err end_one(struct ctx *c, void *arg) {
    const struct ending *e = arg;
    bool found;
    TRY(session_end(c, e->id, e->user_id, &found));
    if (!found)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    return trail_event(c, S("session_end"), S("session"), e->id, S("{}"));
}

static enum err end_all(struct ctx *c, void *arg) {
    const struct ending *e = arg;
    TRY(session_delete_user(c, e->user_id, e->id));
    return trail_event(c, S("sessions_end"), S("user"), e->user_id, S("{}"));
}

enum err auth_end_session(struct ctx *c, struct auth *a, int64_t id) {
    struct ending e = {.id = id,
                       .user_id = c->actor->admin ? 0 : c->actor->user_id};
    TRY(store_write(c, LANE_INTERACTIVE, end_one, &e));
    auth_forget_all(a);
    return OK;
}

enum err auth_end_sessions(struct ctx *c, struct auth *a, int64_t user_id,
                           int64_t except) {
    struct ending e = {.id = except, .user_id = user_id};
    TRY(store_write(c, LANE_INTERACTIVE, end_all, &e));
    auth_forget_all(a);
    return OK;
}

/* --- tokens -------------------------------------------------------------- */

enum err auth_new_token(struct ctx *c, const struct api_token *t,
                        struct str *text_out, int64_t *id_out) {
    *text_out = str_cat(c->arena, S(AUTH_TOKEN_PREFIX), auth_random_text(c));
    TRY(api_token_insert(c, t, auth_hash(c, *text_out), id_out));
    struct buf details;
    struct jw w;
    buf_init(&details, c->arena, 4096);
    jw_init(&w, &details);
    jw_object(&w);
    jw_kstr(&w, S("name"), t->name);
    jw_ki64(&w, S("user_id"), t->user_id);
    jw_object_end(&w);
    return trail_event(c, S("token"), S("api_token"), *id_out,
                       buf_view(&details));
}

enum err auth_revoke_token(struct ctx *c, int64_t id, int64_t user_id) {
    TRY(api_token_revoke(c, id, user_id));
    return trail_event(c, S("token_revoke"), S("api_token"), id, S("{}"));
}

/* --- the first administrator --------------------------------------------- */

enum err auth_setup_needed(struct ctx *c, bool *out) {
    bool any;
    TRY(user_any(c, &any));
    *out = !any;
    return OK;
}

/* 20 characters of an alphabet without look-alikes, in groups: 100 bits. */
struct str auth_setup_code(struct ctx *c, struct auth *a) {
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    unsigned char bytes[20];
    char code[AUTH_CODE_MAX];
    size_t n = 0;
    c->random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i > 0 && i % 5 == 0)
            code[n++] = '-';
        code[n++] = letters[bytes[i] % (sizeof letters - 1)];
    }
    code[n] = '\0';
    pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i <= n; i++)
        a->code[i] = code[i];
    pthread_mutex_unlock(&a->lock);
    return str_dup(c->arena, (struct str){code, n});
}

static bool code_is_right(struct ctx *c, struct auth *a, struct str code) {
    pthread_mutex_lock(&a->lock);
    struct str kept = str_of(a->code);
    bool right = kept.n > 0 &&
                 hash_same(auth_hash(c, kept), auth_hash(c, str_trim(code)));
    pthread_mutex_unlock(&a->lock);
    return right;
}

struct first {
    const struct auth_setup *in;
    struct str hash;
};

static enum err add_first(struct ctx *c, void *arg) {
    const struct first *f = arg;
    struct user_new u = {
        .login = f->in->login,
        .name = f->in->name,
        .password_hash = f->hash,
        .role_key = S("admin"),
        .language = c->lang == LANG_EN ? S("en") : S("zh"), /* as he asked */
    };
    bool any;
    int64_t id;
    TRY(user_any(c, &any)); /* of two at once, one wins */
    if (any)
        return fail(c, ERR_CONFLICT, "", "setup_done");
    TRY(company_seed(c));
    if (str_trim(f->in->company).n > 0)
        TRY(settings_set(c, SETTING_COMPANY_NAME, str_trim(f->in->company)));
    TRY(throttle_forgive(c, S("setup"), f->in->address));
    return user_add(c, &u, &id);
}

enum err auth_setup(struct ctx *c, struct auth *a,
                    const struct auth_setup *in) {
    struct first f = {.in = in};
    int64_t least;
    bool needed;
    TRY(auth_setup_needed(c, &needed));
    if (!needed)
        return fail(c, ERR_CONFLICT, "", "setup_done");
    TRY(throttle_take(c, S("setup"), in->address));
    if (!code_is_right(c, a, in->code))
        return fail(c, ERR_FORBIDDEN, "code", "setup_code");
    if (str_trim(in->login).n == 0)
        return fail(c, ERR_INVALID, "login", "required");
    struct password_about about = {.login = login_normal(c, in->login),
                                   .name = in->name,
                                   .company = str_trim(in->company)};
    TRY(settings_i64(c, SETTING_SESSION_PASSWORD_LEAST, &least));
    about.least = (size_t)least;
    TRY(password_check(c, "password", in->password, &about));
    TRY(password_hash(c, a->gate, in->password, &f.hash));
    c->actor = actor_console(c);
    TRY(store_write(c, LANE_INTERACTIVE, add_first, &f));
    pthread_mutex_lock(&a->lock);
    sodium_memzero(a->code, sizeof a->code);
    pthread_mutex_unlock(&a->lock);
    return OK;
}
