/* Opens a company: database, schema check, registry, time zone, secret, lock
 * and writer. Owns all of them until store_close; after opening only the
 * writer changes state, and the zone when its setting has changed: zones no
 * longer in force stay, requests under way may use them. */
#include "store/store.h"

#include "base/die.h"
#include "base/time.h"
#include "base/zone.h"
#include "db/lock.h"
#include "db/migrate.h"
#include "store/custom_field.h"
#include "store/kept.h"
#include "store/kept_ids.h"
#include "store/key.h"
#include "store/memo.h"
#include "store/mirror.h"
#include "store/registry.h"
#include "store/writer.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define RETRIES 3
#define FULL_FOR_US 5000000

/* A registry, freed by its last user; being in force counts as one. */
struct snapshot {
    struct arena *arena;
    struct registry *registry;
    atomic_int users;
};

/* See store_ask_restore. */
struct asked {
    struct str backup, by;
};

struct store {
    struct arena *arena; /* what lives as long as the store */
    struct db *db;
    struct db_conn *conn; /* of the opening thread */
    struct db_lock *lock;
    struct writer *writer;         /* SQLite in STORE_WRITE, else NULL */
    pthread_mutex_t registry_lock; /* the pointer alone */
    pthread_mutex_t loading;       /* one makes a new one; statements */
    struct snapshot *now;
    struct arena *statements; /* of all registries there have been */
    const struct hooks *hooks;
    _Atomic(const struct zone *) zone;
    pthread_mutex_t zone_lock; /* arena, by those who change the zone or ask */
    _Atomic(const struct asked *) asked;
    bool one_writer;
    struct store_watcher watcher;
    unsigned char secret[32];
    struct memo *memo; /* counts of lists */
    struct kept *kept; /* the newest grading */
    struct kept_ids *kept_ids;
    struct mirror *mirror;
    unsigned char key[KEY_BYTES];
    bool has_key;
};

SQL(Q_SETTING, "SELECT value FROM setting WHERE key = $1");
SQL(Q_SETTING_NEW, "INSERT INTO setting (key, value) VALUES ($1, $2) "
                   "ON CONFLICT (key) DO NOTHING");

static void let_go(void *snapshot);

static enum err read_setting(struct ctx *c, struct str key, struct str *out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_SETTING, ARGS(V(key)), &r, &found));
    *out = found ? row_str(r, 0) : (struct str){0};
    return OK;
}

static enum err load_zone(struct ctx *c, struct store *s) {
    struct str name;
    TRY(read_setting(c, S("company.zone"), &name));
    if (name.n == 0)
        name = S("Asia/Shanghai");
    const struct zone *now = atomic_load(&s->zone), *zone;
    if (now != NULL && str_eq(now->name, name))
        return OK;
    struct arena *own = c->arena;
    pthread_mutex_lock(&s->zone_lock);
    c->arena = s->arena;
    enum err e = zone_load(c, name, &zone);
    c->arena = own;
    pthread_mutex_unlock(&s->zone_lock);
    if (e == OK)
        atomic_store(&s->zone, zone);
    return e;
}

enum err store_reload_zone(struct ctx *c) {
    return load_zone(c, c->store);
}

static enum err write_secret(struct ctx *c, void *arg) {
    unsigned char *secret = arg;
    char hex[65];
    c->random(secret, 32);
    sodium_bin2hex(hex, sizeof hex, secret, 32);
    return db_exec(c, &Q_SETTING_NEW, ARGS(V("company.secret"), V(str_of(hex))),
                   NULL);
}

/* Made once; several servers starting together agree by reading it back. */
static enum err load_secret(struct ctx *c, struct store *s,
                            enum store_mode mode) {
    for (int tries = 0; tries < 2; tries++) {
        struct str hex;
        size_t n = 0;
        TRY(read_setting(c, S("company.secret"), &hex));
        if (hex.n == 64 &&
            sodium_hex2bin(s->secret, 32, hex.p, hex.n, NULL, &n, NULL) == 0)
            return OK;
        if (mode == STORE_READ) {
            c->random(s->secret, 32);
            return OK;
        }
        TRY(store_write(c, LANE_INTERACTIVE, write_secret, s->secret));
    }
    return fail(c, ERR_INTERNAL, "", "internal");
}

