/* Lines wait in a buffer that is written whole: when it is full, when a line
 * comes after a quiet moment, or by the thread, soon after the first. Owns the
 * buffer and the thread. Any thread, one lock, also held while writing, so that
 * lines stay in order. Invariant: what is written at once is at most PIPE_BUF
 * bytes, or one line: a pipe does not mix it with what others write. */
#include "base/log_queue.h"

#include "base/die.h"
#include "base/time.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct log_queue {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool ending, resting; /* the thread waits to be woken */
    int fd;
    int64_t written_ms;
    size_t n;
    char lines[PIPE_BUF];
};

static void write_all(int fd, struct str s) {
    while (s.n > 0) {
        ssize_t put = write(fd, s.p, s.n);
        if (put <= 0)
            return; /* nobody reads the log: nowhere left to say so */
        s = str_sub(s, (size_t)put, s.n);
    }
}

/* With the lock held, as all below. */
static void write_out(struct log_queue *q) {
    if (q->n > 0)
        write_all(q->fd, (struct str){q->lines, q->n});
    q->n = 0;
    q->written_ms = clock_monotonic_ms();
}

static void nap(struct log_queue *q) {
    struct timespec for_ns = {.tv_nsec = LOG_QUEUE_MS * 1000000};
    pthread_mutex_unlock(&q->lock);
    nanosleep(&for_ns, NULL);
    pthread_mutex_lock(&q->lock);
}

static void *run(void *arg) {
    struct log_queue *q = arg;
    pthread_mutex_lock(&q->lock);
    while (!q->ending) {
        q->resting = q->n == 0;
        if (q->resting)
            pthread_cond_wait(&q->wake, &q->lock);
        q->resting = false;
        if (q->n == 0 || q->ending)
            continue;
        nap(q);
        write_out(q);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

struct log_queue *log_queue_start(int fd) {
    struct log_queue *q = calloc(1, sizeof *q);
    if (q == NULL)
        die("out of memory");
    q->fd = fd;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->wake, NULL);
    if (pthread_create(&q->thread, NULL, run, q) != 0)
        die("can't start the log's thread");
    return q;
}

void log_queue_stop(struct log_queue *q) {
    if (q == NULL)
        return;
    pthread_mutex_lock(&q->lock);
    q->ending = true;
    pthread_cond_signal(&q->wake);
    pthread_mutex_unlock(&q->lock);
    pthread_join(q->thread, NULL);
    write_out(q);
    pthread_cond_destroy(&q->wake);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

void log_queue_put(struct log_queue *q, struct str line) {
    pthread_mutex_lock(&q->lock);
    if (q->n + line.n > sizeof q->lines)
        write_out(q);
    bool alone = clock_monotonic_ms() - q->written_ms > LOG_QUEUE_MS;
    if (q->n == 0 && (alone || line.n > sizeof q->lines)) {
        write_all(q->fd, line);
        q->written_ms = clock_monotonic_ms();
    } else {
        memcpy(q->lines + q->n, line.p, line.n);
        q->n += line.n;
        if (q->resting)
            pthread_cond_signal(&q->wake);
        q->resting = false;
    }
    pthread_mutex_unlock(&q->lock);
}

void log_queue_flush(struct log_queue *q) {
    pthread_mutex_lock(&q->lock);
    write_out(q);
    pthread_mutex_unlock(&q->lock);
}
