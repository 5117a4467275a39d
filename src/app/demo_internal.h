/* Shared by demo.c and demo_customer.c only. */
#ifndef APP_DEMO_INTERNAL_H
#define APP_DEMO_INTERNAL_H

#include "app/demo_words.h"
#include "store/record.h"

#define DEMO_DAYS 548 /* eighteen months */

/* Who sells where; made first. */
struct demo_company {
    int64_t *products;  /* ids, in the order of demo_products */
    int64_t sellers[2]; /* north, south */
    int64_t service;    /* customer service */
    int32_t today;      /* business day */
    int64_t now_ms;
    /* Who brought one in ten of the batch: the first of that before. */
    int64_t referrer;
};

/* One customer to be made: its place in the order of size (0 is the largest)
 * and how many orders it shall have. */
struct demo_customer {
    const struct demo_company *company;
    size_t number, rank;
    int64_t orders;
    int64_t size_percent; /* of usual quantities */
};

struct record *demo_record(struct ctx *c, const char *entity);

/* Makes the customer with contacts, orders, payments, interactions and tasks;
 * *id_out is its id.
 * Inside a write function; the same input makes the same records. */
enum err demo_customer_make(struct ctx *c, const struct demo_customer *d,
                            int64_t *id_out) MUST_CHECK;

#endif
