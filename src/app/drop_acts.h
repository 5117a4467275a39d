/* What the fees of drop decisions make somebody do: tasks of the customer's
 * owner. Each inside the write that calls for it. */
#ifndef APP_DROP_ACTS_H
#define APP_DROP_ACTS_H

#include "store/record.h"

/* A decision was approved: an account fee is to be charged from its day on. */
enum err drop_acts_begin(struct ctx *c, const struct record *d) MUST_CHECK;

/* It was lifted: its open tasks go into the bin, and a fee that is charged by
 * now is to end. */
enum err drop_acts_end(struct ctx *c, const struct record *d) MUST_CHECK;

/* It comes out of the bin, given as it lay there: when it was lifted meanwhile,
 * its tasks end as above instead of coming back with it. */
enum err drop_acts_back(struct ctx *c, const struct record *binned) MUST_CHECK;

/* Goods came back by an order: its fee is to be charged where a decision asks
 * for one on the order's day. Once for each order. */
enum err drop_return_fee(struct ctx *c, const struct record *order) MUST_CHECK;

#endif
