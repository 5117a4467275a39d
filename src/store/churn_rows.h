/* What the risk of losing customers is told from, and where it is written. The
 * rules are app/churn_risk. Days since 1970. */
#ifndef STORE_CHURN_ROWS_H
#define STORE_CHURN_ROWS_H

#include "db/db.h"

#define CHURN_NONE INT64_MIN

struct churn_customer {
    int64_t id;
    int32_t first_day, last_day;
    int64_t days;     /* with a purchase; 0: none */
    int64_t interval; /* 10^-1 days, CHURN_NONE */
    int64_t p_alive;  /* 10^-4, CHURN_NONE */
    bool contract;    /* pays by contract */
    int64_t risk;     /* as it stands, 10^-4, CHURN_NONE */
    struct str band;  /* as it stands, or empty */
};

/* Live customers of ids from first to last who have bought or have a band, by
 * id; in c->arena. */
enum err churn_customers(struct ctx *c, int64_t first, int64_t last,
                         struct churn_customer **out, size_t *n) MUST_CHECK;
enum churn_event_kind { CHURN_SALE, CHURN_RETURN, CHURN_CONTACT, CHURN_BAD };

struct churn_event {
    int64_t customer;
    int32_t day;
    enum churn_event_kind kind;
};

/* Sales, returns and contacts (CHURN_BAD: that went badly) of customers of ids
 * from first to last, of everybody or of those who pay by contract; by
 * customer, sales before contacts. */
enum err churn_events(struct ctx *c, int64_t first, int64_t last,
                      bool everybody, struct churn_event **out,
                      size_t *n) MUST_CHECK;

/* Those of one customer from a day on; of the time before, its first and its
 * last sale alone. */
enum err churn_events_since(struct ctx *c, int64_t customer_id, int32_t day,
                            struct churn_event **out, size_t *n) MUST_CHECK;

/* risk CHURN_NONE and an empty band are empty. */
enum err churn_put(struct ctx *c, int64_t customer_id, int64_t risk,
                   struct str band) MUST_CHECK;

/* Customers of a band in the actor's scope, and what they would still bring. */
struct churn_band {
    struct str band;
    int64_t customers;
    int64_t sales, clv; /* 10^-6 */
};
/* ERR_FORBIDDEN. Those without a band are left out. */
enum err churn_bands(struct ctx *c, struct churn_band **out,
                     size_t *n) MUST_CHECK;

/* Ids of a band in the scope, the riskiest and then the dearest first, at most
 * `most`; "lost": the dearest first. */
enum err churn_listed(struct ctx *c, struct str band, int most, int64_t **out,
                      size_t *n) MUST_CHECK;

#endif
