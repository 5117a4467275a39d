/* Long work as those see it who watch it or ask it to stop: jobs, commands.
 * c->work points to one while such work goes on. */
#ifndef BASE_LONG_WORK_H
#define BASE_LONG_WORK_H

#include "base/ctx.h"

#include <stdatomic.h>

struct long_work {
    atomic_bool stop; /* any thread sets it; the work ends soon */
    /* Told in the work's own thread where it is, between its pieces: the step
     * ("grades"), how much of it is done and of how much (0: unknown). An
     * error ends the work. May be NULL. */
    enum err (*tell)(struct ctx *c, void *arg, const char *step, int64_t done,
                     int64_t total);
    void *arg;
};

/* Is somebody waiting for the work to end? */
bool long_work_stops(const struct ctx *c);

/* Between two pieces: tells, looks. ERR_CANCELLED when it is to stop, or an
 * error of tell; OK where nobody watches. */
enum err long_work_at(struct ctx *c, const char *step, int64_t done,
                      int64_t total) MUST_CHECK;

#endif
