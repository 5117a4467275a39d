/* What serving a customer costs (R38): the program keeps entries of the ledger
 * in step with the interactions and orders they stand for, at the standard
 * costs of the day they were made, and the margins of orders beside them. */
#ifndef APP_COSTS_H
#define APP_COSTS_H

#include "app/order.h"

/* Save hook of cost entries: base amount, statistics, scores. A standard cost
 * whose amount is changed is an actual one from then on. ERR_INVALID
 * cost_from_order. */
enum err cost_entry_save(struct ctx *c, enum save_op op,
                         const struct record *before,
                         const struct record *after);

/* Brings the entries of a document in step with it; what goes into the bin or
 * comes back takes them along by itself. An actual cost keeps its amount. */
enum err costs_of_interaction(struct ctx *c, enum save_op op,
                              const struct record *interaction) MUST_CHECK;
enum err costs_of_order(struct ctx *c, enum save_op op,
                        const struct record *order,
                        const struct order_totals *t) MUST_CHECK;

/* The same for orders as they stand: after a bulk write. */
enum err costs_of_orders(struct ctx *c, const int64_t *ids,
                         size_t n) MUST_CHECK;

/* Sets order.margin: of one order, or of many. Lines without a cost count with
 * the margin the settings take for granted, if any. */
enum err margin_of_order(struct ctx *c, int64_t order_id) MUST_CHECK;
enum err margins_of_orders(struct ctx *c, const int64_t *ids,
                           size_t n) MUST_CHECK;

/* Fills in margins that can be known by now, in slices, each a write of its
 * own. ERR_CANCELLED between slices. */
enum err margins_fill(struct ctx *c, int64_t *filled) MUST_CHECK;

#endif
