/* Other rules of grading tried on everybody without saving anything: how the
 * tiers would share the sales and who would move. */
#ifndef APP_WHAT_IF_H
#define APP_WHAT_IF_H

#include "app/grade.h"

/* A customer's stored grade, and what the rules would give. */
struct what_if_row {
    int64_t id;
    int from, to;        /* enum tier; from TIER_COUNT: not graded yet */
    uint8_t scores[3];   /* R, F, M */
    bool rescored, loss; /* another one than stored; counts for less than 0 */
};

/* Of the customers the actor may see; ranks are the whole company's. */
struct what_if {
    int64_t customers, sales;
    struct value_group tiers[TIER_COUNT], classes[3];
    /* What the rules count, 10^-6, never below 0 of one; and what was below. */
    int64_t contribution, of_tier[TIER_COUNT], losers, losses;
    struct what_if_row *all; /* by id */
    size_t n_all;
    size_t n;                     /* of them, who would move */
    int64_t scores[3][RFM_BANDS]; /* customers with R, F, M of 1…5 */
    int64_t rescored;             /* for whom one of them would be another */
};

/* May the actor see what such a trial tells? ERR_FORBIDDEN without the right to
 * orders; ERR_INVALID field_hidden, field_masked: of grade, ABC class, scores
 * and what the rules count and weigh. */
enum err what_if_need(struct ctx *c,
                      const struct grade_rules *rules) MUST_CHECK;
/* In c->arena; nothing is written. As what_if_need; ERR_INVALID no_costs when
 * by margin and lines lack a cost, no_margins when by profit and orders lack a
 * margin. */
enum err what_if(struct ctx *c, const struct grade_rules *rules,
                 struct what_if *out) MUST_CHECK;

#endif
