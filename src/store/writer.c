/* Group commit. Owns the queue (one lock), the write connection and its thread;
 * copies of the database are made on it between groups. Invariants: a job's
 * done is called exactly once, after its fate is durable; after a failed commit
 * no job is ever answered OK again. */
#include "store/writer.h"

#include "base/die.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"
#include "store/checkpointer.h"
#include "store/write_group.h"
#include "store/write_queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define GROUP_MAX 64
#define QUEUE_MAX 4096
#define ALWAYS 8 /* may wait, however long they may take */
#define MEMORY 8 /* the means forget half in about six groups */
#define LEARN_LEAST_US 2000
#define COPY_TELL_NS 200000000
#define COPY_YIELD_NS 8000000 /* as long as a step */
#define COPY_GROUPS 4
/* After a group of so many, those it answered are likely to ask again: as long
 * as another one comes within a step, all are waited for. */
#define GATHER_FROM 8
#define GATHER_STEP_US 500
#define GATHER_US 5000

struct copying;

struct writer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct write_queue lanes[2]; /* by enum write_lane */
    bool ending;
    struct copying *copy; /* waiting or under way; NULL: none */
    pthread_cond_t copied;
    atomic_bool broken;
    _Atomic uint64_t version;   /* moves with each group; never 0 */
    _Atomic uint64_t committed; /* groups */
    _Atomic uint64_t awaited;   /* interactive writes taken */
    struct slice_figures slices;
    _Atomic uint64_t written; /* their members that were not refused */
    _Atomic uint64_t sizes[STORE_GROUP_SIZES];
    /* What a member and a group's begin and commit took lately; members of the
     * group under way that have not been run. */
    _Atomic int64_t member_us, commit_us;
    atomic_size_t running;
    int wary;    /* the writer's thread: see write_group.h */
    size_t last; /* its last group; the writer's thread */
    size_t goal; /* wake it when so many wait; with the lock */
    struct db_conn *conn;
    struct checkpointer *checkpointer;
    struct store_watcher *told;
    struct log log;
};

/* Puts back in front what the group had no time for. */
static void give_back(struct writer *w, struct write_job **jobs, size_t n) {
    pthread_mutex_lock(&w->lock);
    for (size_t i = n; i > 0; i--)
        queue_push(&w->lanes[LANE_INTERACTIVE], jobs[i - 1]);
    pthread_mutex_unlock(&w->lock);
}

/* With the lock. True when time is up. */
static bool nap(struct writer *w, int64_t us) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += us * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return pthread_cond_timedwait(&w->wake, &w->lock, &until) != 0;
}

/* A group for the first of many, and all others in the next, would take two
 * commits for one, and what they cost whatever is in them. With the lock. */
static void gather(struct writer *w) {
    const struct write_queue *q = &w->lanes[LANE_INTERACTIVE];
    int64_t until = clock_monotonic_us() + GATHER_US;
    size_t had = 0;
    w->goal = w->last < GATHER_FROM ? 0 : w->last;
    while (!w->ending && w->copy == NULL && q->n < w->goal && q->n > had &&
           clock_monotonic_us() < until) {
        had = q->n;
        while (!nap(w, GATHER_STEP_US) && q->n < w->goal && !w->ending &&
               w->copy == NULL)
            ;
    }
    w->goal = 0;
}

/* At most one slice of a job per group; it stands first, so that it is never
 * what is given back. Without waiting, or when a copy is wanted, there may be
 * none. */
static size_t take_group(struct writer *w, struct write_job **group,
                         bool wait) {
    size_t n = 0;
    pthread_mutex_lock(&w->lock);
    while (wait && !w->ending && w->copy == NULL &&
           w->lanes[0].n + w->lanes[1].n == 0)
        pthread_cond_wait(&w->wake, &w->lock);
    if (wait)
        gather(w);
    struct write_job *slice = queue_take(&w->lanes[LANE_JOB]);
    if (slice != NULL)
        group[n++] = slice;
    while (n < GROUP_MAX) {
        struct write_job *job = queue_take(&w->lanes[LANE_INTERACTIVE]);
        if (job == NULL)
            break;
        group[n++] = job;
    }
    atomic_store(&w->running, n);
    atomic_fetch_add(&w->awaited, n - (slice != NULL));
    pthread_mutex_unlock(&w->lock);
    return n;
}

