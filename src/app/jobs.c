/* The runner threads. Owns: the threads, each with one connection and one
 * arena. Threads: jobs_wake and jobs_stop from any. Invariant: as long as one
 * of them is idle, one of those looks for work; another looks when it has found
 * some, and has no connection before. */
#include "app/job.h"

#include "app/backup.h"
#include "app/grade_request.h"
#include "app/nightly.h"
#include "app/purge.h"
#include "base/die.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "store/attachment.h"
#include "store/feed.h"
#include "store/file.h"
#include "store/idempotency.h"
#include "store/registry.h"
#include "store/shares.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define POLL_MS 1000
#define HURRY_MS 50
#define PLAN_MS 60000
#define RUNNERS_MAX 8
#define NICE 10 /* requests come first */
#define FILE_KEPT_MS (7 * DAY_MS)

struct runner {
    struct jobs *jobs;
    int place;
    struct arena *arena;
    struct db_conn *conn; /* NULL while the database is away */
};

struct jobs {
    struct store *store;
    struct runner runners[RUNNERS_MAX];
    pthread_t threads[RUNNERS_MAX];
    int n;
    atomic_int at_work;
    pthread_mutex_t lock; /* wakes */
    pthread_cond_t wake;
    unsigned wakes;
    atomic_bool stop;
    struct log log;
};

struct claim {
    struct str holder;
    struct job job;
    bool found;
};

static enum err write_claim(struct ctx *c, void *arg) {
    struct claim *k = arg;
    ctx_now(c); /* it may have waited */
    return job_claim(c, 0, k->holder, &k->job, &k->found);
}

static enum err claim(struct ctx *c, struct claim *k) {
    *k = (struct claim){.holder =
                            str_fmt(c->arena, "%lld", (long long)getpid())};
    return store_write(c, LANE_INTERACTIVE, write_claim, k);
}

static void runner_ctx(struct runner *r, struct ctx *c) {
    ctx_init(c, r->arena);
    c->store = r->jobs->store;
    c->registry = store_registry(c->store, c->arena);
    c->zone = store_zone(c->store);
    c->db = r->conn;
}

static bool runner_connect(struct runner *r) {
    struct ctx c;
    if (r->conn != NULL)
        return true;
    ctx_init(&c, r->arena);
    struct store *s = r->jobs->store;
    enum db_role role = store_one_writer(s) ? DB_READER : DB_WRITER;
    if (db_connect(&c, store_db(s), role, &r->conn) != OK)
        r->conn = NULL;
    return r->conn != NULL;
}

static void complain(struct runner *r, struct ctx *c, enum err e) {
    struct str code =
        c->problems.n > 0 ? c->problems.p[0].code : str_of(err_code(e));
    LOG(&r->jobs->log, LEVEL_ERROR, "job runner", {"code", V(code)});
}

/* True when there was one. */
static bool run_next(struct runner *r) {
    struct ctx c;
    struct claim k = {.found = false};
    bool waiting = false;
    if (!runner_connect(r))
        return false;
    runner_ctx(r, &c);
    enum err e = job_waiting(&c, &waiting);
    if (e == OK && waiting)
        e = store_follow_registry(&c);
    if (e == OK && waiting)
        e = claim(&c, &k);
    if (e == OK && k.found) { /* another server may have changed it */
        e = store_reload_zone(&c);
        c.zone = store_zone(c.store);
    }
    if (e == OK && k.found) {
        struct job_run run = {.job = k.job, .stop = &r->jobs->stop};
        atomic_fetch_add(&r->jobs->at_work, 1);
        jobs_wake(r->jobs);
        e = job_run_now(&c, &run);
        atomic_fetch_sub(&r->jobs->at_work, 1);
    }
    if (e != OK)
        complain(r, &c, e);
    db_detach(&c);
    if (e == ERR_UNAVAILABLE) {
        db_disconnect(r->conn);
        r->conn = NULL;
    }
    arena_reset(r->arena);
    return e == OK && k.found;
}

/* Waits for a wake, at most until the next poll. Whoever wakes may do so a
 * little before the commit of the job's row: for a second after it the polls
 * come close together. */
