/* What comes to a queue and what is done of it, lately: tells a flood, in which
 * more comes than can be done, from many that came at once. Zeroed at first;
 * the caller's lock. */
#ifndef BASE_FLOW_H
#define BASE_FLOW_H

#include "base/compiler.h"

#define FLOW_SPANS 3 /* the one that goes on and two that are over */

struct flow {
    int64_t begun_us; /* the span that goes on */
    int came[FLOW_SPANS], done[FLOW_SPANS];
};

/* now_us: clock_monotonic_us, never less than before. */
void flow_came(struct flow *f, int64_t now_us);
void flow_done(struct flow *f, int64_t now_us);
/* Did clearly more come than was done, in each of the last two spans of a fifth
 * of a second? */
bool flow_floods(struct flow *f, int64_t now_us);

#endif
