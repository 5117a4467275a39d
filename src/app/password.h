/* Passwords: rules for new ones, Argon2id hashes (m = 19,456 KiB, t = 2, p = 1,
 * RFC 9106 / OWASP), at most two computed at a time in this process. */
#ifndef APP_PASSWORD_H
#define APP_PASSWORD_H

#include "base/ctx.h"

#define PASSWORD_MIN 8   /* characters */
#define PASSWORD_MAX 128 /* characters */

/* The gate before Argon2: two inside, a bounded queue before it. */
struct password_gate;

/* Outlives all its users; freed by password_gate_free (NULL allowed). */
struct password_gate *password_gate_new(void);
void password_gate_free(struct password_gate *g);

/* What everybody knows of the owner; any part may be empty. */
struct password_about {
    struct str login, name, email, company;
    size_t least; /* characters the company asks for; 0: PASSWORD_MIN */
};

/* Is the password fit for use? Length, not built around login, name, e-mail or
 * company, not what others would try first: common ones and their variants,
 * pinyin names with a birthday, dates, mobile numbers, runs, keyboard walks
 * (password_rules.c). ERR_INVALID on `field` with what is wrong. */
enum err password_check(struct ctx *c, const char *field, struct str password,
                        const struct password_about *about) MUST_CHECK;

/* Text form of the hash, in c->arena. ERR_BUSY when too many wait. */
enum err password_hash(struct ctx *c, struct password_gate *g,
                       struct str password, struct str *out) MUST_CHECK;

/* Does the password belong to the hash? An empty hash (no such user) costs the
 * same time and is never right. ERR_BUSY when too many wait. */
enum err password_verify(struct ctx *c, struct password_gate *g,
                         struct str password, struct str hash,
                         bool *out) MUST_CHECK;

#endif
