/* The running company. Owns the HTTP server, the worker pool and the loop
 * threads' reader connections. A request belongs to one thread at a time:
 *   loop thread → (SQLite, cheap read) answered there, under a 2 ms budget
 *               → suspended → worker pool or writer → resumed
 * On PostgreSQL every request goes to a pool (DESIGN C1): reads that mostly are
 * short to one of their own, and from there, when they are not, to that of all
 * others. */
#include "api/server.h"

#include "api/dispatch.h"
#include "api/events.h"
#include "api/identify.h"
#include "api/limit.h"
#include "api/meter.h"
#include "app/job.h"
#include "app/mailer.h"
#include "app/sealer.h"
#include "app/settings.h"
#include "base/die.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/log_queue.h"
#include "base/settle.h"
#include "base/thread.h"
#include "base/time.h"
#include "base/work.h"
#include "http/server.h"
#include "store/registry.h"
#include "store/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKERS 4
#define WORKER_NICE 10
#define POOL_QUEUE 1000
#define PROMPT_WORKERS 2 /* for reads that mostly are short */
#define HASHERS 2        /* Argon2 at a time: 19 MiB and a core each */
#define HASH_QUEUE 64    /* about two seconds of waiting; then 503 */
#define LOOPS_MAX 64
#define RUNNERS 2
#define STOP_GRACE_MS 5000
#define READ_ONLY_GRACE_MS 5000
#define LOOK_MS 50
#define SETTLE_MS 1000 /* the other threads have started by then */
/* Who follows the job that asked for a restore hears that it is done. */
#define LEAVE_MS 1500
#define LATE_SAMPLE 8
#define LATE_US 100000

struct loop_conn {
    pthread_t thread;
    struct db_conn *conn;
};

struct server {
    struct store *store;
    const struct server_options *options;
    struct http_server *http;
    struct work_pool *pool;
    struct work_pool *prompt;
    struct work_pool *hashers;
    struct tend *mailer, *sealer;
    struct jobs *jobs;
    struct limits *limits;
    struct events *events;
    struct arena *arena;
    struct log log;
    pthread_mutex_t lock; /* loops */
    struct loop_conn loops[LOOPS_MAX];
    size_t n_loops;
    uint64_t first_id; /* of requests; random */
    _Atomic uint64_t n_ids, n_slow;
    _Atomic int64_t slow[512];     /* see server_slow */
    _Atomic int64_t late_until_us; /* monotonic; see server_is_late */
    struct meter *meter;
    int64_t started_ms; /* UTC */
    atomic_bool https;  /* the company's public address is */
};

struct meter *server_meter(const struct server *s) {
    return s->meter;
}

struct auth *server_auth(const struct server *s) {
    return s->options->auth;
}

struct jobs *server_jobs(const struct server *s) {
    return s->jobs;
}

struct limits *server_limits(const struct server *s) {
    return s->limits;
}

struct events *server_events(const struct server *s) {
    return s->events;
}

const struct server_options *server_options(const struct server *s) {
    return s->options;
}

void server_figures(struct server *s, struct server_figures *out) {
    meter_totals(s->meter, out->answers);
    out->connections = (uint64_t)http_connections(s->http);
    out->streams = (uint64_t)http_streams(s->http);
    out->pooled = work_queued(s->pool) + work_queued(s->prompt);
    out->slow = atomic_load(&s->n_slow);
    out->workers = s->options->workers > 0 ? s->options->workers : WORKERS;
    out->started_ms = s->started_ms;
}

bool server_secure(struct server *s, const struct http_request *rq) {
    return atomic_load(&s->https) ||
           identify_secure(rq, s->options->trusted_proxy);
}

/* Settings may change on another server too. */
static enum err read_https(struct ctx *c, struct server *s) {
    struct str url;
    TRY(settings_text(c, SETTING_COMPANY_PUBLIC_URL, &url));
    atomic_store(&s->https, str_starts(url, S("https://")));
    return OK;
}

static enum err post_round(struct ctx *c, void *state, atomic_bool *stop,
                           bool *again) {
    TRY(read_https(c, state));
    return mailer_round(c, NULL, stop, again);
}

struct store *server_store(const struct server *s) {
    return s->store;
}

const struct log *server_log(const struct server *s) {
    return &s->log;
}

/* Counted on from a random place in steps that reach every number, so that
 * neighbours do not look alike. */
