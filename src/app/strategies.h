/* Strategies switched on while customers stand there already: who has none of
 * the tasks yet, and making them. */
#ifndef APP_STRATEGIES_H
#define APP_STRATEGIES_H

#include "store/strategies.h"

/* How many tasks a plan makes of a customer. */
int64_t strategy_lines(const struct ctx *c, const struct strategy *s);

/* Those of strategy_without that get their tasks now: an owner with fewer open
 * tasks of the program than policy.tasks_per_owner takes one more customer,
 * the most sales first. */
enum err strategy_next(struct ctx *c, const struct strategy *s,
                       struct policy_due **out, size_t *n) MUST_CHECK;

/* Makes them, in slices, each a write of its own; acts for the company. *tasks
 * and *customers grow by what was made, behind each slice. ERR_CANCELLED
 * between slices. */
enum err strategy_make(struct ctx *c, const struct strategy *s, int64_t *tasks,
                       int64_t *customers) MUST_CHECK;

#endif
