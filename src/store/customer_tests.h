/* What a list of customers can be asked for beyond fields: who bought in some
 * days, who moved between grades in a month, who came to a rung of the ladder.
 * So that each figure of the value pages opens the list of those it counts. */
#ifndef STORE_CUSTOMER_TESTS_H
#define STORE_CUSTOMER_TESTS_H

#include "store/scope.h"

#define BOUGHT_SPANS 4

struct bought_span {
    int32_t from, to; /* days, both in it */
};

struct customer_tests {
    struct bought_span bought[BOUGHT_SPANS]; /* a sale in each of them */
    size_t n_bought;
    struct str moved; /* as asked for; empty: whoever */
    int64_t month_ms, end_ms;
    struct str from, to; /* grades; empty: none */
    struct scope trail;  /* of the dated history that tells it */
    int rung;            /* place on the ladder, 1 on; 0: whoever */
};

/* bought=2026-03, bought=2026-01-01..2026-03-31, several with commas: a sale in
 * each. ERR_FORBIDDEN for whoever may not see sums of orders.
 * moved=2026-03:small:vip: of that grade at the beginning and of this one at
 * the end of the month, "none" for no grade. ERR_FORBIDDEN without the right to
 * the history. reached=client: who stands there or higher, or once did. *known
 * false: the name is another's. ERR_INVALID not_month, not_days, not_move,
 * not_option, too_many_values. */
enum err customer_tests_param(struct ctx *c, struct customer_tests *t,
                              struct str name, struct str value,
                              bool *known) MUST_CHECK;
/* Names that customer_tests_param knows. */
bool customer_tests_name(struct str name);

bool customer_tests_any(const struct customer_tests *t);
/* " AND …" on the customer called t. */
void customer_tests_where(struct ctx *c, struct sqlb *b,
                          const struct customer_tests *t);
/* Appends what tells these tests from others. */
void customer_tests_print(struct buf *b, const struct customer_tests *t);

#endif
