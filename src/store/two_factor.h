/* The second step of sign-in as rows: one authenticator app a user, and
 * recovery codes. What they mean is app/two_factor.h. Writing functions run in
 * a write function. */
#ifndef STORE_TWO_FACTOR_H
#define STORE_TWO_FACTOR_H

#include "base/ctx.h"

struct two_factor {
    struct str secret;    /* encrypted */
    int64_t confirmed_at; /* UTC ms; 0: being set up */
    int64_t last_step;
    int64_t codes_left; /* recovery codes not used yet */
};

/* In c->arena. */
enum err two_factor_find(struct ctx *c, int64_t user_id, struct two_factor *out,
                         bool *found) MUST_CHECK;
/* A new secret, not confirmed; replaces one that was not confirmed either.
 * ERR_CONFLICT "two_factor_on" when there is a confirmed one. */
enum err two_factor_put(struct ctx *c, int64_t user_id,
                        struct str secret) MUST_CHECK;
/* From now on it is asked for. */
enum err two_factor_confirm(struct ctx *c, int64_t user_id) MUST_CHECK;
/* Removes app and recovery codes; *found tells whether there was an app. */
enum err two_factor_remove(struct ctx *c, int64_t user_id,
                           bool *found) MUST_CHECK;

/* Uses a step up: *fresh false when it or a later one was used before. */
enum err two_factor_use_step(struct ctx *c, int64_t user_id, int64_t step,
                             bool *fresh) MUST_CHECK;

/* Replaces the recovery codes. */
enum err recovery_put(struct ctx *c, int64_t user_id, const struct str *hashes,
                      size_t n) MUST_CHECK;
/* Uses a code up: *good false when there is none like it that is unused. */
enum err recovery_use(struct ctx *c, int64_t user_id, struct str hash,
                      bool *good) MUST_CHECK;

#endif
