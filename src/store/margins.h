/* What sales lines leave above their cost. */
#ifndef STORE_MARGINS_H
#define STORE_MARGINS_H

#include "db/db.h"

struct margin {
    int64_t customer;
    int64_t amount; /* 10^-6 of the base currency, may be negative */
};

/* Margins of the lines sold since from_day (0: ever), one row a customer with
 * sales then, by customer, of one customer or (0) of all: amount - quantity ×
 * the product's cost, at the order's rate. Lines whose product has no cost in
 * the order's currency, and orders without lines, add nothing; *unknown is
 * their number. In c->arena. ERR_INVALID amount_overflow. */
enum err margins_since(struct ctx *c, int32_t from_day, int64_t customer_id,
                       struct margin **out, size_t *n,
                       int64_t *unknown) MUST_CHECK;

/* The lines of one customer behind that sum, by day. In c->arena. */
struct margin_line {
    int64_t order_id;
    struct str number, currency;
    int32_t day;
    int64_t product_id;             /* 0: none */
    int64_t quantity, amount, rate; /* 10^-3, 10^-6, 10^-9 */
    bool known;                     /* has a cost */
    int64_t cost;                   /* of one, 10^-6 */
    int64_t margin;                 /* 0 without a cost */
};
enum err margin_lines(struct ctx *c, int32_t from_day, int64_t customer_id,
                      struct margin_line **out, size_t *n) MUST_CHECK;

/* Sales of one customer since a day, 10^-6. */
enum err sales_since(struct ctx *c, int32_t from_day, int64_t customer_id,
                     int64_t *out) MUST_CHECK;

#endif
