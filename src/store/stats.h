/* Live statistics of customers (DESIGN V3): recomputed for one customer, from
 * the rows, in the transaction of the write that touched them. Amounts in
 * 10^-6 of the base currency, days since 1970. */
#ifndef STORE_STATS_H
#define STORE_STATS_H

#include "db/db.h"

/* What the lines of one order add up to, in the order's own currency. */
struct order_lines {
    int64_t count;    /* lines at all */
    int64_t sale;     /* sum of lines that are sales: quantity and price > 0 */
    int64_t returned; /* positive sum of lines with quantity < 0 */
    int64_t total;    /* signed sum of all */
};
enum err stats_order_lines(struct ctx *c, int64_t order_id,
                           struct order_lines *out) MUST_CHECK;

/* The days that orders were on which changed, before and after it. */
struct stats_days {
    const int64_t *day;
    size_t n;
};

/* Recomputes what a customer's live orders add up to: their number, sales,
 * first and last day, days with a purchase, sales of the first, returns,
 * cancellations, margin, orders without one; and with its payments the open
 * amount. on: no order of another day has changed since the last time (n = 0:
 * none at all), and no payment; NULL: any may have, which takes long for a
 * customer with very many. */
enum err stats_orders(struct ctx *c, int64_t customer_id,
                      const struct stats_days *on) MUST_CHECK;
/* The same after a payment has changed, and no order. */
enum err stats_payments(struct ctx *c, int64_t customer_id) MUST_CHECK;
/* The assignment of net_profit in an UPDATE of customer_stats, from the values
 * before it; of a customer without orders the margin is 0. */
#define STATS_NET                                                              \
    "net_profit = CASE WHEN unpriced_orders > 0 THEN NULL ELSE"                \
    " coalesce(margin, 0) + discounts_given - cost_to_serve END"

/* 10^-6 units in a minor unit of the base currency. */
enum err stats_minor(struct ctx *c, int64_t *out) MUST_CHECK;
/* The same for contacts: count, last, next planned. */
enum err stats_contacts(struct ctx *c, int64_t customer_id) MUST_CHECK;

/* Scored facts of a customer (R31). */
enum standing {
    STANDING_CREDIT,
    STANDING_INFLUENCE,
    STANDING_PROSPECTS,
    STANDING_LOYALTY,
    STANDING_COUNT
};

/* One customer's figures as grading needs them. */
struct customer_figures {
    int64_t id;
    int64_t sales;  /* 10^-6 */
    int64_t orders; /* distinct sale orders */
    int32_t last_day;
    /* What grading looks at when the rules say so (app/contribution.h); not
     * read here. */
    int64_t contribution;
    int standing[STANDING_COUNT]; /* typed scores 1…5; 0: unknown */
};

/* The last day of any sale; 0 when there is none. */
enum err stats_last_sale(struct ctx *c, int32_t *out) MUST_CHECK;

/* What an order was worth on its day: the newest rate at or before it.
 * *found false when there is none. Scale 10^-9. */
enum err stats_rate(struct ctx *c, struct str currency, int32_t day,
                    int64_t *rate, bool *found) MUST_CHECK;

#endif