static void fail_group(struct write_job **group, size_t n, enum err e,
                       const char *code) {
    for (size_t i = 0; i < n; i++) {
        fail_clear(group[i]->c);
        group[i]->result = fail(group[i]->c, e, "", code);
    }
}

static void count_group(struct writer *w, struct write_job **group, size_t n) {
    uint64_t good = 0;
    for (size_t i = 0; i < n; i++)
        good += group[i]->result == OK;
    atomic_fetch_add(&w->committed, 1);
    atomic_fetch_add(&w->written, good);
    size_t size = 0;
    while (((size_t)1 << size) < n && size + 1 < STORE_GROUP_SIZES)
        size++;
    atomic_fetch_add(&w->sizes[size], 1);
}

/* A single one that hangs (a disk that writes out its cache) says nothing about
 * the next: what is slow for good has doubled the mean after eight. */
static void learn(_Atomic int64_t *mean, int64_t value) {
    int64_t old = atomic_load(mean), most = 2 * old + LEARN_LEAST_US;
    if (value > most)
        value = most;
    atomic_store(mean, old + (value - old) / MEMORY);
}

static void give_up(struct writer *w, const char *what, enum err e) {
    if (atomic_exchange(&w->broken, true))
        return;
    db_keep_log(w->conn);
    LOG(&w->log, LEVEL_ERROR, what, {"cause", V(err_code(e))});
}

static void fail_commit(struct writer *w, struct write_job **group, size_t n,
                        enum err e) {
    fail_group(group, n, e, e == ERR_FULL ? "storage_full" : "commit_failed");
    if (e == ERR_FULL)
        watcher_full(w->told, true);
    if (e == ERR_IO)
        give_up(w, "commit failed: read-only until restart", e);
}

/* Runs the members, as many as there is time for, and commits. Any outcome but
 * a clean commit fails all of them. */
static void run_group(struct writer *w, struct ctx *c, struct write_job **group,
                      size_t *size) {
    size_t n = *size;
    if (atomic_load(&w->broken)) {
        fail_group(group, n, ERR_UNAVAILABLE, "read_only");
        return;
    }
    int64_t begun = clock_monotonic_us();
    enum err e = db_begin(c);
    if (e != OK) {
        fail_group(group, n, e, "busy");
        return;
    }
    int64_t members = clock_monotonic_us();
    struct write_group g = {.jobs = group,
                            .n = n,
                            .waiting = &w->running,
                            .slices = &w->slices,
                            .wary = &w->wary};
    bool good = write_group_run(c, &g);
    give_back(w, group + g.n, n - g.n);
    *size = n = g.n;
    if (!good) {
        db_rollback(c);
        bool full = g.cause == ERR_FULL;
        if (full)
            watcher_full(w->told, true);
        fail_group(group, n, g.cause, full ? "storage_full" : "write_failed");
        return;
    }
    int64_t committing = clock_monotonic_us();
    e = db_commit(c);
    if (e != OK) {
        fail_commit(w, group, n, e);
        return;
    }
    int64_t ended = clock_monotonic_us();
    learn(&w->member_us, (committing - members) / (int64_t)n);
    learn(&w->commit_us, members - begun + ended - committing);
    count_group(w, group, n);
    watcher_full(w->told, false);
    watcher_tell(w->told);
}