static void rest(struct jobs *j, unsigned *seen, int *hurry) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns =
        until.tv_nsec + (int64_t)(*hurry > 0 ? HURRY_MS : POLL_MS) * 1000000;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&j->lock);
    int rc = 0;
    while (*seen == j->wakes && !j->stop && rc == 0)
        rc = pthread_cond_timedwait(&j->wake, &j->lock, &until);
    if (*seen != j->wakes)
        *hurry = POLL_MS / HURRY_MS;
    else if (*hurry > 0)
        --*hurry;
    *seen = j->wakes;
    pthread_mutex_unlock(&j->lock);
}

/* What has had its time: files of exports, keys, shares, the feed. */
static enum err write_purge(struct ctx *c, void *arg) {
    int64_t before;
    TRY(purge_before(c, &before));
    if (before != 0)
        TRY(attachment_purge(c, before));
    TRY(file_purge(c, c->now_ms - FILE_KEPT_MS));
    TRY(idempotency_purge(c));
    TRY(shares_end(c));
    return feed_purge(c, c->now_ms - FEED_KEPT_DAYS * DAY_MS);
}

/* Looks once a minute whether work is due by the calendar. */
static void plan_due(struct runner *r, int64_t *next_ms) {
    struct ctx c;
    if (!runner_connect(r))
        return;
    runner_ctx(r, &c);
    if (c.now_ms < *next_ms)
        return;
    *next_ms = c.now_ms + PLAN_MS;
    enum err e = grade_plan(&c);
    if (e == OK)
        e = nightly_plan(&c);
    if (e == OK)
        e = backup_plan(&c);
    if (e == OK)
        e = purge_plan(&c);
    if (e == OK)
        e = store_write(&c, LANE_JOB, write_purge, NULL);
    if (e != OK)
        complain(r, &c, e);
    db_detach(&c);
    arena_reset(r->arena);
}

static bool is_its_turn(const struct runner *r) {
    return r->place <= atomic_load(&r->jobs->at_work);
}

static void *run_thread(void *arg) {
    struct runner *r = arg;
    thread_give_way(NICE);
    unsigned seen = 0;
    int hurry = 0;
    int64_t next_plan_ms = 0;
    while (!r->jobs->stop) {
        if (is_its_turn(r))
            plan_due(r, &next_plan_ms);
        if (!is_its_turn(r) || !run_next(r))
            rest(r->jobs, &seen, &hurry);
    }
    db_disconnect(r->conn);
    arena_free(r->arena);
    return NULL;
}

static enum err write_release_all(struct ctx *c, void *arg) {
    return job_release_all(c);
}

/* With one writer nobody else can be running what is marked as running. */
static void release_orphans(struct jobs *j) {
    struct arena *a = arena_new();
    struct ctx c;
    ctx_init(&c, a);
    c.store = j->store;
    if (store_one_writer(j->store) &&
        store_write(&c, LANE_INTERACTIVE, write_release_all, NULL) != OK)
        LOG(&j->log, LEVEL_WARN, "jobs could not be queued again",
            {"code", V("write_failed")});
    arena_free(a);
}

struct jobs *jobs_start(struct store *s, int n) {
    struct jobs *j = calloc(1, sizeof *j);
    if (j == NULL || n > RUNNERS_MAX)
        die("can't start %d job runners", n);
    j->store = s;
    log_init(&j->log);
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->wake, NULL);
    release_orphans(j);
    for (; j->n < n; j->n++) {
        struct runner *r = &j->runners[j->n];
        *r = (struct runner){.jobs = j, .place = j->n, .arena = arena_new()};
        if (pthread_create(&j->threads[j->n], NULL, run_thread, r) != 0)
            die("can't start a job runner");
    }
    return j;
}

void jobs_wake(struct jobs *j) {
    if (j == NULL)
        return;
    pthread_mutex_lock(&j->lock);
    j->wakes++;
    pthread_cond_broadcast(&j->wake);
    pthread_mutex_unlock(&j->lock);
}

void jobs_stop(struct jobs *j) {
    if (j == NULL)
        return;
    pthread_mutex_lock(&j->lock);
    j->stop = true;
    pthread_cond_broadcast(&j->wake);
    pthread_mutex_unlock(&j->lock);
    for (int i = 0; i < j->n; i++)
        pthread_join(j->threads[i], NULL);
    pthread_cond_destroy(&j->wake);
    pthread_mutex_destroy(&j->lock);
    free(j);
}
