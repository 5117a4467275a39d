/* Questions about users and teams that the generic records can't answer.
 * Writing functions run in a write function. */
#ifndef STORE_USER_H
#define STORE_USER_H

#include "base/ctx.h"

struct user {
    int64_t id;
    struct str login, name, role_key, password_hash; /* hash may be empty */
    struct str email;                                /* may be empty */
    enum lang lang;
    bool active;
    int64_t signed_in_at; /* UTC ms; 0: never */
};

/* Exact login, live rows. In c->arena. */
enum err user_by_login(struct ctx *c, struct str login, struct user *out,
                       bool *found) MUST_CHECK;
enum err user_by_id(struct ctx *c, int64_t id, struct user *out,
                    bool *found) MUST_CHECK;
/* By login; at most 10,000. */
enum err user_list(struct ctx *c, struct user **out, size_t *n) MUST_CHECK;
enum err user_any(struct ctx *c, bool *out) MUST_CHECK;
enum err user_set_password(struct ctx *c, int64_t id,
                           struct str hash) MUST_CHECK;
enum err user_set_language(struct ctx *c, int64_t id,
                           enum lang lang) MUST_CHECK;
/* Does the user's role ask for a second step? */
enum err user_needs_second(struct ctx *c, int64_t id, bool *out) MUST_CHECK;
enum err user_signed_in(struct ctx *c, int64_t id) MUST_CHECK;
/* Active users whose role has the grant "admin". */
enum err user_count_admins(struct ctx *c, int64_t *out) MUST_CHECK;

/* Id of the live role with this key; 0 when there is none. */
enum err role_by_key(struct ctx *c, struct str key, int64_t *out) MUST_CHECK;

/* Makes team_closure (each team above each below, itself included) anew from
 * team.parent_id. ERR_INVALID on parent_id when teams form a ring. */
enum err team_closure_rebuild(struct ctx *c) MUST_CHECK;

#endif
