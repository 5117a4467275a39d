/* The heartbeat of one job. Owns: its thread, that thread's arena and a
 * connection, made for the first look: a short job needs none.
 * Invariants: a look or beat that fails costs nothing but the lease; a job that
 * is to stop keeps its lease until it has. */
#include "app/job_beat.h"

#include "base/message.h"
#include "base/time.h"

#include <errno.h>
#include <time.h>

#define JOB_LOOK_MS 300
#define REASON_BYTES 400

static enum err write_beat(struct ctx *c, void *arg) {
    const struct job_beat *b = arg;
    ctx_now(c); /* it may have waited */
    return job_extend(c, &b->job, str_of(b->step));
}

static enum err connect(struct ctx *c, struct job_beat *b) {
    enum db_role role = store_one_writer(b->store) ? DB_READER : DB_WRITER;
    return b->conn != NULL ? OK
                           : db_connect(c, store_db(b->store), role, &b->conn);
}

/* Whoever lost the lease ends as well: another has begun where he is. */
static enum err ask(struct ctx *c, struct job_beat *b) {
    struct job_run *run = b->run;
    bool cancel, ours;
    TRY(job_look(c, &b->job, &cancel, &ours));
    if (cancel)
        atomic_store(&run->asked, true);
    if (cancel || !ours)
        atomic_store(&run->work.stop, true);
    return OK;
}

static enum err look(struct ctx *c, struct job_beat *b) {
    struct job_run *run = b->run;
    if (run->stop != NULL && atomic_load(run->stop))
        atomic_store(&run->work.stop, true);
    TRY(connect(c, b));
    c->db = b->conn;
    if (!atomic_load(&run->work.stop))
        TRY(ask(c, b));
    const char *step = atomic_load(&run->step);
    bool same = step == b->step;
    if (same && clock_monotonic_ms() - b->beat_ms < JOB_BEAT_MS)
        return OK;
    b->step = step;
    b->beat_ms = clock_monotonic_ms();
    return store_write(c, LANE_JOB, write_beat, b);
}

/* Three times a second is too often to be told the same. */
static void complain(struct job_beat *b, struct ctx *c, enum err e) {
    if (e != OK && e != b->failed)
        LOG(&b->log, LEVEL_WARN, "a job's heartbeat fails",
            {"job", V(b->job.id)}, {"code", V(err_code(e))},
            {"error", V(message_errors(c, e, REASON_BYTES))});
    b->failed = e;
}

static void turn(struct job_beat *b, struct arena *a) {
    struct ctx c;
    ctx_init(&c, a);
    c.store = b->store;
    c.registry = b->registry;
    enum err e = look(&c, b);
    complain(b, &c, e);
    db_detach(&c);
    if (e == ERR_UNAVAILABLE) {
        db_disconnect(b->conn);
        b->conn = NULL;
    }
    if (atomic_load(&b->run->work.stop))
        db_interrupt(b->interrupt);
    arena_reset(a);
}

/* False when it is over. */
static bool wait_for_next(struct job_beat *b) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + (int64_t)JOB_LOOK_MS * 1000000;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&b->lock);
    int rc = 0;
    while (!b->stop && rc == 0)
        rc = pthread_cond_timedwait(&b->wake, &b->lock, &until);
    bool go_on = !b->stop;
    pthread_mutex_unlock(&b->lock);
    return go_on;
}

static void *run(void *arg) {
    struct job_beat *b = arg;
    struct arena *a = arena_new();
    while (wait_for_next(b))
        turn(b, a);
    db_disconnect(b->conn);
    arena_free(a);
    return NULL;
}

/* A clock that is set back must not keep it silent. */
static void make_wake(struct job_beat *b) {
    pthread_condattr_t how;
    pthread_condattr_init(&how);
    pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
    pthread_cond_init(&b->wake, &how);
    pthread_condattr_destroy(&how);
}

void job_beat_start(struct ctx *c, struct job_run *r, struct job_beat *b) {
    *b = (struct job_beat){.store = c->store,
                           .registry = c->registry,
                           .run = r,
                           .interrupt = db_interrupt_new(c->db),
                           .beat_ms = clock_monotonic_ms()};
    b->job.id = r->job.id;
    b->job.attempt = r->job.attempt;
    pthread_mutex_init(&b->lock, NULL);
    log_init(&b->log);
    make_wake(b);
    b->running = pthread_create(&b->thread, NULL, run, b) == 0;
}

void job_beat_stop(struct job_beat *b) {
    pthread_mutex_lock(&b->lock);
    b->stop = true;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
    if (b->running)
        pthread_join(b->thread, NULL);
    db_interrupt_free(b->interrupt);
    pthread_cond_destroy(&b->wake);
    pthread_mutex_destroy(&b->lock);
}
