/* A bounded pool of worker threads. Owns its threads, a mutex, a condition and
 * a ring of jobs. Any thread may put; work_free is called once, by the owner,
 * when nobody puts any more. Invariant: used <= cap, jobs run in the order they
 * were put. */
#include "base/work.h"

#include "base/die.h"
#include "base/flow.h"
#include "base/thread.h"
#include "base/time.h"

#include <pthread.h>
#include <stdlib.h>

/* Taken for each thread, however long they may take, unless there is a flood:
 * a page asks for much at once. */
#define ALWAYS 4
#define LEAST 4  /* a part of the wait that is left to what takes long */
#define MEMORY 8 /* the mean forgets half in about six functions */

struct job {
    struct work work;
    int64_t put_us;
};

struct work_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *ring;
    size_t cap, first, used;
    int64_t mean_us; /* what one took lately */
    struct flow flow;
    bool ending;
    int at_work, together; /* functions; at most, in a flood */
    int nice;
    void *(*on_start)(void *user);
    void (*on_stop)(void *user, void *state);
    void *user;
    pthread_t *threads;
    int n;
};

/* With the lock held, as below. */
static bool floods(struct work_pool *p, int64_t now_us) {
    return flow_floods(&p->flow, now_us);
}

/* So many wait that none is taken unseen. */
static bool is_busy(struct work_pool *p, int64_t now_us) {
    return p->used >= (size_t)p->n * ALWAYS || floods(p, now_us);
}

/* Is it better refused than begun, since others wait behind it? In a flood what
 * it is likely to take counts, too. */
static bool is_late(struct work_pool *p, const struct job *j, int64_t now_us) {
    int64_t wait_us = j->work.wait_us;
    if (wait_us == 0 || !is_busy(p, now_us))
        return false;
    int64_t left_us = floods(p, now_us) ? wait_us - p->mean_us : wait_us;
    if (left_us < wait_us / LEAST)
        left_us = wait_us / LEAST;
    return now_us - j->put_us > left_us;
}

static bool has_turn(struct work_pool *p) {
    return p->used > 0 && (p->at_work < p->together || p->ending ||
                           !floods(p, clock_monotonic_us()));
}

/* Waits for one; false: there will be none. *late: it is to be refused. */
static bool next_job(struct work_pool *p, struct job *out, bool *late) {
    pthread_mutex_lock(&p->lock);
    while (!has_turn(p) && !(p->ending && p->used == 0))
        pthread_cond_wait(&p->wake, &p->lock);
    bool have = p->used > 0;
    if (have) {
        *out = p->ring[p->first];
        *late = is_late(p, out, clock_monotonic_us());
        p->first = (p->first + 1) % p->cap;
        p->used--;
        p->at_work += !*late;
        if (p->used > 0) /* one that had no turn may have it now */
            pthread_cond_signal(&p->wake);
    }
    pthread_mutex_unlock(&p->lock);
    return have;
}

static void count(struct work_pool *p, int64_t took_us) {
    pthread_mutex_lock(&p->lock);
    p->mean_us += (took_us - p->mean_us) / MEMORY;
    p->at_work--;
    flow_done(&p->flow, clock_monotonic_us());
    pthread_mutex_unlock(&p->lock);
}

static void *run(void *arg) {
    struct work_pool *p = arg;
    struct job j;
    bool late;
    if (p->nice != 0)
        thread_give_way(p->nice);
    void *state = p->on_start == NULL ? NULL : p->on_start(p->user);
    while (next_job(p, &j, &late)) {
        int64_t begun_us = clock_monotonic_us();
        if (late) {
            j.work.late(state, j.work.arg);
        } else {
            j.work.fn(state, j.work.arg);
            count(p, clock_monotonic_us() - begun_us);
        }
    }
    if (p->on_stop != NULL)
        p->on_stop(p->user, state);
    return NULL;
}

struct work_pool *work_new(int n, int nice, size_t max_queued,
                           void *(*on_start)(void *user),
                           void (*on_stop)(void *user, void *state),
                           void *user) {
    struct work_pool *p = calloc(1, sizeof *p);
    if (p == NULL || n < 1 || max_queued == 0)
        die("cannot make a pool of %d threads", n);
    p->ring = calloc(max_queued, sizeof *p->ring);
    p->threads = calloc((size_t)n, sizeof *p->threads);
    if (p->ring == NULL || p->threads == NULL)
        die("out of memory");
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    p->cap = max_queued;
    p->together = n;
    p->nice = nice;
    p->on_start = on_start;
    p->on_stop = on_stop;
    p->user = user;
    for (p->n = 0; p->n < n; p->n++)
        if (pthread_create(&p->threads[p->n], NULL, run, p) != 0)
            die("cannot start thread %d of %d", p->n + 1, n);
    return p;
}

/* Would one more wait for longer than that? */
static bool is_crowded(struct work_pool *p, int64_t wait_us, int64_t now_us) {
    if (wait_us == 0 || p->used == 0 || !is_busy(p, now_us))
        return false;
    int side_by_side = floods(p, now_us) ? p->together : p->n;
    return (int64_t)p->used * p->mean_us / side_by_side > wait_us ||
           now_us - p->ring[p->first].put_us > wait_us;
}

void work_together(struct work_pool *p, int n) {
    pthread_mutex_lock(&p->lock);
    p->together = n;
    pthread_mutex_unlock(&p->lock);
}

bool work_put(struct work_pool *p, const struct work *w) {
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&p->lock);
    flow_came(&p->flow, now_us);
    bool room =
        !p->ending && p->used < p->cap && !is_crowded(p, w->wait_us, now_us);
    if (room) {
        p->ring[(p->first + p->used) % p->cap] = (struct job){*w, now_us};
        p->used++;
        pthread_cond_signal(&p->wake);
    }
    pthread_mutex_unlock(&p->lock);
    return room;
}

size_t work_queued(struct work_pool *p) {
    pthread_mutex_lock(&p->lock);
    size_t n = p->used;
    pthread_mutex_unlock(&p->lock);
    return n;
}

void work_free(struct work_pool *p) {
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->ending = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n; i++)
        pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p->threads);
    free(p->ring);
    free(p);
}
