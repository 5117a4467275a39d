/* A bounded pool of worker threads. Owns its threads, a mutex, a condition and
 * a ring of jobs. Any thread may put; work_free is called once, by the owner,
 * when nobody puts any more. Invariant: used <= cap, jobs run in the order they
 * were put. */
#include "base/work.h"

#include "base/die.h"
#include "base/time.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ALWAYS 4 /* taken for each thread, however long they may take */
#define MEMORY 8 /* the mean forgets half in about six functions */

struct job {
    void (*fn)(void *state, void *arg);
    void *arg;
    int64_t put_us;
};

struct work_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *ring;
    size_t cap, first, used;
    int64_t mean_us; /* what one took lately */
    bool ending;
    int nice;
    void *(*on_start)(void *user);
    void (*on_stop)(void *user, void *state);
    void *user;
    pthread_t *threads;
    int n;
};

/* took_us: of the one before, or negative. */
static bool next_job(struct work_pool *p, struct job *out, int64_t took_us) {
    pthread_mutex_lock(&p->lock);
    if (took_us >= 0)
        p->mean_us += (took_us - p->mean_us) / MEMORY;
    while (p->used == 0 && !p->ending)
        pthread_cond_wait(&p->wake, &p->lock);
    bool have = p->used > 0;
    if (have) {
        *out = p->ring[p->first];
        p->first = (p->first + 1) % p->cap;
        p->used--;
    }
    pthread_mutex_unlock(&p->lock);
    return have;
}

void thread_give_way(int nice) {
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), nice);
}

static void *run(void *arg) {
    struct work_pool *p = arg;
    struct job j;
    if (p->nice != 0)
        thread_give_way(p->nice);
    void *state = p->on_start == NULL ? NULL : p->on_start(p->user);
    int64_t took_us = -1;
    while (next_job(p, &j, took_us)) {
        int64_t begun_us = clock_monotonic_us();
        j.fn(state, j.arg);
        took_us = clock_monotonic_us() - begun_us;
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
    p->nice = nice;
    p->on_start = on_start;
    p->on_stop = on_stop;
    p->user = user;
    for (p->n = 0; p->n < n; p->n++)
        if (pthread_create(&p->threads[p->n], NULL, run, p) != 0)
            die("cannot start thread %d of %d", p->n + 1, n);
    return p;
}

/* With the lock held. */
static bool is_crowded(const struct work_pool *p, int64_t wait_us,
                       int64_t now_us) {
    if (wait_us == 0 || p->used < (size_t)p->n * ALWAYS)
        return false;
    return (int64_t)p->used * p->mean_us / p->n > wait_us ||
           now_us - p->ring[p->first].put_us > wait_us;
}

bool work_put(struct work_pool *p, void (*fn)(void *state, void *arg),
              void *arg) {
    return work_put_within(p, 0, fn, arg);
}

bool work_put_within(struct work_pool *p, int64_t wait_us,
                     void (*fn)(void *state, void *arg), void *arg) {
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&p->lock);
    bool room =
        !p->ending && p->used < p->cap && !is_crowded(p, wait_us, now_us);
    if (room) {
        p->ring[(p->first + p->used) % p->cap] = (struct job){fn, arg, now_us};
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
