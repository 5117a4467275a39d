/* The context every call carries, from the dispatcher down: memory, database
 * connection, who asks, which language, what time it is, what went wrong.
 * One thread owns it at a time. Other layers' types are only named here. */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/val.h"
#include "base/vec.h"

struct db_conn;   /* db/db.h */
struct store;     /* store/store.h */
struct registry;  /* store/registry.h */
struct actor;     /* store/actor.h */
struct zone;      /* base/time.h */
struct long_work; /* base/long_work.h */

enum lang { LANG_ZH, LANG_EN, LANG_COUNT };

/* One thing that is wrong. field is empty when it concerns the whole. code is
 * a message id of locale/; args fill its {0}, {1} … */
struct problem {
    struct str field;
    struct str code;
    struct val args[3];
};

struct ctx {
    struct arena *arena;
    struct db_conn *db; /* NULL when there is none at this place */
    struct store *store;
    const struct registry *registry;
    const struct actor *actor; /* NULL before sign-in */
    const struct zone *zone;   /* the company's time zone */
    enum lang lang;
    int64_t now_ms;                      /* UTC */
    void (*random)(void *out, size_t n); /* cryptographic */
    struct str request_id;
    enum err failed; /* of the first fail() */
    VEC(struct problem) problems;
    bool hasty; /* what takes long is begun again elsewhere: fail, no second
                   best */
    int64_t parent_at_work; /* record whose children come in one write: their
                               hooks leave it to who writes them; 0: none */
    struct long_work *work; /* a job or command watched; may be NULL */
};

/* A context for work that no request started: real clock and randomness,
 * Chinese, UTC, no database. */
void ctx_init(struct ctx *c, struct arena *a);

/* Reads the clock again: long work does so at each step. */
void ctx_now(struct ctx *c);

/* Notes what is wrong and returns e, so that one writes
 *     return fail(c, ERR_INVALID, "amount", "too_small");
 * field and code are copied. */
enum err fail(struct ctx *c, enum err e, const char *field,
              const char *code) MUST_CHECK;

/* The same with values for the message (at most three) and slices. */
enum err failv(struct ctx *c, enum err e, struct str field, const char *code,
               struct args args) MUST_CHECK;

/* Forgets what was noted: before the same work is tried again. */
void fail_clear(struct ctx *c);

/* Moves what was noted into the arena a: before the one it was noted in (a
 * batch's) is reset. */
void fail_keep(struct ctx *c, struct arena *a);

/* Takes over what another context noted, copied into c's arena: when work was
 * done with a context of its own. */
void fail_move(struct ctx *c, const struct ctx *from);

/* Validation notes several problems with fail() and ends with this: OK, or the
 * first error noted. */
enum err fail_any(const struct ctx *c) MUST_CHECK;

#endif