struct str server_request_id(struct server *s, struct arena *a) {
    uint64_t n = (s->first_id + atomic_fetch_add_explicit(
                                    &s->n_ids, 1, memory_order_relaxed)) *
                 0x9E3779B97F4A7C15u;
    return hex_text(a, (struct str){(const char *)&n, sizeof n});
}

/* The reader of the calling loop thread, opened at its first request. */
struct db_conn *server_loop_conn(struct server *s, struct ctx *c) {
    pthread_t me = pthread_self();
    struct db_conn *conn = NULL;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_loops; i++)
        if (pthread_equal(s->loops[i].thread, me))
            conn = s->loops[i].conn;
    pthread_mutex_unlock(&s->lock);
    if (conn != NULL)
        return conn;
    if (db_connect(c, store_db(s->store), DB_READER, &conn) != OK)
        return NULL;
    pthread_mutex_lock(&s->lock);
    if (s->n_loops == LOOPS_MAX)
        die("more than %d loop threads", LOOPS_MAX);
    s->loops[s->n_loops++] = (struct loop_conn){me, conn};
    pthread_mutex_unlock(&s->lock);
    return conn;
}

_Atomic int64_t *server_slow(struct server *s, uint64_t question) {
    return &s->slow[(question ^ question >> 32) % COUNT_OF(s->slow)];
}

bool server_is_late(struct server *s, const struct http_request *rq,
                    int64_t wait_us) {
    bool sampled =
        atomic_load_explicit(&s->n_ids, memory_order_relaxed) % LATE_SAMPLE ==
        0;
    int64_t until =
        atomic_load_explicit(&s->late_until_us, memory_order_relaxed);
    if (!sampled && (until == 0 || clock_monotonic_us() > until))
        return false;
    if (http_unread_ms(rq) * 1000 <= wait_us)
        return false;
    atomic_store_explicit(&s->late_until_us, clock_monotonic_us() + LATE_US,
                          memory_order_relaxed);
    return true;
}

bool server_put(struct server *s, const struct work *w) {
    atomic_fetch_add(&s->n_slow, 1);
    return work_put(s->pool, w);
}

bool server_put_prompt(struct server *s, const struct work *w) {
    return work_put(s->prompt, w);
}

bool server_put_hash(struct server *s, const struct work *w) {
    return work_put(s->hashers, w);
}

/* --- pool threads: one connection each ----------------------------------- */

/* Connects when there is something to do: a connection is half a megabyte. */
static void *worker_start(void *user) {
    struct server *s = user;
    struct worker *w = calloc(1, sizeof *w);
    if (w == NULL)
        die("out of memory");
    w->server = s;
    w->arena = arena_new();
    return w;
}

static void worker_stop(void *user, void *state) {
    struct worker *w = state;
    db_disconnect(w->conn);
    arena_free(w->arena);
    free(w);
}

/* A connection that could not be made (database away) is tried again at the
 * next request. */
bool worker_connect(struct worker *w) {
    if (w->conn != NULL)
        return true;
    struct ctx c;
    ctx_init(&c, w->arena);
    enum db_role role =
        store_one_writer(w->server->store) ? DB_READER : DB_WRITER;
    if (db_connect(&c, store_db(w->server->store), role, &w->conn) != OK)
        w->conn = NULL;
    arena_reset(w->arena);
    return w->conn != NULL;
}

/* --- life --------------------------------------------------------------- */

static void on_log(void *user, const char *line) {
    struct server *s = user;
    LOG(&s->log, LEVEL_WARN, "http", {"line", V(line)});
}

static void close_loops(struct server *s) {
    for (size_t i = 0; i < s->n_loops; i++)
        db_disconnect(s->loops[i].conn);
}

static enum err write_nothing(struct ctx *c, void *arg) {
    return OK;
}

/* Requests that were given up when the server stopped may still be in the
 * writer's queue, and they look at the server when they are through: a write
 * behind them waits for them. */
static void wait_for_writer(struct ctx *c, struct store *store) {
    if (store_one_writer(store) &&
        store_write(c, LANE_INTERACTIVE, write_nothing, NULL) != OK)
        fail_clear(c); /* read-only: what is queued is refused just as well */
}

