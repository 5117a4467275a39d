/* From lines of sales documents to one row a customer: what RFM, ABC and the
 * pyramid stand on. Exact integers throughout: days, orders, amounts in 10^-6
 * of the currency unit. */
#ifndef ANALYTICS_TRANSACTIONS_H
#define ANALYTICS_TRANSACTIONS_H

#include "base/ctx.h"

/* One line. Text is trimmed by the caller. */
struct sale_line {
    struct str customer; /* id; empty: nobody known */
    struct str order; /* invoice number; empty: the line is an order itself */
    int32_t day;      /* days since 1970 */
    bool no_day;      /* unknown: only for lines that are no sale */
    int64_t quantity; /* 10^-3 */
    int64_t price;    /* 10^-6, of one unit */
    int64_t amount;   /* 10^-6, of the line; counts when has_amount */
    bool has_amount;
};

/* What a line is. The first kind that applies counts, in this order. */
enum line_kind {
    LINE_NO_CUSTOMER,
    LINE_CANCELLED, /* the order's number begins with the prefix */
    LINE_RETURNED,  /* quantity <= 0 */
    LINE_FREE,      /* price (or amount, when that is given) <= 0 */
    LINE_SALE,      /* none of these */
    LINE_KINDS
};

/* cancel_prefix is "C" in the shops this rule comes from; empty means that no
 * number tells a cancellation. */
enum line_kind line_kind(const struct sale_line *l, struct str cancel_prefix);

/* The amount of a line in 10^-6: as given, or quantity × price computed in 128
 * bits and rounded half away from zero to 10^-6. False when it does not fit. */
bool line_amount(const struct sale_line *l, int64_t *out) MUST_CHECK;

/* One customer's sale lines together. */
struct customer_sales {
    struct str id;
    int32_t first_day, last_day;
    int64_t orders; /* distinct order numbers of this customer */
    int64_t sales;  /* 10^-6 */
};

struct transactions_totals {
    int64_t lines;
    int64_t kinds[LINE_KINDS];   /* lines of each kind */
    int64_t customers;           /* with at least one sale line */
    int64_t sales;               /* 10^-6, sum of the sale lines */
    int32_t first_day, last_day; /* of all lines with a day, whatever kind */
};

struct transactions;

/* An empty accumulator in arena a; cancel_prefix is borrowed. */
struct transactions *transactions_new(struct arena *a,
                                      struct str cancel_prefix);

/* Adds one line, whose text is copied where it is needed. ERR_INVALID
 * "amount_overflow" when a product or a sum leaves 64 bits; nothing of the line
 * is counted then. */
enum err transactions_add(struct ctx *c, struct transactions *t,
                          const struct sale_line *l) MUST_CHECK;
/* The same without a context: false where transactions_add fails. */
bool transactions_take(struct transactions *t,
                       const struct sale_line *l) MUST_CHECK;

/* Adds what another accumulator holds: the result is that of one that took the
 * lines of both. What it holds is taken over: it is not to be used any more,
 * and its arena has to live as long as t's. False when a sum leaves 64 bits. */
bool transactions_join(struct transactions *t,
                       struct transactions *other) MUST_CHECK;

struct transactions_totals transactions_totals(const struct transactions *t);

/* All customers with sales, by id (bytes), as a new array in arena a. The ids
 * live as long as the accumulator. */
struct customer_sales *transactions_customers(const struct transactions *t,
                                              struct arena *a, size_t *n_out);

#endif