static enum err check_schema(struct ctx *c) {
    struct migrate_state m;
    TRY(migrate_status(c, migration_files, &m));
    if (m.pending > 0)
        return failv(c, ERR_CONFLICT, S(""), "schema_old",
                     ARGS(V(m.current), V(m.newest)));
    return OK;
}

static enum err open_parts(struct ctx *c, struct str url, enum store_mode mode,
                           const struct hooks *hooks, struct store *s) {
    TRY(db_open(c, url, &s->db));
    s->one_writer = str_eqc(str_of(db_engine(s->db)), "sqlite");
    if (mode == STORE_WRITE && s->one_writer)
        TRY(db_lock_acquire(c, db_path(s->db), S(""), &s->lock, NULL));
    /* The writer opens first and alone: after a kill the log is recovered by
     * one connection (threads.md, trap 6). */
    if (mode == STORE_WRITE && s->one_writer)
        TRY(writer_start(c, s->db, &s->watcher, &s->writer));
    bool direct = mode == STORE_WRITE && !s->one_writer;
    TRY(db_connect(c, s->db, direct ? DB_WRITER : DB_READER, &s->conn));
    c->db = s->conn;
    TRY(check_schema(c));
    s->hooks = hooks;
    TRY(store_follow_registry(c));
    TRY(load_zone(c, s));
    c->zone = store_zone(s);
    TRY(key_load(c, db_path(s->db), mode == STORE_WRITE, s->key, &s->has_key));
    TRY(load_secret(c, s, mode));
    s->memo = memo_new(s->arena, s->secret);
    return OK;
}

enum err store_open(struct ctx *c, struct str url, enum store_mode mode,
                    const struct hooks *hooks, struct store **out) {
    struct store *s = calloc(1, sizeof *s);
    if (s == NULL)
        die("out of memory");
    s->mirror = mirror_new();
    s->arena = arena_new();
    s->kept = kept_new(s->arena);
    s->kept_ids = kept_ids_new(s->arena);
    s->statements = arena_new();
    pthread_mutex_init(&s->zone_lock, NULL);
    pthread_mutex_init(&s->registry_lock, NULL);
    pthread_mutex_init(&s->loading, NULL);
    pthread_mutex_init(&s->watcher.lock, NULL);
    c->store = s;
    enum err e = open_parts(c, url, mode, hooks, s);
    if (e != OK) {
        c->store = NULL;
        c->db = NULL;
        store_close(s);
        return e;
    }
    *out = s;
    return OK;
}

void store_close(struct store *s) {
    if (s == NULL)
        return;
    db_disconnect(s->conn);
    /* only who may write the database writes beside it */
    mirror_free(s->mirror, s->writer != NULL ? db_path(s->db) : S(""));
    writer_stop(s->writer);
    db_close(s->db);
    db_lock_release(s->lock);
    memo_free(s->memo);
    kept_free(s->kept);
    kept_ids_free(s->kept_ids);
    pthread_mutex_destroy(&s->zone_lock);
    pthread_mutex_destroy(&s->registry_lock);
    pthread_mutex_destroy(&s->loading);
    if (s->now != NULL)
        let_go(s->now);
    arena_free(s->statements);
    pthread_mutex_destroy(&s->watcher.lock);
    arena_free(s->arena);
    sodium_memzero(s->key, sizeof s->key);
    free(s);
}

struct mirror *store_mirror(const struct store *s) {
    return s->mirror;
}

struct db *store_db(const struct store *s) {
    return s->db;
}

/* --- the registry in force ---------------------------------------------- */

