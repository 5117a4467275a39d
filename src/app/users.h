/* Users and teams: what must hold whenever one is saved. */
#ifndef APP_USERS_H
#define APP_USERS_H

#include "store/record.h"

/* Save hooks. user: only an administrator, login well formed, the last active
 * administrator stays; who is inactive has no sessions. team: closure. */
enum err user_save(struct ctx *c, enum save_op op, const struct record *before,
                   const struct record *after);
enum err team_save(struct ctx *c, enum save_op op, const struct record *before,
                   const struct record *after);

struct user_new {
    struct str login, name;
    struct str password_hash;
    struct str role_key;
    int64_t team_id;     /* 0: none */
    struct str language; /* empty: the company's */
};
/* Inside a write function, as c->actor. */
enum err user_add(struct ctx *c, const struct user_new *u,
                  int64_t *id_out) MUST_CHECK;

/* Is this password fit for this person in this company? login, name and e-mail
 * of u are looked at. ERR_INVALID on "password". */
struct user;
enum err user_check_password(struct ctx *c, const struct user *u,
                             struct str password) MUST_CHECK;

/* The form logins are kept in: ASCII letters small. In c->arena. */
struct str login_normal(struct ctx *c, struct str login);

/* ERR_CONFLICT "last_admin" when no active administrator is left. */
enum err user_keep_admin(struct ctx *c) MUST_CHECK;

/* ERR_FORBIDDEN unless c->actor is an administrator or the console. */
enum err user_need_admin(struct ctx *c) MUST_CHECK;

#endif
