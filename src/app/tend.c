/* The thread of a tend. Owns: the thread, its connection, two arenas (its own
 * for life, one that is reset after each round). A lost connection is opened
 * anew at the next round. */
#include "app/tend.h"

#include "base/die.h"
#include "base/log.h"
#include "store/registry.h"
#include "store/store.h"

#include <pthread.h>
#include <time.h>

#define COMPLAIN_MS 60000

struct tend {
    struct arena *own, *arena;
    struct store *store;
    const char *name;
    int every_ms;
    tend_fn fn;
    void *state;
    struct db_conn *conn; /* NULL while the database is away */
    pthread_t thread;
    pthread_mutex_t lock; /* for the condition */
    pthread_cond_t wake;
    atomic_bool stop;
    int64_t complained_ms;
    struct log log;
};

static bool connected(struct tend *t, struct ctx *c) {
    enum db_role role = store_one_writer(t->store) ? DB_READER : DB_WRITER;
    if (t->conn == NULL &&
        db_connect(c, store_db(t->store), role, &t->conn) != OK)
        t->conn = NULL;
    c->db = t->conn;
    return t->conn != NULL;
}

static void complain(struct tend *t, const struct ctx *c, enum err e) {
    if (c->now_ms - t->complained_ms < COMPLAIN_MS)
        return;
    t->complained_ms = c->now_ms;
    struct str code =
        c->problems.n > 0 ? c->problems.p[0].code : str_of(err_code(e));
    LOG(&t->log, LEVEL_ERROR, t->name, {"code", V(code)});
}

/* True when another round is to follow at once. */
static bool round_of(struct tend *t) {
    struct ctx c;
    bool again = false;
    ctx_init(&c, t->arena);
    c.store = t->store;
    c.registry = store_registry(t->store, t->arena);
    c.zone = store_zone(t->store);
    enum err e = ERR_UNAVAILABLE;
    if (connected(t, &c)) {
        e = t->fn(&c, t->state, &t->stop, &again);
        db_detach(&c);
    }
    if (e != OK && !atomic_load(&t->stop))
        complain(t, &c, e);
    if (e == ERR_UNAVAILABLE) {
        db_disconnect(t->conn);
        t->conn = NULL;
    }
    arena_reset(t->arena);
    return e == OK && again;
}

static void rest(struct tend *t) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + (int64_t)t->every_ms * 1000000;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&t->lock);
    int rc = 0;
    while (!atomic_load(&t->stop) && rc == 0)
        rc = pthread_cond_timedwait(&t->wake, &t->lock, &until);
    pthread_mutex_unlock(&t->lock);
}

static void *run(void *arg) {
    struct tend *t = arg;
    while (!atomic_load(&t->stop))
        if (!round_of(t))
            rest(t);
    return NULL;
}

struct tend *tend_start(struct store *s, const char *name, int every_ms,
                        tend_fn fn, void *state) {
    struct arena *own = arena_new();
    struct tend *t = NEW(own, struct tend);
    t->own = own;
    t->arena = arena_new();
    t->store = s;
    t->name = name;
    t->every_ms = every_ms;
    t->fn = fn;
    t->state = state;
    log_init(&t->log);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
    if (pthread_create(&t->thread, NULL, run, t) != 0)
        die("can't start a thread");
    return t;
}

void tend_stop(struct tend *t) {
    if (t == NULL)
        return;
    pthread_mutex_lock(&t->lock);
    atomic_store(&t->stop, true);
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    db_disconnect(t->conn);
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->lock);
    arena_free(t->arena);
    arena_free(t->own);
}
