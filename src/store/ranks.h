/* The ranks of a grading: everybody's contribution in rank order, packed, so
 * that a run keeps some megabytes and not a rank in each customer's row. Rank
 * and the sum of those before follow from a customer's contribution. */
#ifndef STORE_RANKS_H
#define STORE_RANKS_H

#include "db/db.h"

struct ranked {
    int64_t contribution; /* 10^-6, not below 0 */
    int64_t id;           /* of the customer */
};

/* Writes those of a run, by falling contribution, then rising id. Inside a
 * write function. */
enum err ranks_put(struct ctx *c, int64_t run_id, const struct ranked *r,
                   size_t n) MUST_CHECK;

/* Where somebody stands among them: rank from 1, sum of those before. */
struct rank {
    int64_t rank, before;
};
/* *found false when the run has kept none. */
enum err ranks_find(struct ctx *c, int64_t run_id, struct ranked who,
                    struct rank *out, bool *found) MUST_CHECK;

/* Throws away those of runs before this one. Inside a write function. */
enum err ranks_forget(struct ctx *c, int64_t run_id) MUST_CHECK;

#endif
