/* Whom a customer has brought, and whom those have. */
#ifndef STORE_REFERRALS_H
#define STORE_REFERRALS_H

#include "db/db.h"

#define REFERRAL_GENERATIONS 10

struct referral {
    int64_t id;
    int generation;              /* 1: brought by the customer himself */
    bool lost;                   /* banded so */
    int64_t sales;               /* 10^-6 */
    int32_t first_day, last_day; /* 0: never bought */
};

/* Live customers of all generations, each once, by generation and id; the
 * customer himself is none of them. In c->arena. */
enum err referrals_of(struct ctx *c, int64_t customer_id, struct referral **out,
                      size_t *n) MUST_CHECK;

#endif
