/* What customers leave after the cost to serve them (R38): the margins of their
 * orders, less for goods given back, without the entries of the cost ledger.
 * Discounts given are on both sides of it (the margin is less by them) and
 * left out of both. Of all time that is customer_stats.net_profit where every
 * order has a margin; an order without one adds nothing. Amounts in 10^-6 of
 * the base currency, may be negative; days since 1970, from_day 0: ever. */
#ifndef STORE_PROFITS_H
#define STORE_PROFITS_H

#include "store/margins.h"

/* Of all customers with an order or an entry since then, by customer, in
 * c->arena; of all time out of the statistics, else out of the documents.
 * *unknown counts orders without a margin. ERR_INVALID amount_overflow. */
enum err profits_since(struct ctx *c, int32_t from_day, struct margin **out,
                       size_t *n, int64_t *unknown) MUST_CHECK;

/* Of one, out of the documents, in the caller's transaction. */
enum err profit_of(struct ctx *c, int32_t from_day, int64_t customer_id,
                   int64_t *out) MUST_CHECK;

/* What adds up to it, by day, in c->arena. */
struct profit_order {
    int64_t id;
    struct str number, kind;
    int32_t day;
    bool known; /* has a margin */
    int64_t margin;
};
struct profit_cost {
    int64_t id;
    struct str kind, origin;
    int32_t day;
    int64_t amount;
};
struct profit_facts {
    struct profit_order *orders;
    struct profit_cost *costs;
    size_t n_orders, n_costs;
};
enum err profit_facts(struct ctx *c, int32_t from_day, int64_t customer_id,
                      struct profit_facts *out) MUST_CHECK;

#endif
