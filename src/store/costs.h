/* The ledger of what serving customers costs, as SQL sees it: sums, entries of
 * one document, margins of orders. Amounts in 10^-6 of the base currency unless
 * said otherwise. */
#ifndef STORE_COSTS_H
#define STORE_COSTS_H

#include "db/db.h"

/* --- margins of orders ---------------------------------------------------- */

/* What the lines of an order leave above the cost of their products, in the
 * order's own currency; a line has a cost when its product's is in that
 * currency. */
struct order_margin {
    int64_t order_id;
    bool is_return;
    int64_t rate;     /* 10^-9 */
    int64_t lines;    /* 0: the order stands for its amount */
    int64_t unpriced; /* of them, without a cost */
    int64_t priced;   /* sum of the others' margins */
    int64_t loose;    /* sum of the amounts of those without a cost */
    int64_t total;    /* sum of all amounts */
    int64_t base;     /* sales less returned, base currency */
};

/* Of live orders, by id, in c->arena. ERR_INVALID amount_overflow. */
enum err order_margins(struct ctx *c, const int64_t *ids, size_t n,
                       struct order_margin **out, size_t *n_out) MUST_CHECK;

/* known false: the order has none. */
enum err order_margin_set(struct ctx *c, int64_t order_id, bool known,
                          int64_t margin) MUST_CHECK;

/* Do any of these products have a cost? */
enum err products_priced(struct ctx *c, const int64_t *ids, size_t n,
                         bool *out) MUST_CHECK;

/* Up to n live orders after an id that lack a margin although the products of
 * all their lines have a cost now. assumed: a margin is taken for granted where
 * there is no cost, so that any order can have one. */
enum err orders_unpriced(struct ctx *c, int64_t after, bool assumed, size_t n,
                         int64_t *ids, size_t *found) MUST_CHECK;

/* --- the ledger --------------------------------------------------------- */

/* Recomputes cost_to_serve, discounts_given and net_profit of a customer. */
enum err stats_costs(struct ctx *c, int64_t customer_id) MUST_CHECK;

/* Live entries that the program made of an interaction or an order. */
#define COST_ENTRIES_MAX 4
enum err cost_entries_of(struct ctx *c, bool order, int64_t id,
                         int64_t ids[COST_ENTRIES_MAX], size_t *n) MUST_CHECK;

/* Those of the orders that may go with them: nobody has typed their cost. */
enum err cost_entries_with(struct ctx *c, const int64_t *order_ids, size_t n,
                           int64_t **ids, size_t *n_ids) MUST_CHECK;

/* Has anybody typed what an order cost? */
enum err cost_typed(struct ctx *c, int64_t order_id, bool *out) MUST_CHECK;

/* What a customer's entries add up to, by kind. */
struct cost_sum {
    struct str kind;
    int64_t entries, amount, standard, actual, order; /* amount: of all */
};
enum err cost_sums(struct ctx *c, int64_t customer_id, struct cost_sum **out,
                   size_t *n) MUST_CHECK;

/* The statistics behind a customer's profit. */
struct customer_profit {
    bool margin_known;
    int64_t margin, cost, discounts, net;
    int64_t unpriced_orders;
};
enum err customer_profit(struct ctx *c, int64_t customer_id,
                         struct customer_profit *out) MUST_CHECK;

#endif
