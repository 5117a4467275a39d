/* Hashes of passwords. Owns the gate: a counter under a mutex, so
 * that a burst of sign-ins can't take all memory (19 MiB each) or all cores.
 * Any thread. */
#include "app/password.h"

#include "base/die.h"

#include <pthread.h>
#include <sodium.h>

#define ARGON_OPS 2
#define ARGON_MEM (19456UL * 1024)
#define AT_ONCE 2
#define MAX_WAITING 64

struct password_gate {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int running, waiting;
    struct arena *arena;
};

/* What a sign-in with an unknown login is compared with: the same cost, a
 * random hash that no known password has. */
static const char nobody[] =
    "$argon2id$v=19$m=19456,t=2,p=1$wggG08GeoIiVPD44VcPjEQ$JT1Yxf"
    "pgJODcL3VeF5nr1YcV7PwdwICnTj9yURPurJk";

struct password_gate *password_gate_new(void) {
    struct arena *a = arena_new();
    struct password_gate *g = NEW(a, struct password_gate);
    g->arena = a;
    if (sodium_init() < 0 || pthread_mutex_init(&g->lock, NULL) != 0 ||
        pthread_cond_init(&g->freed, NULL) != 0)
        die("can't set up password hashing");
    return g;
}

void password_gate_free(struct password_gate *g) {
    if (g == NULL)
        return;
    pthread_mutex_destroy(&g->lock);
    pthread_cond_destroy(&g->freed);
    arena_free(g->arena);
}

static enum err enter(struct ctx *c, struct password_gate *g) {
    pthread_mutex_lock(&g->lock);
    bool full = g->waiting >= MAX_WAITING;
    if (!full) {
        g->waiting++;
        while (g->running >= AT_ONCE)
            pthread_cond_wait(&g->freed, &g->lock);
        g->waiting--;
        g->running++;
    }
    pthread_mutex_unlock(&g->lock);
    return full ? fail(c, ERR_BUSY, "", "busy") : OK;
}

static void leave(struct password_gate *g) {
    pthread_mutex_lock(&g->lock);
    g->running--;
    pthread_cond_signal(&g->freed);
    pthread_mutex_unlock(&g->lock);
}

enum err password_hash(struct ctx *c, struct password_gate *g,
                       struct str password, struct str *out) {
    char *text = arena_alloc(c->arena, crypto_pwhash_STRBYTES);
    TRY(enter(c, g));
    int bad = crypto_pwhash_str_alg(text, password.p, password.n, ARGON_OPS,
                                    ARGON_MEM, crypto_pwhash_ALG_ARGON2ID13);
    leave(g);
    if (bad != 0) /* only for want of memory */
        return fail(c, ERR_BUSY, "", "busy");
    *out = str_of(text);
    return OK;
}

enum err password_verify(struct ctx *c, struct password_gate *g,
                         struct str password, struct str hash, bool *out) {
    const char *text = hash.n > 0 ? str_cstr(c->arena, hash) : nobody;
    TRY(enter(c, g));
    /* libsodium takes no NULL, not even of no length. */
    int bad = crypto_pwhash_str_verify(text, password.n > 0 ? password.p : "",
                                       password.n);
    leave(g);
    *out = bad == 0 && hash.n > 0;
    return OK;
}
