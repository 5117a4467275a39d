/* Orders, their lines and payments: amounts, rates, and the statistics of the
 * customer that follow from them in the same transaction. */
#ifndef APP_ORDER_H
#define APP_ORDER_H

#include "store/record.h"
#include "store/stats.h"

/* Save hooks. */
enum err order_save(struct ctx *c, enum save_op op, const struct record *before,
                    const struct record *after);
enum err order_line_save(struct ctx *c, enum save_op op,
                         const struct record *before,
                         const struct record *after);
enum err payment_save(struct ctx *c, enum save_op op,
                      const struct record *before, const struct record *after);
enum err interaction_save(struct ctx *c, enum save_op op,
                          const struct record *before,
                          const struct record *after);

/* Units of base currency per unit of `currency` on a day, scale 10^-9: 1 for
 * the base currency itself, `given` when it is not 0, else the newest
 * currency_rate at or before the day. ERR_INVALID no_rate. */
enum err order_rate(struct ctx *c, struct str currency, int32_t day,
                    int64_t given, int64_t *rate) MUST_CHECK;

/* Sets rate and base_amount of a document with currency, rate, amount and this
 * day. ERR_INVALID not_currency, no_rate, amount_overflow. */
enum err document_base(struct ctx *c, const struct record *before,
                       const struct record *after, struct str day) MUST_CHECK;

/* quantity (10^-3) × unit price (10^-6) as 10^-6, half away from zero.
 * ERR_INVALID amount_overflow. */
enum err order_line_amount(struct ctx *c, int64_t quantity, int64_t unit_price,
                           int64_t *out) MUST_CHECK;

/* What the lines of an order add up to. */
struct order_sum {
    struct order_lines lines;
    bool is_return; /* the order is of kind return */
    struct str currency, base;
    int64_t rate; /* 10^-9 */
};
struct order_totals {
    int64_t amount;          /* minor units of the order's currency */
    int64_t base_amount;     /* minor units of the base currency */
    int64_t sales, returned; /* 10^-6 of the base currency */
};
/* ERR_INVALID amount_overflow. */
enum err order_totals(struct ctx *c, const struct order_sum *in,
                      struct order_totals *out) MUST_CHECK;

/* What an order has before its lines change, and the same as order_refresh once
 * they have: an amount that came from lines goes with the last of them, a
 * discount that followed from theirs likewise. changed: the order gets another
 * revision, so that a form with the former lines is refused. */
struct order_lined {
    bool any, discounted, changed;
};
enum err order_was(struct ctx *c, int64_t order_id,
                   struct order_lined *out) MUST_CHECK;
enum err order_relined(struct ctx *c, int64_t order_id,
                       const struct order_lined *was) MUST_CHECK;

/* Recomputes an order from its lines and its customer's statistics and grade:
 * after lines were written in bulk, which raises its revision (store/bulk.h).
 */
enum err order_refresh(struct ctx *c, int64_t order_id) MUST_CHECK;

/* Statistics and scores of one customer; id 0 is nobody. on as in
 * stats_orders. */
enum err customer_refresh(struct ctx *c, int64_t customer_id,
                          const struct stats_days *on) MUST_CHECK;

#endif
