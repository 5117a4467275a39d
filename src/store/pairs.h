/* Which products the same customers buy: what it is counted from, the pairs
 * found, and those that concern one customer. */
#ifndef STORE_PAIRS_H
#define STORE_PAIRS_H

#include "db/db.h"

/* Calls visit for each customer and product it ever bought, a line each; of
 * live products that are for sale. The whole company: for jobs. */
typedef void (*pairs_visit)(void *arg, int64_t customer, int64_t product);
enum err pairs_bought(struct ctx *c, pairs_visit visit, void *arg) MUST_CHECK;

/* Customers who bought one product, another, and both. */
struct product_pair {
    int64_t product, other;
    int64_t customers, other_customers, together;
};

/* Takes all pairs away; adds some. */
enum err pairs_clear(struct ctx *c) MUST_CHECK;
enum err pairs_add(struct ctx *c, const struct product_pair *p,
                   size_t n) MUST_CHECK;

/* A pair of something the customer bought and something it did not. */
struct pair_found {
    struct product_pair pair;
    struct str name, other_name;
};
#define PAIRS_NEWEST 5000
/* By other, product. Of the customer's PAIRS_NEWEST newest orders, and of those
 * of their lines and products that the actor may read; the caller has checked
 * that he may see the customer. */
enum err pairs_of_customer(struct ctx *c, int64_t customer_id,
                           struct pair_found **out, size_t *n) MUST_CHECK;

#endif
