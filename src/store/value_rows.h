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

/* One cell of the R × F map. */
struct value_cell {
    int r, f;
    int64_t customers, sales;
};
enum err value_cells(struct ctx *c, struct value_cell **out,
                     size_t *n) MUST_CHECK;

#endif
