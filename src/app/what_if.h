/* Other rules of grading tried on everybody without saving anything: how the
 * tiers would share the sales and who would move. */
#ifndef APP_WHAT_IF_H
#define APP_WHAT_IF_H

#include "app/grade.h"

/* A customer whose stored grade is another than the rules would give. */
struct what_if_row {
    int64_t id;
    int from, to; /* enum tier; from TIER_COUNT: not graded yet */
};

/* Of the customers the actor may see; ranks are the whole company's. */
struct what_if {
    int64_t customers, sales;
    struct value_group tiers[TIER_COUNT], classes[3];
    /* What the rules count, 10^-6, never below 0 of one; and what was below. */
    int64_t contribution, of_tier[TIER_COUNT], losers, losses;
    struct what_if_row *rows; /* by id */
    size_t n;
};

/* In c->arena; nothing is written. ERR_FORBIDDEN without the right to orders;
 * ERR_INVALID no_costs when by margin and lines lack a cost, no_margins when by
 * profit and orders lack a margin. */
enum err what_if(struct ctx *c, const struct grade_rules *rules,
                 struct what_if *out) MUST_CHECK;

#endif
