/* The rules of waiting; rows are store/login_attempt.h. Owns nothing. An
 * attempt is held against three counts; the wait is the longest of the three.
 */
#include "app/throttle.h"

#include "store/login_attempt.h"
#include "store/store.h"

#define WINDOW_MS (60 * 60 * 1000)
#define PURGE_MS (24 * 60 * 60 * 1000)

/* An office has one address, so an address has more free failures than one
 * login at it. Strangers elsewhere may slow a user down, but hardly. */
static const struct throttle_rule rules[] = {
    {.free = 10, .first_s = 5, .max_s = 900}, /* login at address */
    {.free = 40, .first_s = 5, .max_s = 900}, /* address */
    {.free = 60, .first_s = 1, .max_s = 8},   /* login */
};

struct take {
    struct login_attempt_key keys[COUNT_OF(rules)];
    int64_t wait_s; /* out */
};

int64_t throttle_wait_s(const struct throttle_rule *rule, int64_t failures) {
    if (failures < rule->free)
        return 0;
    int64_t wait_s = rule->first_s;
    for (int64_t i = rule->free; i < failures && wait_s < rule->max_s; i++)
        wait_s *= 2;
    return wait_s < rule->max_s ? wait_s : rule->max_s;
}

static enum err take(struct ctx *c, void *arg) {
    struct take *t = arg;
    t->wait_s = 0;
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct login_attempts a;
        TRY(login_attempt_count(c, t->keys[i], c->now_ms - WINDOW_MS, &a));
        int64_t wait_s = throttle_wait_s(&rules[i], a.failures);
        int64_t left_s = (a.last_at + 1000 * wait_s - c->now_ms + 999) / 1000;
        /* An attempt under way at this moment may be later than this one's
         * clock: by itself that is nothing to wait for. */
        if (wait_s > 0 && left_s > t->wait_s)
            t->wait_s = left_s;
    }
    /* Attempts during the wait do not prolong it. */
    return t->wait_s > 0 ? OK : login_attempt_add(c, t->keys[0]);
}

enum err throttle_take(struct ctx *c, struct str login, struct str address) {
    struct str none = {NULL, 0};
    struct take t = {
        .keys = {{login, address}, {none, address}, {login, none}}};
    TRY(store_write(c, LANE_INTERACTIVE, take, &t));
    if (t.wait_s > 0)
        return failv(c, ERR_TOO_MANY, S(""), "login_throttled",
                     ARGS(V(t.wait_s)));
    return OK;
}

enum err throttle_forgive(struct ctx *c, struct str login, struct str address) {
    TRY(login_attempt_clear(c, (struct login_attempt_key){login, address}));
    return login_attempt_purge(c, c->now_ms - PURGE_MS);
}