static void let_go(void *arg) {
    struct snapshot *n = arg;
    if (atomic_fetch_sub(&n->users, 1) == 1)
        arena_free(n->arena);
}

const struct registry *store_registry(struct store *s, struct arena *a) {
    pthread_mutex_lock(&s->registry_lock);
    struct snapshot *n = s->now;
    atomic_fetch_add(&n->users, 1);
    pthread_mutex_unlock(&s->registry_lock);
    arena_defer(a, let_go, n);
    return n->registry;
}

static void put_snapshot(struct store *s, struct snapshot *n) {
    pthread_mutex_lock(&s->registry_lock);
    struct snapshot *old = s->now;
    s->now = n;
    pthread_mutex_unlock(&s->registry_lock);
    if (old != NULL)
        let_go(old);
}

/* Under s->loading. The version is read first: rows newer than it only mean
 * that the next look loads again. */
static enum err load_registry(struct ctx *c, struct store *s,
                              const struct registry *before) {
    struct arena *own = c->arena, *a = arena_new();
    struct custom_fields fields;
    int64_t version;
    c->arena = a;
    enum err e = custom_field_version(c, &version);
    if (e == OK)
        e = custom_field_all(c, &fields);
    c->arena = own;
    if (e != OK) {
        fail_keep(c, own);
        arena_free(a);
        return e;
    }
    const struct model *m = custom_field_model(a, &builtin_model, &fields);
    struct snapshot *n = NEW(a, struct snapshot);
    n->arena = a;
    atomic_init(&n->users, 1);
    n->registry = registry_next(a, s->statements, m, s->hooks, before);
    n->registry->version = version;
    put_snapshot(s, n);
    return OK;
}

enum err store_follow_registry(struct ctx *c) {
    struct store *s = c->store;
    int64_t version;
    TRY(custom_field_version(c, &version));
    if (c->registry != NULL && c->registry->version == version)
        return OK;
    pthread_mutex_lock(&s->loading);
    const struct registry *now = NULL;
    if (s->now != NULL)
        now = store_registry(s, c->arena);
    enum err e = OK;
    if (now == NULL || now->version < version)
        e = load_registry(c, s, now);
    pthread_mutex_unlock(&s->loading);
    if (e == OK)
        c->registry = store_registry(s, c->arena);
    return e;
}

const struct zone *store_zone(const struct store *s) {
    return atomic_load(&s->zone);
}

bool store_one_writer(const struct store *s) {
    return s->one_writer;
}

struct str store_socket(struct arena *a, const struct store *s) {
    struct str path = db_path(s->db);
    return path.n == 0 ? path : str_cat(a, path, S(".sock"));
}

void store_announce(struct ctx *c, struct store *s, bool listening) {
    if (s->lock != NULL)
        db_lock_tell(c, s->lock, listening ? store_socket(c->arena, s) : S(""));
}

struct writer *store_writer(const struct store *s) {
    return s->writer;
}

bool store_read_only(const struct store *s) {
    return s->writer != NULL && writer_broken(s->writer);
}

void store_ask_restore(struct store *s, struct str backup, struct str by) {
    pthread_mutex_lock(&s->zone_lock);
    struct asked *a = NEW(s->arena, struct asked);
    *a = (struct asked){str_dup(s->arena, backup), str_dup(s->arena, by)};
    if (atomic_load(&s->asked) == NULL)
        atomic_store(&s->asked, a);
    pthread_mutex_unlock(&s->zone_lock);
}

bool store_restore_asked(const struct store *s, struct str *backup,
                         struct str *by) {
    const struct asked *a = atomic_load(&s->asked);
    if (a == NULL)
        return false;
    *backup = a->backup;
    *by = a->by;
    return true;
}

SQL(Q_PING, "SELECT count(*) FROM registry_version");

enum err store_ready(struct ctx *c) {
    int64_t n;
    if (store_read_only(c->store))
        return fail(c, ERR_UNAVAILABLE, "", "read_only");
    int64_t full_us = atomic_load(&c->store->watcher.full_us);
    if (full_us != 0 && clock_monotonic_us() - full_us < FULL_FOR_US)
        return fail(c, ERR_UNAVAILABLE, "", "storage_full");
    return db_i64(c, &Q_PING, NO_ARGS, 0, &n);
}

