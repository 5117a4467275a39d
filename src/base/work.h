/* A bounded pool of worker threads running functions from a queue. */
#ifndef BASE_WORK_H
#define BASE_WORK_H

#include "base/compiler.h"

struct work_pool;

/* n threads at the given niceness (Linux: per thread), at most max_queued
 * waiting. on_start/on_stop run in each thread (may be NULL); on_start's
 * return value is handed to each function as its first argument. */
struct work_pool *work_new(int n, int nice, size_t max_queued,
                           void *(*on_start)(void *user),
                           void (*on_stop)(void *user, void *state),
                           void *user);
/* False when the queue is full or the pool is ending. */
bool work_put(struct work_pool *p, void (*fn)(void *state, void *arg),
              void *arg) MUST_CHECK;
/* As work_put, but false as well when the function would probably wait longer
 * than wait_us: by what those before it are likely to take, and by how long the
 * first of them has waited already. Four a thread are always taken; wait_us 0
 * sets no limit. */
bool work_put_within(struct work_pool *p, int64_t wait_us,
                     void (*fn)(void *state, void *arg), void *arg) MUST_CHECK;
/* Functions waiting for a thread now. */
size_t work_queued(struct work_pool *p);
/* Finishes what is queued, then ends the threads. */
void work_free(struct work_pool *p);

/* Makes the calling thread and those it starts give way to others: Linux keeps
 * niceness for each thread. Without the right to, it changes nothing. */
void thread_give_way(int nice);

#endif
