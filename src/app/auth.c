/* Identities: from cookie or token to actor, remembered for a second. Owns
 * struct auth. Any thread; the lock is held for pointer work only. An identity
 * in use is never changed, it is replaced and freed by its last user. */
#include "app/auth_internal.h"

#include "app/settings.h"
#include "base/die.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/registry.h"
#include "store/session.h"
#include "store/store.h"

#include <sodium.h>

#define TOKEN_MAX 128

struct auth *auth_new(void) {
    struct arena *arena = arena_new();
    struct auth *a = NEW(arena, struct auth);
    a->arena = arena;
    a->gate = password_gate_new();
    if (pthread_mutex_init(&a->lock, NULL) != 0)
        die("can't make a mutex");
    return a;
}

void auth_free(struct auth *a) {
    if (a == NULL)
        return;
    auth_forget_all(a);
    password_gate_free(a->gate);
    pthread_mutex_destroy(&a->lock);
    sodium_memzero(a->code, sizeof a->code);
    arena_free(a->arena);
}

struct str auth_hash(struct ctx *c, struct str token) {
    return hash_sha256_hex(c->arena, token);
}

struct str auth_random_text(struct ctx *c) {
    char bytes[32];
    c->random(bytes, sizeof bytes);
    return base64url_text(c->arena, (struct str){bytes, sizeof bytes});
}

/* --- the memory of one second --------------------------------------------- */

static struct identity **slot_of(struct auth *a, struct str hash) {
    size_t at =
        ((size_t)(unsigned char)hash.p[0] << 8 | (unsigned char)hash.p[1]) %
        AUTH_SLOTS;
    return &a->slots[at];
}

static void release(void *arg) {
    struct identity *id = arg;
    struct auth *a = id->auth;
    pthread_mutex_lock(&a->lock);
    bool last = --id->users == 0;
    pthread_mutex_unlock(&a->lock);
    if (last)
        arena_free(id->arena);
}

/* Puts id (or nothing) into the slot in place of what is there. */
static void put_slot(struct auth *a, struct identity **slot,
                     struct identity *id) {
    pthread_mutex_lock(&a->lock);
    struct identity *old = *slot;
    *slot = id;
    if (id != NULL)
        id->users++;
    pthread_mutex_unlock(&a->lock);
    if (old != NULL)
        release(old);
}

static bool is_fresh(const struct ctx *c, const struct identity *id) {
    int64_t age_ms = c->now_ms - id->read_ms;
    return age_ms >= 0 && age_ms < AUTH_FRESH_MS &&
           id->registry_version == c->registry->version;
}

/* The remembered identity, held until c->arena is reset; NULL if none. */
static const struct identity *recall(struct ctx *c, struct auth *a,
                                     struct str hash) {
    pthread_mutex_lock(&a->lock);
    struct identity *id = *slot_of(a, hash);
    if (id != NULL && (!is_fresh(c, id) || !str_eq(hash, id->key)))
        id = NULL;
    if (id != NULL)
        id->users++;
    pthread_mutex_unlock(&a->lock);
    if (id != NULL)
        arena_defer(c->arena, release, id);
    return id;
}

static void remember(struct ctx *c, struct auth *a, struct str hash,
                     const struct actor *actor) {
    struct arena *arena = arena_new();
    struct identity *id = NEW(arena, struct identity);
    id->auth = a;
    id->arena = arena;
    id->read_ms = c->now_ms;
    id->registry_version = c->registry->version;
    id->actor = actor_copy(arena, actor, c->registry);
    id->key = str_dup(arena, hash);
    put_slot(a, slot_of(a, hash), id);
}

void auth_forget_all(struct auth *a) {
    for (size_t i = 0; i < AUTH_SLOTS; i++)
        put_slot(a, &a->slots[i], NULL);
}

/* --- last use ----------------------------------------------------------- */

struct touch {
    int64_t session_id, token_id;
};

static enum err touch_write(struct ctx *c, void *arg) {
    const struct touch *t = arg;
    if (t->session_id != 0)
        return session_touch(c, t->session_id);
    return api_token_touch(c, t->token_id);
}

static void touch_done(struct write_job *job) {
    arena_free(job->c->arena);
}

/* Notes the use without making the request wait. A note that can't be written
 * is left out: the next request will try again. */
