/* Changing one's second step: asks for the password again first, outside the
 * transaction that writes what follows. */
#include "app/auth_internal.h"

#include "app/throttle.h"
#include "app/users.h"
#include "store/store.h"
#include "store/user.h"

/* What is to be written once the person has proved to be there. */
struct second {
    bool on; /* proof is to be used up */
    struct two_factor_proof proof;
    struct str login, address;
    struct str code, secret, uri;
    struct str *codes;
    int64_t user_id;
};

static enum err again(struct ctx *c, struct auth *a,
                      const struct auth_again *in, struct second *s) {
    struct user u;
    struct two_factor f;
    bool found, right;
    s->user_id = c->actor->user_id;
    if (c->actor->session_id == 0)
        return fail(c, ERR_FORBIDDEN, "", "session_needed");
    TRY(user_by_id(c, s->user_id, &u, &found));
    if (!found)
        return fail(c, ERR_UNAUTHENTICATED, "", "sign_in_required");
    s->login = u.login;
    s->address = in->address;
    TRY(throttle_take(c, u.login, in->address));
    TRY(password_verify(c, a->gate, in->password, u.password_hash, &right));
    if (!right)
        return fail(c, ERR_INVALID, "password", "password_wrong");
    TRY(two_factor_find(c, s->user_id, &f, &found));
    s->on = found && f.confirmed_at != 0;
    if (!s->on)
        return OK;
    enum err e = two_factor_look(c, s->user_id, &f, in->code, &s->proof);
    /* The session is good: a wrong code is a wrong value of the request. */
    return e == ERR_UNAUTHENTICATED ? ERR_INVALID : e;
}

static enum err use_proof(struct ctx *c, const struct second *s) {
    if (s->on) {
        enum err e = two_factor_use(c, s->user_id, &s->proof);
        if (e != OK)
            return e == ERR_UNAUTHENTICATED ? ERR_INVALID : e;
    }
    return throttle_forgive(c, s->login, s->address);
}

static enum err write_proof(struct ctx *c, void *arg) {
    return use_proof(c, arg);
}

enum err auth_prove(struct ctx *c, struct auth *a,
                    const struct auth_again *in) {
    struct second s = {0};
    TRY(again(c, a, in, &s));
    return store_write(c, LANE_INTERACTIVE, write_proof, &s);
}

static enum err write_begin(struct ctx *c, void *arg) {
    struct second *s = arg;
    TRY(throttle_forgive(c, s->login, s->address));
    return two_factor_begin(c, &s->secret, &s->uri);
}

enum err auth_second_begin(struct ctx *c, struct auth *a,
                           const struct auth_again *in, struct str *secret_out,
                           struct str *uri_out) {
    struct second s = {0};
    struct two_factor f;
    bool found;
    if (c->actor->session_id == 0)
        return fail(c, ERR_FORBIDDEN, "", "session_needed");
    TRY(two_factor_find(c, c->actor->user_id, &f, &found));
    if (found && f.confirmed_at != 0)
        return fail(c, ERR_CONFLICT, "", "two_factor_on");
    TRY(again(c, a, in, &s));
    TRY(store_write(c, LANE_INTERACTIVE, write_begin, &s));
    *secret_out = s.secret;
    *uri_out = s.uri;
    return OK;
}

static enum err write_finish(struct ctx *c, void *arg) {
    struct second *s = arg;
    return two_factor_finish(c, s->code, s->codes);
}

enum err auth_second_finish(struct ctx *c, struct auth *a, struct str code,
                            struct str codes_out[RECOVERY_CODES]) {
    struct second s = {.code = code, .codes = codes_out};
    if (c->actor->session_id == 0)
        return fail(c, ERR_FORBIDDEN, "", "session_needed");
    TRY(store_write(c, LANE_INTERACTIVE, write_finish, &s));
    auth_forget_all(a);
    return OK;
}

static enum err write_codes(struct ctx *c, void *arg) {
    struct second *s = arg;
    TRY(use_proof(c, s));
    return two_factor_codes(c, s->codes);
}

enum err auth_second_codes(struct ctx *c, struct auth *a,
                           const struct auth_again *in,
                           struct str codes_out[RECOVERY_CODES]) {
    struct second s = {.codes = codes_out};
    TRY(again(c, a, in, &s));
    if (!s.on)
        return fail(c, ERR_CONFLICT, "", "two_factor_not_begun");
    return store_write(c, LANE_INTERACTIVE, write_codes, &s);
}

static enum err write_off(struct ctx *c, void *arg) {
    struct second *s = arg;
    bool required;
    TRY(use_proof(c, s));
    TRY(user_needs_second(c, s->user_id, &required));
    if (required)
        return fail(c, ERR_CONFLICT, "", "two_factor_required");
    return two_factor_drop(c, s->user_id, S("two_factor_off"));
}

enum err auth_second_off(struct ctx *c, struct auth *a,
                         const struct auth_again *in) {
    struct second s = {0};
    TRY(again(c, a, in, &s));
    TRY(store_write(c, LANE_INTERACTIVE, write_off, &s));
    auth_forget_all(a);
    return OK;
}

static enum err write_reset(struct ctx *c, void *arg) {
    const struct second *s = arg;
    return two_factor_drop(c, s->user_id, S("two_factor_reset"));
}

enum err auth_second_reset(struct ctx *c, struct auth *a, int64_t user_id) {
    struct second s = {.user_id = user_id};
    TRY(user_need_admin(c));
    if (user_id == c->actor->user_id) /* his own: with a code */
        return fail(c, ERR_FORBIDDEN, "", "two_factor_own");
    TRY(store_write(c, LANE_INTERACTIVE, write_reset, &s));
    auth_forget_all(a);
    return OK;
}
