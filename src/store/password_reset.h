/* Links that set a new password: one a user, hashed, bound to the password and
 * the mail address there were when it was made. Writing functions run in a
 * write function. */
#ifndef STORE_PASSWORD_RESET_H
#define STORE_PASSWORD_RESET_H

#include "base/ctx.h"

/* Active users with this e-mail address (folded), at most 20; in c->arena. */
enum err reset_users(struct ctx *c, struct str email_fold, int64_t **out,
                     size_t *n) MUST_CHECK;

/* Makes the user's link, in place of an earlier one. */
enum err reset_put(struct ctx *c, int64_t user_id, struct str token_hash,
                   int64_t expires_at) MUST_CHECK;

/* Whose link this is: 0 when there is none, it is over, the user is not
 * active, or password or e-mail have changed since. */
enum err reset_find(struct ctx *c, struct str token_hash,
                    int64_t *user_id) MUST_CHECK;

/* Takes it away; *was false when somebody else has used it meanwhile. */
enum err reset_use(struct ctx *c, struct str token_hash, bool *was) MUST_CHECK;

/* Takes away a user's link: after the password was set otherwise. Also those
 * that are over. */
enum err reset_clear(struct ctx *c, int64_t user_id) MUST_CHECK;

#endif
