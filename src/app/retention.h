/* Winning and keeping customers (R101): how many come back from one span of
 * days to the next, what one more in twenty kept would bring, what winning and
 * keeping one costs. Over the customers the actor may see. */
#ifndef APP_RETENTION_H
#define APP_RETENTION_H

#include "base/ctx.h"

#define RETENTION_SPANS 12 /* shown at most */
#define RETENTION_YEAR 365
#define RETENTION_POOLED 4 /* newest spans the rate is taken from */
/* "5 % more are kept": of all, added to the rate. */
#define RETENTION_MORE .05

/* Kinds of cost entries that deals themselves bring. */
#define RETENTION_DEAL_COSTS "return,discount,bad_debt"

/* Days [first, first + days). */
struct retention_span {
    int32_t first;
    int64_t active; /* bought in it */
    int64_t base;   /* bought in the one before */
    int64_t kept;   /* in both */
    int64_t fresh;  /* bought for the first time ever */
    int64_t sales;  /* 10^-6 */
};

/* Of a year before as_of. Money in units of the base currency. What the cost
 * ledger knows comes from there: entries for winning and for keeping, and by
 * the day of the first purchase those for visits, calls, complaints and other
 * things; not what deals themselves cost (returns, discounts, bad debt). The
 * settings are the standard for contacts without an entry, and for marketing
 * while the ledger has no entry for winning. */
struct retention_cost {
    int64_t contacts; /* with those customers */
    int64_t standard; /* of them, at contact_cost */
    int64_t entries;  /* of the ledger */
    double ledger;    /* what they amount to */
    double marketing; /* of the settings, in spent */
    double spent;
    int64_t customers;
    double each; /* NAN without customers */
};

struct retention {
    int32_t as_of;                                /* 0: nobody ever bought */
    int32_t days;                                 /* of a span */
    struct retention_span spans[RETENTION_SPANS]; /* oldest first */
    size_t n;
    int64_t base, kept; /* of the newest RETENTION_POOLED spans with a base */
    double rate;        /* NAN without a base */
    /* Of the same spans. */
    int64_t sales, active;
    bool by_margin;     /* else profit is taken to be the sales */
    double margin_rate; /* 1 for sales */
    double each;        /* profit of a customer in a span */
    double discount;    /* of a span */
    double value;       /* of a customer at that rate: each × (1 + discount) /
                           (1 + discount - rate) */
    double more_rate, more_value; /* with RETENTION_MORE */
    double gain; /* of profit per customer won; NAN where winning eats all */
    /* NAN and 0 where contacts may not be seen. */
    bool has_cost;
    bool has_ledger;      /* else the settings alone are told from */
    bool marketing_typed; /* the ledger has it */
    int64_t contact_cost, marketing_month;
    struct retention_cost winning, keeping;
    double times; /* winning to keeping; NAN */
    /* Bought between six and five years before as_of, and of them not in the
     * last year. */
    int64_t five_base, five_lost;
};

/* days: of a span, 30, 91 or 365. ERR_FORBIDDEN. */
enum err retention_now(struct ctx *c, int32_t days,
                       struct retention *out) MUST_CHECK;

#endif
