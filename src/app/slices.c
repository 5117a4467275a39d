/* Slices of jobs. Owns the arena of the slice under way; one thread a call.
 * Invariant: what a slice has counted is taken over behind its commit only, as
 * a write may run twice. */
#include "app/slices.h"

#include "base/time.h"

/* Of work in one write, so that others come between; while nobody else has
 * written for a while. */
#define BESIDE_US 12000
#define ALONE_US 120000
#define QUIET_MS 1000
#define GROWTH 4 /* times the slice before, at most */

struct pace {
    struct slices *s;
    size_t at_once, asked;
    int64_t us; /* the slice took in its transaction */
    uint64_t awaited;
    int64_t heard_ms; /* when somebody else wrote */
};

static enum err timed(struct ctx *c, void *arg) {
    struct pace *p = arg;
    int64_t begun = clock_monotonic_us();
    p->s->to = p->asked;
    enum err e = p->s->write(c, p->s->arg);
    p->us = clock_monotonic_us() - begun;
    return e;
}

static bool alone(struct ctx *c, struct pace *p) {
    uint64_t awaited = store_awaited(c->store);
    int64_t now = clock_monotonic_ms();
    if (awaited != p->awaited)
        p->heard_ms = now;
    p->awaited = awaited;
    return now - p->heard_ms >= QUIET_MS;
}

static void adapt(struct ctx *c, struct pace *p) {
    const struct slices *s = p->s;
    size_t took = s->to - s->from;
    int64_t target = alone(c, p) ? ALONE_US : BESIDE_US;
    if (s->most == 0)
        return;
    size_t fit = p->us > 0 ? (size_t)((int64_t)took * target / p->us) : s->most;
    size_t limit =
        p->at_once * GROWTH < s->most ? p->at_once * GROWTH : s->most;
    fit = fit > limit ? limit : fit;
    p->at_once = fit < s->least ? s->least : fit;
}

static enum err one(struct ctx *c, struct pace *p) {
    struct slices *s = p->s;
    s->to = s->n - s->from < p->at_once ? s->n : s->from + p->at_once;
    s->idle = false;
    ctx_now(c);
    if (s->find != NULL)
        TRY(s->find(c, s->arg));
    p->asked = s->to;
    p->us = 0;
    return s->idle ? OK : store_write(c, LANE_JOB, timed, p);
}

enum err slices_run(struct ctx *c, struct slices *s) {
    struct arena *outer = c->arena, *batch = arena_new();
    struct pace p = {.s = s,
                     .at_once = s->first,
                     .awaited = store_awaited(c->store),
                     .heard_ms = clock_monotonic_ms() - QUIET_MS};
    size_t total = s->total != 0 ? s->total : s->n;
    bool more = s->from < s->n;
    enum err e = long_work_at(c, s->step, (int64_t)s->from, (int64_t)total);
    while (e == OK && more) {
        c->arena = batch;
        e = one(c, &p);
        c->arena = outer;
        if (e != OK)
            fail_keep(c, outer);
        arena_reset(batch);
        if (e != OK)
            break;
        if (s->wrote != NULL)
            s->wrote(s->arg);
        adapt(c, &p);
        more = s->to > s->from && s->to < s->n;
        s->from = s->to;
        e = long_work_at(c, s->step, (int64_t)s->from,
                         (int64_t)(s->from > total ? s->from : total));
    }
    arena_free(batch);
    return e;
}
