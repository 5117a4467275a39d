/* Sign-ins that failed, as rows, so that several servers agree on how many
 * there were. Writing functions run in a write function. */
#ifndef STORE_LOGIN_ATTEMPT_H
#define STORE_LOGIN_ATTEMPT_H

#include "base/ctx.h"

#define LOGIN_ATTEMPT_BYTES 60 /* of login and peer that are kept */

/* Whose failures: an empty part stands for any. */
struct login_attempt_key {
    struct str login, peer;
};

struct login_attempts {
    int64_t failures;
    int64_t last_at; /* UTC ms; 0: none */
};

/* Failures since an instant. */
enum err login_attempt_count(struct ctx *c, struct login_attempt_key key,
                             int64_t since,
                             struct login_attempts *out) MUST_CHECK;
enum err login_attempt_add(struct ctx *c,
                           struct login_attempt_key key) MUST_CHECK;
/* Forgets the failures of this login at this address. */
enum err login_attempt_clear(struct ctx *c,
                             struct login_attempt_key key) MUST_CHECK;
/* Forgets what is older. */
enum err login_attempt_purge(struct ctx *c, int64_t before) MUST_CHECK;

#endif