void store_figures(struct store *s, struct store_figures *out) {
    *out = (struct store_figures){0};
    if (s->writer != NULL)
        writer_figures(s->writer, out);
}

uint64_t store_awaited(const struct store *s) {
    return s->writer == NULL ? 0 : writer_awaited(s->writer);
}

uint64_t store_version(const struct store *s) {
    return s->writer == NULL ? 0 : writer_version(s->writer);
}

struct memo *store_memo(const struct store *s) {
    return s->memo;
}

struct kept *store_kept(const struct store *s) {
    return s->kept;
}

struct kept_ids *store_kept_ids(const struct store *s) {
    return s->kept_ids;
}

const unsigned char *store_secret(const struct store *s) {
    return s->secret;
}

const unsigned char *store_key(const struct store *s) {
    return s->has_key ? s->key : NULL;
}

bool store_crowded(const struct store *s, int64_t wait_us) {
    return s->writer != NULL && writer_crowded(s->writer, wait_us);
}

enum err store_write_async(struct store *s, struct write_job *job) {
    return writer_put(s->writer, job);
}

void store_watch(struct store *s, void (*fn)(void *arg), void *arg) {
    pthread_mutex_lock(&s->watcher.lock);
    s->watcher.fn = fn;
    s->watcher.arg = arg;
    pthread_mutex_unlock(&s->watcher.lock);
}

void watcher_full(struct store_watcher *w, bool full) {
    int64_t since = full ? clock_monotonic_us() : 0;
    if (full || atomic_load(&w->full_us) != 0)
        atomic_store(&w->full_us, since);
}

void watcher_tell(struct store_watcher *w) {
    pthread_mutex_lock(&w->lock);
    if (w->fn != NULL)
        w->fn(w->arg);
    pthread_mutex_unlock(&w->lock);
}

/* --- waiting for a write ------------------------------------------------ */

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool done;
};

static void wake(struct write_job *job) {
    struct waiter *w = job->user;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

static enum err write_queued(struct ctx *c, enum write_lane lane, write_fn fn,
                             void *arg) {
    struct waiter w = {.done = false};
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.wake, NULL);
    struct write_job job = {
        .c = c, .fn = fn, .arg = arg, .lane = lane, .done = wake, .user = &w};
    enum err e = writer_put(c->store->writer, &job);
    if (e == OK) {
        pthread_mutex_lock(&w.lock);
        while (!w.done)
            pthread_cond_wait(&w.wake, &w.lock);
        pthread_mutex_unlock(&w.lock);
        e = job.result;
    }
    pthread_cond_destroy(&w.wake);
    pthread_mutex_destroy(&w.lock);
    return e;
}

static enum err write_once(struct ctx *c, write_fn fn, void *arg) {
    TRY(db_begin(c));
    enum err e = fn(c, arg);
    if (e != OK) {
        db_rollback(c);
        return e;
    }
    TRY(db_commit(c));
    watcher_tell(&c->store->watcher);
    return OK;
}

bool store_write_refused(const struct ctx *c) {
    return db_failed(c->db);
}

enum err store_write(struct ctx *c, enum write_lane lane, write_fn fn,
                     void *arg) {
    if (c->store->one_writer) {
        if (c->store->writer == NULL)
            return fail(c, ERR_UNAVAILABLE, "", "read_only");
        return write_queued(c, lane, fn, arg);
    }
    enum err e = OK;
    for (int i = 0; i <= RETRIES; i++) {
        fail_clear(c);
        e = write_once(c, fn, arg);
        if (e != ERR_RETRY)
            break;
    }
    if (e == OK || e == ERR_FULL)
        watcher_full(&c->store->watcher, e == ERR_FULL);
    return e;
}