/* One group, if there is one to take. False: there was none. */
static bool turn(struct writer *w, struct arena *a, bool wait) {
    struct write_job *group[GROUP_MAX];
    size_t n = take_group(w, group, wait);
    if (n == 0)
        return false;
    struct ctx c;
    ctx_init(&c, a);
    c.db = w->conn;
    run_group(w, &c, group, &n);
    w->last = n;
    atomic_store(&w->running, 0);
    atomic_fetch_add(&w->version, 1);
    for (size_t i = 0; i < n; i++)
        if (group[i]->made != NULL)
            group[i]->made(group[i]);
    for (size_t i = 0; i < n; i++)
        group[i]->done(group[i]);
    if (!checkpointer_look(w->checkpointer, &c))
        give_up(w, "checkpoint failed: read-only until restart", ERR_IO);
    arena_reset(a);
    return true;
}

/* --- copying ------------------------------------------------------------ */

/* Lives on the stack of the one who waits. Its context is the writer's alone
 * until it is over. */
struct copying {
    struct writer *w;
    struct writer_copy *copy;
    struct arena *groups; /* of what is written between the steps */
    struct ctx c;
    enum err result;
    /* under the writer's lock */
    int64_t done, total;
    bool stop, over;
};

/* True when somebody has come within the time of a step. */
static bool wait_briefly(struct writer *w) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += COPY_YIELD_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&w->lock);
    int rc = 0;
    while (rc == 0 && !w->ending && w->lanes[0].n + w->lanes[1].n == 0)
        rc = pthread_cond_timedwait(&w->wake, &w->lock, &until);
    bool came = w->lanes[0].n + w->lanes[1].n > 0;
    pthread_mutex_unlock(&w->lock);
    return came;
}

/* Between two steps of the copy: groups, if somebody waits; where writes come
 * all the time they get most of it. Behind the last step nothing may change
 * any more. */
static bool between(void *arg, int64_t done, int64_t total) {
    struct copying *k = arg;
    bool busy = done < total && turn(k->w, k->groups, false);
    for (int i = 0; busy && i < COPY_GROUPS; i++)
        busy = wait_briefly(k->w) && turn(k->w, k->groups, false);
    pthread_mutex_lock(&k->w->lock);
    k->done = done;
    k->total = total;
    bool go_on = !k->stop && !k->w->ending;
    pthread_mutex_unlock(&k->w->lock);
    return go_on;
}

static void make_copy(struct writer *w) {
    struct copying *k = w->copy;
    k->groups = arena_new();
    k->c.db = w->conn;
    k->result =
        db_backup_part(&k->c, k->copy->path, between, k, &k->copy->part);
    db_detach(&k->c);
    k->c.db = k->copy->c->db;
    if (k->result == OK)
        k->result = k->copy->pinned(&k->c);
    db_detach(&k->c);
    arena_free(k->groups);
    pthread_mutex_lock(&w->lock);
    w->copy = NULL;
    k->over = true;
    pthread_cond_broadcast(&w->copied);
    pthread_mutex_unlock(&w->lock);
}

/* Until it is over; tells about it meanwhile. With the lock held. */
static void wait_for_copy(struct writer *w, struct copying *k) {
    struct timespec until;
    while (!k->over) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += COPY_TELL_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&w->copied, &w->lock, &until);
        int64_t done = k->done, total = k->total;
        if (k->over || k->copy->progress == NULL || total == 0)
            continue;
        pthread_mutex_unlock(&w->lock);
        bool go_on = k->copy->progress(k->copy->arg, done, total);
        pthread_mutex_lock(&w->lock);
        k->stop |= !go_on;
    }
}

enum err writer_copy(struct writer *w, struct writer_copy *copy) {
    struct arena *own = arena_new();
    struct copying k = {.w = w, .copy = copy};
    ctx_init(&k.c, own);
    pthread_mutex_lock(&w->lock);
    bool taken = w->copy != NULL || w->ending;
    if (!taken) {
        w->copy = &k;
        pthread_cond_signal(&w->wake);
        wait_for_copy(w, &k);
    }
    pthread_mutex_unlock(&w->lock);
    enum err e = taken ? fail(copy->c, ERR_BUSY, "", "busy") : k.result;
    copy->part = str_dup(copy->c->arena, copy->part);
    if (!taken && e != OK)
        fail_move(copy->c, &k.c);
    arena_free(own);
    return e;
}

