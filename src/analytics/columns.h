/* Sales as columns, one row an order: what a mirror of the database holds and
 * figures of all customers are computed from in one pass. Exact sums and
 * counts: what adding up the rows of each customer gives. */
#ifndef ANALYTICS_COLUMNS_H
#define ANALYTICS_COLUMNS_H

#include "base/arena.h"

/* Rows with sales <= 0 do not count: the order is no sale any more. */
struct sales_columns {
    const int64_t *order, *customer;
    const int32_t *day;   /* since 1970 */
    const int64_t *sales; /* 10^-6 */
    size_t n;
};

/* One customer's sales in the days asked for. */
struct sales_figures {
    int64_t customer;
    int64_t sales;  /* 10^-6 */
    int64_t orders; /* rows that count */
    int32_t first_day, last_day;
    int64_t days;            /* distinct days; 0 unless asked for */
    int64_t first_day_sales; /* likewise */
};

struct sales_span {
    int32_t from, to; /* days, both included */
};

/* Figures of the customers with sales in the span, by customer; *n_out of
 * them, in arena a. False when a sum leaves 64 bits. with_days also counts
 * days, which takes a second pass. Memory for the work: 4 bytes a row and 4 a
 * number from the least customer number to the largest, if those are less than
 * 16 numbers a row, else a hash table. */
bool columns_figures(struct arena *a, const struct sales_columns *c,
                     struct sales_span span, bool with_days,
                     struct sales_figures **out, size_t *n_out) MUST_CHECK;

/* Calls fn with the days of each customer (n >= 1, distinct, rising); of is a
 * struct sales_columns. */
void columns_visit(const void *of, struct arena *scratch,
                   void (*fn)(void *user, const int32_t *days, size_t n),
                   void *user);

#endif
