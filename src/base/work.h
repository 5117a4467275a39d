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
/* In a flood (base/flow.h) no more than n functions run at a time: where they
 * only compute, more of them take longer each and are not done sooner. */
void work_together(struct work_pool *p, int n);
/* A function to be run. wait_us: the longest it should wait, 0: no limit; then
 * late is run in its place, in a thread of the pool too, where it waited longer
 * than was to be foreseen and others wait behind it. */
struct work {
    void (*fn)(void *state, void *arg);
    void (*late)(void *state, void *arg);
    void *arg;
    int64_t wait_us;
};
/* False when the queue is full or the pool is ending, or when it would probably
 * wait longer than its limit: by what those before it are likely to take, and
 * by how long the first of them has waited already. Four a thread are taken
 * however long they may take, but not in a flood (base/flow.h). */
bool work_put(struct work_pool *p, const struct work *w) MUST_CHECK;
/* Functions waiting for a thread now. */
size_t work_queued(struct work_pool *p);
/* Finishes what is queued, then ends the threads. */
void work_free(struct work_pool *p);

#endif
