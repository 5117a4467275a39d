/* How much a slice of a job takes at once, so that others who write wait for it
 * no longer than they should (STORE_SLICE_US), however slow the machine and
 * however much hangs on each record. */
#ifndef APP_PACE_H
#define APP_PACE_H

#include "store/store.h"

struct pace {
    size_t step; /* of the next slice */
    size_t most;
};

/* Begins with `first`; never more than most. */
struct pace pace_begin(size_t first, size_t most);

/* store_write of a slice of n things (at most p->step) in the lane of jobs; by
 * what it took the next one is larger or smaller. */
enum err pace_write(struct ctx *c, struct pace *p, size_t n, write_fn fn,
                    void *arg) MUST_CHECK;

#endif
