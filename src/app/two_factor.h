/* The second step of sign-in: an authenticator app (base/totp.h), each time
 * step good once, and ten recovery codes, each good once. The app's secret is
 * encrypted with the master key; of recovery codes only hashes are kept. */
#ifndef APP_TWO_FACTOR_H
#define APP_TWO_FACTOR_H

#include "store/two_factor.h"

#define RECOVERY_CODES 10

/* A code a user typed, looked at but not used up yet. */
struct two_factor_proof {
    int64_t step;        /* of the app; 0: it is no app's code */
    struct str recovery; /* hash of the recovery code, else empty */
};

/* What the code may be. ERR_UNAUTHENTICATED on `code`: "code_needed" when it
 * is empty, "code_wrong". Reads c->db. */
enum err two_factor_look(struct ctx *c, int64_t user_id,
                         const struct two_factor *f, struct str code,
                         struct two_factor_proof *out) MUST_CHECK;
/* Uses it up. Inside a write function. ERR_UNAUTHENTICATED "code_used" when
 * it was used before. */
enum err two_factor_use(struct ctx *c, int64_t user_id,
                        const struct two_factor_proof *p) MUST_CHECK;

/* Begins setting up for c->actor: the secret in base 32, and the address an
 * app reads from a picture. Calls nothing but c->db: inside a write function.
 */
enum err two_factor_begin(struct ctx *c, struct str *secret_out,
                          struct str *uri_out) MUST_CHECK;

/* The first code of the new app: from now on it is needed; ends the user's
 * other sessions; makes recovery codes, shown once. Inside a write function.
 * ERR_INVALID on `code`. */
enum err two_factor_finish(struct ctx *c, struct str code,
                           struct str codes_out[RECOVERY_CODES]) MUST_CHECK;

/* New recovery codes in place of the old ones. Inside a write function. */
enum err two_factor_codes(struct ctx *c,
                          struct str codes_out[RECOVERY_CODES]) MUST_CHECK;

/* Removes app and codes of a user; ends his sessions but c->actor's own one.
 * Inside a write function. ERR_NOT_FOUND when there is no app. */
enum err two_factor_drop(struct ctx *c, int64_t user_id,
                         struct str event) MUST_CHECK;

#endif
