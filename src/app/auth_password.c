/* Passwords: set by oneself, by an administrator, by a mailed link. Hashes are
 * computed outside transactions; what they decided is written in one. */
#include "app/auth_internal.h"

#include "app/mail.h"
#include "app/throttle.h"
#include "app/users.h"
#include "base/fold.h"
#include "store/outbox.h"
#include "store/password_reset.h"
#include "store/session.h"
#include "store/store.h"
#include "store/trail.h"
#include "store/user.h"

#define LINK_MS (60 * 60 * 1000)
#define LINK_MAX 100 /* bytes of a token that are looked at */

/* --- passwords ---------------------------------------------------------- */

struct change {
    int64_t user_id;
    struct str hash, login, address;
};

static enum err change_password(struct ctx *c, void *arg) {
    const struct change *ch = arg;
    bool self = c->actor->user_id == ch->user_id;
    TRY(user_set_password(c, ch->user_id, ch->hash));
    TRY(session_delete_user(c, ch->user_id, self ? c->actor->session_id : 0));
    TRY(reset_clear(c, ch->user_id));
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
    TRY(user_check_password(c, &u, in->password));
    TRY(password_hash(c, a->gate, in->password, &ch.hash));
    TRY(store_write(c, LANE_INTERACTIVE, change_password, &ch));
    auth_forget_all(a);
    return OK;
}

/* --- a forgotten one ----------------------------------------------------- */

struct asking {
    struct str email;
};

static enum err write_asking(struct ctx *c, void *arg) {
    const struct asking *a = arg;
    return outbox_add(c, S(MAIL_RESET), a->email);
}

enum err auth_reset_ready(struct ctx *c, bool *out) {
    return mail_ready(c, out);
}

enum err auth_reset_ask(struct ctx *c, struct str email, struct str address) {
    struct asking a = {.email = text_fold(c->arena, str_trim(email))};
    struct str key = str_fmt(c->arena, "reset %.16s", auth_hash(c, a.email).p);
    bool ready;
    TRY(auth_reset_ready(c, &ready));
    if (!ready)
        return fail(c, ERR_CONFLICT, "", "mail_not_set_up");
    TRY(throttle_take(c, key, address));
    return store_write(c, LANE_INTERACTIVE, write_asking, &a);
}

enum err auth_reset_link(struct ctx *c, int64_t user_id,
                         struct str *token_out) {
    *token_out = auth_random_text(c);
    return reset_put(c, user_id, auth_hash(c, *token_out), c->now_ms + LINK_MS);
}

struct resetting {
    int64_t user_id;
    struct str token_hash, hash;
};

static enum err write_reset(struct ctx *c, void *arg) {
    const struct resetting *r = arg;
    int64_t user_id;
    bool was;
    TRY(reset_find(c, r->token_hash, &user_id));
    TRY(reset_use(c, r->token_hash, &was));
    if (!was || user_id != r->user_id)
        return fail(c, ERR_GONE, "token", "reset_gone");
    TRY(user_set_password(c, user_id, r->hash));
    TRY(session_delete_user(c, user_id, 0));
    return trail_event(c, S("password_reset"), S("user"), user_id, S("{}"));
}

enum err auth_reset_use(struct ctx *c, struct auth *a, struct str token,
                        struct str password) {
    struct resetting r = {.token_hash =
                              auth_hash(c, str_sub(token, 0, LINK_MAX))};
    struct user u;
    bool found = false;
    TRY(reset_find(c, r.token_hash, &r.user_id));
    if (r.user_id != 0)
        TRY(user_by_id(c, r.user_id, &u, &found));
    if (!found)
        return fail(c, ERR_GONE, "token", "reset_gone");
    TRY(user_check_password(c, &u, password));
    TRY(password_hash(c, a->gate, password, &r.hash));
    TRY(store_write(c, LANE_INTERACTIVE, write_reset, &r));
    auth_forget_all(a);
    return OK;
}
