/* Cross-selling (R42): what customers who bought the same buy as well. */
#ifndef APP_CROSS_SELL_H
#define APP_CROSS_SELL_H

#include "store/pairs.h"

/* A pair counts when at least so many customers, and so many basis points of
 * all that buy, bought both: nobody's purchases can be told from it. */
#define CROSS_LEAST 5
#define CROSS_SUPPORT_BP 100
/* Strongest partners kept of each product, by evidence (chi square). */
#define CROSS_PARTNERS 10
#define CROSS_SHOWN 8

/* Counts the pairs of the whole company anew, by customer; *buyers is how many
 * customers bought a product. Calls store_write. */
enum err cross_sell_count(struct ctx *c, int64_t *buyers) MUST_CHECK;

/* together × buyers / (customers × other_customers); 1: by chance. */
double cross_sell_lift(const struct product_pair *p, int64_t buyers);

/* What to offer a customer, the strongest lift first: each product once, with
 * the purchase that speaks most for it; at most CROSS_SHOWN. */
enum err cross_sell_for(struct ctx *c, int64_t customer_id, int64_t buyers,
                        struct pair_found **out, size_t *n) MUST_CHECK;

#endif