static bool copy_wanted(struct writer *w) {
    pthread_mutex_lock(&w->lock);
    bool wanted = w->copy != NULL;
    pthread_mutex_unlock(&w->lock);
    return wanted;
}

static void *run(void *arg) {
    struct writer *w = arg;
    struct arena *a = arena_new();
    for (;;) {
        bool worked = turn(w, a, true);
        if (copy_wanted(w))
            make_copy(w);
        else if (!worked)
            break; /* ending and nothing queued */
    }
    arena_free(a);
    return NULL;
}

enum err writer_start(struct ctx *c, struct db *d, struct store_watcher *told,
                      struct writer **out) {
    struct writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        die("out of memory");
    w->told = told;
    log_init(&w->log);
    atomic_store(&w->version, 1);
    queue_init(&w->lanes[0]);
    queue_init(&w->lanes[1]);
    enum err e = db_connect(c, d, DB_WRITER, &w->conn);
    if (e == OK)
        e = checkpointer_start(c, d, &w->checkpointer);
    if (e != OK) {
        db_disconnect(w->conn);
        free(w);
        return e;
    }
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    pthread_cond_init(&w->copied, NULL);
    if (pthread_create(&w->thread, NULL, run, w) != 0)
        die("can't start the writer thread");
    *out = w;
    return OK;
}

void writer_stop(struct writer *w) {
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->ending = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    checkpointer_stop(w->checkpointer);
    db_disconnect(w->conn);
    pthread_cond_destroy(&w->wake);
    pthread_cond_destroy(&w->copied);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

enum err writer_put(struct writer *w, struct write_job *job) {
    if (atomic_load(&w->broken))
        return fail(job->c, ERR_UNAVAILABLE, "", "read_only");
    pthread_mutex_lock(&w->lock);
    bool full = w->ending || w->lanes[job->lane].n >= QUEUE_MAX;
    if (!full) {
        queue_put(&w->lanes[job->lane], job);
        if (w->lanes[job->lane].n >= w->goal)
            pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&w->lock);
    return full ? fail(job->c, ERR_BUSY, "", "busy") : OK;
}

bool writer_crowded(struct writer *w, int64_t wait_us) {
    pthread_mutex_lock(&w->lock);
    int64_t n =
        (int64_t)(w->lanes[LANE_INTERACTIVE].n + atomic_load(&w->running));
    pthread_mutex_unlock(&w->lock);
    if (wait_us == 0 || n < ALWAYS)
        return false;
    int64_t work = n * atomic_load(&w->member_us);
    int64_t by_time = work / WRITE_GROUP_US, by_size = n / GROUP_MAX;
    int64_t groups = 1 + (by_time > by_size ? by_time : by_size);
    return work + groups * atomic_load(&w->commit_us) > wait_us;
}

uint64_t writer_version(const struct writer *w) {
    return atomic_load(&w->version);
}

void writer_figures(struct writer *w, struct store_figures *out) {
    pthread_mutex_lock(&w->lock);
    out->queued = w->lanes[0].n + w->lanes[1].n;
    pthread_mutex_unlock(&w->lock);
    out->groups = atomic_load(&w->committed);
    out->writes = atomic_load(&w->written);
    out->slices = atomic_load(&w->slices.n);
    out->slow_slices = atomic_load(&w->slices.slow);
    out->slowest_us = atomic_load(&w->slices.slowest_us);
    for (size_t i = 0; i < STORE_GROUP_SIZES; i++)
        out->sizes[i] = atomic_load(&w->sizes[i]);
}

uint64_t writer_awaited(const struct writer *w) {
    return atomic_load(&w->awaited);
}

bool writer_broken(const struct writer *w) {
    return atomic_load(&w->broken);
}
