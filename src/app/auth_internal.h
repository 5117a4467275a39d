/* Shared by the auth_*.c files only. */
#ifndef APP_AUTH_INTERNAL_H
#define APP_AUTH_INTERNAL_H

#include "app/auth.h"

#include "base/hash.h"

#include <pthread.h>

#define AUTH_SLOTS 1024 /* identities remembered; a power of two */
#define AUTH_FRESH_MS                                                          \
    800                      /* how long an identity is believed: end of a     \
                                session within a second on every server */
#define AUTH_TOUCH_MS 300000 /* last use is noted this often */
#define AUTH_CODE_MAX 40

/* An identity as read from the database. In its own arena, with a count of its
 * users; never changed once it is in a slot. */
struct identity {
    struct auth *auth;
    struct arena *arena;
    int users;      /* under auth->lock */
    struct str key; /* hash of the token */
    int64_t read_ms;
    int64_t registry_version; /* of the entities it was read for */
    const struct actor *actor;
};

struct auth {
    struct arena *arena;
    struct password_gate *gate;
    pthread_mutex_t lock; /* slots, users of identities, code */
    struct identity *slots[AUTH_SLOTS];
    char code[AUTH_CODE_MAX]; /* empty: none, or used */
};

/* Hexadecimal SHA-256 of a token, in c->arena. */
struct str auth_hash(struct ctx *c, struct str token);
/* 256 random bits as base64url. */
struct str auth_random_text(struct ctx *c);
/* Where failures of the second step are counted: of one user, wherever he is,
 * because only who has the password can cause them. */
struct str auth_second_key(struct ctx *c, int64_t user_id);
/* Forgets all identities before their second is over: after sign-out. */
void auth_forget_all(struct auth *a);

#endif
