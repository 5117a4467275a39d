/* Customers who stand where a strategy is for, and have none of its tasks. */
#ifndef STORE_STRATEGIES_H
#define STORE_STRATEGIES_H

#include "store/ladder.h"
#include "store/policies.h"

/* Where a plan is for: lifecycle_stage, relation_level or bonds. */
struct strategy {
    struct lifecycle_plan plan;
    struct str field, value;
};
/* *found false: there is none with this id, or it is in the bin. */
enum err strategy_find(struct ctx *c, int64_t plan_id, struct strategy *out,
                       bool *found) MUST_CHECK;

/* Live customers there that never had a task of the plan, not even one that is
 * done or in the bin; most sales first. since_ms is 0. */
enum err strategy_without(struct ctx *c, const struct strategy *s,
                          struct id_span ids, struct policy_due **out,
                          size_t *n) MUST_CHECK;

#endif
