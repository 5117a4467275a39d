/* The heartbeat of one job. Owns: its thread, that thread's arena and, on
 * PostgreSQL, a connection made for each beat: ten seconds apart, one is cheap
 * and none stays open beside the runner's.
 * Invariant: a beat that can't be written costs nothing but the lease. */
#include "app/job_beat.h"

#include "store/store.h"

#include <errno.h>
#include <time.h>

static enum err write_beat(struct ctx *c, void *arg) {
    return job_extend(c, arg);
}

static void beat(struct job_beat *b) {
    struct arena *a = arena_new();
    struct db_conn *conn = NULL;
    struct ctx c;
    enum err e = OK;
    ctx_init(&c, a);
    c.store = b->store;
    c.registry = b->registry;
    if (!store_one_writer(b->store))
        e = db_connect(&c, store_db(b->store), DB_WRITER, &conn);
    c.db = conn;
    if (e == OK && store_write(&c, LANE_JOB, write_beat, &b->job) != OK)
        fail_clear(&c);
    db_disconnect(conn);
    arena_free(a);
}

/* False when it is over. */
static bool wait_for_next(struct job_beat *b) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += JOB_BEAT_MS / 1000;
    pthread_mutex_lock(&b->lock);
    int rc = 0;
    while (!b->stop && rc == 0)
        rc = pthread_cond_timedwait(&b->wake, &b->lock, &until);
    bool go_on = !b->stop;
    pthread_mutex_unlock(&b->lock);
    return go_on;
}

static void *run(void *arg) {
    while (wait_for_next(arg))
        beat(arg);
    return NULL;
}

void job_beat_start(struct ctx *c, const struct job *j, struct job_beat *b) {
    *b = (struct job_beat){.store = c->store, .registry = c->registry};
    b->job.id = j->id;
    b->job.attempt = j->attempt;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->wake, NULL);
    b->running = pthread_create(&b->thread, NULL, run, b) == 0;
}

void job_beat_stop(struct job_beat *b) {
    pthread_mutex_lock(&b->lock);
    b->stop = true;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
    if (b->running)
        pthread_join(b->thread, NULL);
    pthread_cond_destroy(&b->wake);
    pthread_mutex_destroy(&b->lock);
}