/* Until somebody stops the server, or asks for another company in its place, or
 * its one writer has failed for good (DESIGN W2): then it reads on for a
 * moment, so that a supervisor or balancer asking /readyz sees why, and ends
 * with an error; what the file holds is recovered by the next start. */
static void wait_for_stop(const struct server *s) {
    int64_t left_ms = READ_ONLY_GRACE_MS, leave_ms = LEAVE_MS;
    int64_t settle_ms = SETTLE_MS;
    struct str name, by;
    while (!atomic_load(s->options->stop) && left_ms > 0 && leave_ms > 0) {
        usleep(LOOK_MS * 1000);
        settle_ms -= LOOK_MS;
        if (settle_ms == 0)
            settle();
        if (store_restore_asked(s->store, &name, &by))
            leave_ms -= LOOK_MS;
        if (!store_read_only(s->store))
            continue;
        if (left_ms == READ_ONLY_GRACE_MS)
            LOG(&s->log, LEVEL_ERROR, "writing has failed: ending soon",
                {"ms", V(left_ms)});
        left_ms -= LOOK_MS;
    }
}

/* What runs beside the loops: requests may come once it is there. */
static void start_threads(struct server *s, struct seal_place *place) {
    const struct server_options *o = s->options;
    s->pool = work_new(o->workers > 0 ? o->workers : WORKERS, WORKER_NICE,
                       POOL_QUEUE, worker_start, worker_stop, s);
    if (store_one_writer(s->store))
        work_together(s->pool, thread_processors());
    s->prompt =
        work_new(PROMPT_WORKERS, 0, POOL_QUEUE, worker_start, worker_stop, s);
    s->hashers = work_new(HASHERS, WORKER_NICE, HASH_QUEUE, worker_start,
                          worker_stop, s);
    s->mailer = tend_start(s->store, "mailer", MAILER_EVERY_MS, post_round, s);
    s->sealer =
        tend_start(s->store, "sealer", SEALER_EVERY_MS, sealer_round, place);
    s->limits = limits_new();
    s->events = events_start(s->store, o->auth);
    s->jobs = jobs_start(s->store, RUNNERS);
}

static void stop_threads(struct ctx *c, struct server *s) {
    work_free(s->prompt); /* which puts into the other */
    work_free(s->pool);
    work_free(s->hashers);
    tend_stop(s->mailer);
    tend_stop(s->sealer);
    wait_for_writer(c, s->store);
    jobs_stop(s->jobs);
    close_loops(s);
    events_free(s->events);
    limits_free(s->limits);
}

/* Until it is told to stop. */
static enum err serve(struct ctx *c, struct server *s) {
    const struct server_options *o = s->options;
    struct http_config cfg = {
        .address = o->address,
        .port = o->port,
        .loops = o->loops > 0 ? o->loops : 1,
        .user = s,
        .on_headers = dispatch_headers,
        .on_request = dispatch_request,
        .on_error = dispatch_error,
        .on_done = dispatch_done,
        .on_log = on_log,
    };
    struct str socket = store_socket(s->arena, s->store);
    if (socket.n > 0)
        cfg.socket_path = str_cstr(s->arena, socket);
    enum err e = http_start(c, &cfg, &s->http);
    if (e != OK) {
        events_stop(s->events);
        return e;
    }
    store_announce(c, s->store, http_has_socket(s->http));
    if (o->on_ready != NULL)
        o->on_ready(o->arg, o->address, http_port(s->http));
    wait_for_stop(s);
    events_stop(s->events);
    store_announce(c, s->store, false);
    http_stop(s->http, STOP_GRACE_MS);
    return OK;
}

enum err server_run(struct ctx *c, struct store *store,
                    const struct server_options *o) {
    struct server s = {.store = store, .options = o, .arena = arena_new()};
    struct seal_place place = {0};
    log_init(&s.log);
    s.log.queue = log_queue_start(s.log.fd);
    c->random(&s.first_id, sizeof s.first_id);
    s.meter = meter_new(s.arena);
    s.started_ms = c->now_ms;
    pthread_mutex_init(&s.lock, NULL);
    start_threads(&s, &place);
    enum err e = serve(c, &s);
    stop_threads(c, &s);
    log_queue_stop(s.log.queue);
    pthread_mutex_destroy(&s.lock);
    arena_free(s.arena);
    return e == OK && store_read_only(store)
               ? fail(c, ERR_IO, "db", "writer_broken")
               : e;
}
