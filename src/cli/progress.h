/* A bar on a terminal's stderr, and Ctrl-C without a handler: signals stay
 * blocked and are looked for at each step. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/ctx.h"

#include <signal.h>
#include <stdatomic.h>

struct progress {
    bool terminal; /* draw at all */
    bool drawn;
    atomic_bool stop;   /* SIGINT or SIGTERM came */
    int64_t started_ms; /* monotonic */
    sigset_t signals;
};

/* Before any thread is made, so that all inherit the mask. */
void progress_start(struct progress *p);
/* Draws, and looks for signals. total 0: unknown. */
void progress_step(struct progress *p, int64_t done, int64_t total);
/* Clears the line and lets signals through again. */
void progress_end(struct progress *p);

#endif