static void touch(struct ctx *c, struct touch what) {
    struct arena *arena = arena_new();
    struct ctx *own = NEW(arena, struct ctx);
    struct touch *arg = NEW(arena, struct touch);
    *arg = what;
    ctx_init(own, arena);
    own->store = c->store;
    own->registry = store_registry(c->store, arena);
    own->zone = c->zone;
    own->now_ms = c->now_ms;
    if (!store_one_writer(c->store)) {
        own->db = c->db;
        if (touch_write(own, arg) != OK)
            fail_clear(own);
        arena_free(arena);
        return;
    }
    struct write_job *job = NEW(arena, struct write_job);
    job->c = own;
    job->fn = touch_write;
    job->arg = arg;
    job->lane = LANE_INTERACTIVE;
    job->done = touch_done;
    if (store_write_async(c->store, job) != OK)
        arena_free(arena);
}

/* --- from token to actor ------------------------------------------------ */

static enum err nobody(struct ctx *c) {
    return fail(c, ERR_UNAUTHENTICATED, "", "sign_in_required");
}

static enum err read_session(struct ctx *c, struct str hash, bool passive,
                             struct actor **out) {
    struct session s;
    bool found;
    int64_t idle_hours;
    TRY(session_find(c, hash, &s, &found));
    if (!found || s.expires_at <= c->now_ms)
        return nobody(c);
    TRY(settings_i64(c, SETTING_SESSION_IDLE_HOURS, &idle_hours));
    if (c->now_ms - s.seen_at > idle_hours * HOUR_MS)
        return nobody(c);
    TRY(actor_load(c, s.user_id, out));
    (*out)->session_id = s.id;
    if (!passive && c->now_ms - s.seen_at > AUTH_TOUCH_MS)
        touch(c, (struct touch){.session_id = s.id});
    return OK;
}

static enum err read_token(struct ctx *c, struct str hash, bool passive,
                           struct actor **out) {
    struct api_token t;
    bool found;
    TRY(api_token_find(c, hash, &t, &found));
    if (!found || t.revoked_at != 0 ||
        t.expires_on < zone_day(c->zone, c->now_ms))
        return nobody(c);
    TRY(actor_load(c, t.user_id, out));
    (*out)->token_id = t.id;
    if (!passive && c->now_ms - t.used_at > AUTH_TOUCH_MS)
        touch(c, (struct touch){.token_id = t.id});
    return OK;
}

static enum err check_csrf(struct ctx *c, const struct auth_input *in) {
    if (in->bearer.n > 0 || !in->is_write)
        return OK;
    if (!hash_same(auth_csrf(c, in->session), in->csrf))
        return fail(c, ERR_FORBIDDEN, "", "csrf_failed");
    return OK;
}

enum err auth_identify(struct ctx *c, struct auth *a,
                       const struct auth_input *in, const struct actor **out) {
    bool by_token = in->bearer.n > 0;
    struct str token = by_token ? in->bearer : in->session;
    if (token.n == 0 || token.n > TOKEN_MAX)
        return nobody(c);
    struct str hash = auth_hash(c, token);
    const struct identity *id = recall(c, a, hash);
    if (id != NULL) {
        *out = id->actor;
    } else {
        struct actor *actor;
        TRY(store_follow_registry(c));
        TRY(by_token ? read_token(c, hash, in->passive, &actor)
                     : read_session(c, hash, in->passive, &actor));
        /* Another server may have changed it: no older than an identity. */
        TRY(store_reload_zone(c));
        c->zone = store_zone(c->store);
        remember(c, a, hash, actor);
        *out = actor;
    }
    /* A cookie is no bearer token and the other way round: their hashes are
     * looked up in different tables, but a remembered one must match too. */
    if (((*out)->token_id != 0) != by_token)
        return nobody(c);
    return check_csrf(c, in);
}

struct str auth_csrf(struct ctx *c, struct str session_token) {
    static const char what[] = "guanxi csrf";
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state st;
    crypto_auth_hmacsha256_init(&st, (const unsigned char *)session_token.p,
                                session_token.n);
    crypto_auth_hmacsha256_update(&st, (const unsigned char *)what,
                                  sizeof what - 1);
    crypto_auth_hmacsha256_final(&st, mac);
    return base64url_text(c->arena, (struct str){(char *)mac, sizeof mac});
}
