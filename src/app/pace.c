/* Slices by their time in the writer. Owns nothing. */
#include "app/pace.h"

#include "base/time.h"

#define AIM 0.6    /* of the time, for those that are slower than the last */
#define GROWTH 2.0 /* at most, from one to the next */

struct timed {
    write_fn fn;
    void *arg;
    int64_t us; /* of the last try */
};

struct pace pace_begin(size_t first, size_t most) {
    return (struct pace){.step = first < most ? first : most, .most = most};
}

static enum err run(struct ctx *c, void *arg) {
    struct timed *t = arg;
    int64_t begun = clock_monotonic_us();
    enum err e = t->fn(c, t->arg);
    t->us = clock_monotonic_us() - begun;
    return e;
}

enum err pace_write(struct ctx *c, struct pace *p, size_t n, write_fn fn,
                    void *arg) {
    struct timed t = {.fn = fn, .arg = arg};
    TRY(store_write(c, LANE_JOB, run, &t));
    double fit = (double)p->step * GROWTH;
    if (t.us > 0 && (double)n * STORE_SLICE_US * AIM / (double)t.us < fit)
        fit = (double)n * STORE_SLICE_US * AIM / (double)t.us;
    p->step = fit < 1 ? 1 : fit > (double)p->most ? p->most : (size_t)fit;
    return OK;
}
