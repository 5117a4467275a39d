/* How customers moved between grades in force, month by month. */
#ifndef APP_GRADE_MOVES_H
#define APP_GRADE_MOVES_H

#include "analytics/pyramid.h"
#include "base/ctx.h"

#define GRADE_NONE TIER_COUNT
#define GRADE_KINDS (TIER_COUNT + 1)

/* A month of the company's calendar: customers whose grade in force at its end
 * (to) was another than at its beginning (from), by [from][to]. */
struct grade_month {
    int year, month; /* 1 to 12 */
    int64_t moves[GRADE_KINDS][GRADE_KINDS];
};

/* Months with moves of the customers the actor may see, oldest first; in
 * c->arena. ERR_FORBIDDEN without the right to the history. */
enum err grade_moves(struct ctx *c, struct grade_month **out,
                     size_t *n) MUST_CHECK;

#endif
