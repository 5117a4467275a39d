/* What purchase models know of customers, and what they say of them. Facts are
 * read, scores written; the models are app/lifetime. */
#ifndef STORE_LIFETIMES_H
#define STORE_LIFETIMES_H

#include "db/db.h"

/* Of one live customer with sales. Days since 1970, amounts 10^-6. */
struct lifetime_facts {
    int64_t id;
    int32_t first_day, last_day;
    int64_t days; /* distinct days with a sale */
    int64_t sales, first_day_sales;
};

/* As stored; INT64_MIN is empty. */
struct lifetime_score {
    int64_t interval;              /* 10^-1 days */
    int64_t due_on;                /* day */
    int64_t p_alive, expected_52w; /* 10^-4 */
    int64_t clv_12m;               /* 10^-6, base currency */
};
#define LIFETIME_NONE INT64_MIN

/* Those of ids from first to last. */
enum err lifetimes_between(struct ctx *c, int64_t first, int64_t last,
                           struct lifetime_facts **out, size_t *n) MUST_CHECK;
/* days 0: the customer is gone or never bought. */
enum err lifetimes_one(struct ctx *c, int64_t customer_id,
                       struct lifetime_facts *out) MUST_CHECK;

/* The newest finished run's models: as JSON, and the day they were fitted as
 * of. *found false before the first. */
enum err lifetimes_fitted(struct ctx *c, struct str *json, int32_t *as_of,
                          bool *found) MUST_CHECK;
/* Those of a run; empty when it has none. */
enum err lifetimes_fitted_of(struct ctx *c, int64_t run_id, struct str *json,
                             int32_t *as_of) MUST_CHECK;

#endif
