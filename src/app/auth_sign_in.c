/* Sign-in, sign-out, passwords, tokens, the first administrator. Password
 * hashes are computed outside transactions; what they decided is written in
 * one. */
#include "app/auth_internal.h"

#include "app/company.h"
#include "app/settings.h"
#include "app/throttle.h"
#include "app/users.h"
#include "base/utf8.h"
#include "store/session.h"
#include "store/store.h"
#include "store/trail.h"
#include "store/user.h"

#include <sodium.h>

#define HOUR_MS (60 * 60 * 1000)
#define DAY_S (24 * 60 * 60)
#define AGENT_MAX 200 /* characters */

/* --- sign-in ----------------------------------------------------------------
 */

struct opening {
    const struct auth_sign_in *in;
    struct str login;
    struct session_new session;
    int64_t idle_ms;
    int64_t id; /* out */
};

/* Runs with the new user as actor, so that the trail names him. */
static enum err open_session(struct ctx *c, void *arg) {
    struct opening *o = arg;
    TRY(session_insert(c, &o->session, &o->id));
    TRY(session_purge(c, c->now_ms - o->idle_ms));
    TRY(user_signed_in(c, o->session.user_id));
    TRY(throttle_forgive(c, o->login, o->in->address));
    return trail_event(c, S("sign_in"), S("user"), o->session.user_id, S("{}"));
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

/* --- passwords ---------------------------------------------------------------
 */

struct change {
    int64_t user_id;
    struct str hash, login, address;
};

static enum err change_password(struct ctx *c, void *arg) {
    const struct change *ch = arg;
    bool self = c->actor->user_id == ch->user_id;
    TRY(user_set_password(c, ch->user_id, ch->hash));
    TRY(session_delete_user(c, ch->user_id, self ? c->actor->session_id : 0));
    if (self)
        TRY(throttle_forgive(c, ch->login, ch->address));
    return trail_event(c, S("password"), S("user"), ch->user_id, S("{}"));
}

enum err auth_set_password(struct ctx *c, struct auth *a,
                           const struct auth_password *in) {
    bool self = c->actor->user_id == in->user_id;
    struct user u;
    bool found, right;
    if (!self)
        TRY(user_need_admin(c));
    TRY(user_by_id(c, in->user_id, &u, &found));
    if (!found)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    struct change ch = {
        .user_id = u.id, .login = u.login, .address = in->address};
    if (self) {
        TRY(throttle_take(c, u.login, in->address));
        TRY(password_verify(c, a->gate, in->current, u.password_hash, &right));
        if (!right)
            return fail(c, ERR_INVALID, "current", "password_wrong");
    }
    TRY(password_check(c, "password", in->password, u.login));
    TRY(password_hash(c, a->gate, in->password, &ch.hash));
    TRY(store_write(c, LANE_INTERACTIVE, change_password, &ch));
    auth_forget_all(a);
    return OK;
}

/* --- tokens
 * -------------------------------------------------------------------- */

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

/* --- the first administrator
 * ----------------------------------------------------- */

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
    };
    bool any;
    int64_t id;
    TRY(user_any(c, &any)); /* of two at once, one wins */
    if (any)
        return fail(c, ERR_CONFLICT, "", "setup_done");
    TRY(company_seed(c));
    TRY(throttle_forgive(c, S("setup"), f->in->address));
    return user_add(c, &u, &id);
}

enum err auth_setup(struct ctx *c, struct auth *a,
                    const struct auth_setup *in) {
    struct first f = {.in = in};
    bool needed;
    TRY(auth_setup_needed(c, &needed));
    if (!needed)
        return fail(c, ERR_CONFLICT, "", "setup_done");
    TRY(throttle_take(c, S("setup"), in->address));
    if (!code_is_right(c, a, in->code))
        return fail(c, ERR_FORBIDDEN, "code", "setup_code");
    if (str_trim(in->login).n == 0)
        return fail(c, ERR_INVALID, "login", "required");
    TRY(password_check(c, "password", in->password,
                       login_normal(c, in->login)));
    TRY(password_hash(c, a->gate, in->password, &f.hash));
    c->actor = actor_console(c);
    TRY(store_write(c, LANE_INTERACTIVE, add_first, &f));
    pthread_mutex_lock(&a->lock);
    sodium_memzero(a->code, sizeof a->code);
    pthread_mutex_unlock(&a->lock);
    return OK;
}
