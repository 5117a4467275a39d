/* What orders and their lines get when it was left empty. */
#ifndef APP_ORDER_FILL_H
#define APP_ORDER_FILL_H

#include "store/record.h"

/* Fill hooks: an order left without a number gets the next of its day, a line
 * without a place comes last; a new line takes name, unit and price that are
 * empty from its product, one that gets another product those it is not given.
 * A price in another currency than the order's, and what the caller may not
 * see, is not taken. */
enum err order_fill(struct ctx *c, const struct record *before,
                    struct record *r);
enum err order_line_fill(struct ctx *c, const struct record *before,
                         struct record *r);

#endif
