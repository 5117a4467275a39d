/* The dated grades in force of customers within the actor's read scope. */
#ifndef STORE_GRADE_TRAIL_H
#define STORE_GRADE_TRAIL_H

#include "store/scope.h"

struct grade_step {
    int64_t customer_id, at_ms;
    struct str grade; /* in force from then on; empty: none any more */
};

/* All steps of live customers, by customer and then as they came; in c->arena.
 * ERR_FORBIDDEN, ERR_INVALID when the grades may not be seen. */
enum err grade_trail(struct ctx *c, struct grade_step **out,
                     size_t *n) MUST_CHECK;

#endif
