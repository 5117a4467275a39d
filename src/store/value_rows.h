/* Scored customers within the actor's read scope: what the value pages show.
 * Tiers and scores are company-wide facts, sums and counts cover the scope
 * only (DESIGN S3). */
#ifndef STORE_VALUE_ROWS_H
#define STORE_VALUE_ROWS_H

#include "store/scope.h"

struct value_fact {
    int64_t id;
    struct str grade, abc; /* empty: not graded yet */
    int r, f, m;
    int64_t sales, orders;
    int32_t last_day;
};

/* Customers with sales, by id; in c->arena. ERR_FORBIDDEN. */
enum err value_facts(struct ctx *c, struct value_fact **out,
                     size_t *n) MUST_CHECK;

/* Ids of those customers alone, rising; ERR_FORBIDDEN. */
enum err value_customers(struct ctx *c, int64_t **out, size_t *n) MUST_CHECK;

/* Order lines in scope, and those of them that are sales. */
enum err value_lines(struct ctx *c, int64_t *lines,
                     int64_t *sale_lines) MUST_CHECK;

/* One group of customers who buy alike. */
struct value_group_sums {
    int group;
    int64_t customers, sales, orders;
    int64_t last_days; /* sum of the days of their last orders */
};
/* By group; those without one are left out. */
enum err value_group_rows(struct ctx *c, struct value_group_sums **out,
                          size_t *n) MUST_CHECK;

/* Graded customers of one grade, how many of them have a profit (net_profit),
 * and what these add up to, 10^-6; below 0 where losses weigh more. */
struct value_grade_sums {
    struct str grade;
    int64_t customers, known, profit;
};
/* By grade; those without customers are left out. Only for who may see
 * profits. ERR_INVALID amount_overflow. */
enum err value_grade_rows(struct ctx *c, struct value_grade_sums **out,
                          size_t *n) MUST_CHECK;

/* One cell of the R × F map. */
struct value_cell {
    int r, f;
    int64_t customers, sales;
};
enum err value_cells(struct ctx *c, struct value_cell **out,
                     size_t *n) MUST_CHECK;

#endif
