/* What orders ask of their rows: numbers made, the lines they have, how far
 * below the list price they lie. */
#ifndef STORE_ORDER_ROWS_H
#define STORE_ORDER_ROWS_H

#include "base/ctx.h"

/* Moves the series `key` on by `step` (1 or more), from 0 at its beginning, and
 * holds it until the transaction ends: nobody else gets the same number. Inside
 * a write function. */
enum err number_series_next(struct ctx *c, struct str key, int64_t step,
                            int64_t *out) MUST_CHECK;

/* Has an order this number, in the bin too? */
enum err order_number_taken(struct ctx *c, struct str number,
                            bool *out) MUST_CHECK;

/* Live lines of an order in their order, in c->arena. */
struct order_line_row {
    int64_t id, rev, position;
};
enum err order_line_rows(struct ctx *c, int64_t order_id,
                         struct order_line_row **out, size_t *n) MUST_CHECK;

/* The place of its last live line; 0: there is none. */
enum err order_last_position(struct ctx *c, int64_t order_id,
                             int64_t *out) MUST_CHECK;

/* The lines of an order that are sales, one quantity × price each. */
struct order_priced {
    int64_t quantity, unit_price, amount; /* 10^-3, 10^-6, 10^-6 */
};
/* *n is 0 where no line has a discount of its own. */
enum err order_priced_lines(struct ctx *c, int64_t order_id,
                            struct order_priced **out, size_t *n) MUST_CHECK;

/* What a line may take from its product and needs of its order. *found false:
 * one of them is not there. */
struct order_offer {
    struct str name, unit;
    int64_t price; /* 10^-6; -1: none in the currency of the order */
};
enum err order_offer(struct ctx *c, int64_t product_id, int64_t order_id,
                     struct order_offer *out, bool *found) MUST_CHECK;

#endif
