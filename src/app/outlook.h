/* The value matrix as a picture, and how lifetime values, chances of being a
 * customer still and due days are spread: counts over the actor's scope, each
 * with its bounds, so that a list shows exactly who was counted. */
#ifndef APP_OUTLOOK_H
#define APP_OUTLOOK_H

#include "analytics/groups.h"
#include "analytics/matrix.h"
#include "base/ctx.h"
#include "store/value_rows.h"

struct outlook_sum {
    int64_t customers;
    int64_t current, potential; /* 10^-6 */
};

/* Customers with values in [from, to): from 0, 1, 1.5, 2, 3, 5, 7, 10 … */
struct outlook_cell {
    enum matrix_type type;
    int64_t current_from, current_to, potential_from, potential_to; /* 10^-6 */
    int64_t customers;
};

struct outlook_matrix {
    int32_t as_of, from_day; /* as_of 0: there was no run */
    int64_t current_cut, potential_cut;
    struct outlook_sum types[MATRIX_TYPES];
    struct outlook_cell *cells;
    size_t n;
};
/* In c->arena. ERR_FORBIDDEN where potentials may not be seen. */
enum err outlook_matrix(struct ctx *c, struct outlook_matrix *out) MUST_CHECK;

/* Groups of customers who buy alike, as the newest run found them. */
struct outlook_groups {
    int32_t as_of; /* 0: there was no run */
    struct group_model model;
    struct value_group_sums *p; /* those with customers in scope */
    size_t n;
    int64_t customers, sales; /* of all of them, 10^-6 */
};
/* In c->arena. ERR_FORBIDDEN where groups may not be seen. */
enum err outlook_groups(struct ctx *c, struct outlook_groups *out) MUST_CHECK;

/* [from, to); from INT64_MIN, to INT64_MAX: open. */
struct outlook_bar {
    int64_t from, to;
    int64_t customers;
    int64_t sum; /* of their lifetime values, 10^-6 */
};
struct outlook_bars {
    struct outlook_bar *p;
    size_t n;
    int64_t customers, unknown, sum;
};
#define OUTLOOK_TENTHS 10

struct outlook_spread {
    int32_t as_of; /* 0: not graded yet */
    int32_t today;
    struct outlook_bars clv;   /* 10^-6: from 0, 1, 2, 5, 10, 20 … */
    struct outlook_bars alive; /* 10^-4, tenths */
    struct outlook_bars due;   /* days */
};
enum err outlook_spread(struct ctx *c, struct outlook_spread *out) MUST_CHECK;

#endif
