/* Statements of loss accounts: lost customers, what was spent on them. */
#ifndef STORE_LOSSES_H
#define STORE_LOSSES_H

#include "db/db.h"

/* Live accounts of a customer that are open (found, confirmed) but for the
 * account with id `but`. */
enum err losses_open(struct ctx *c, int64_t customer_id, int64_t but,
                     int64_t *out) MUST_CHECK;

/* Owner (0: none) and day of the last order (0: none) of a customer. */
struct loss_customer {
    int64_t owner_id, interval; /* 10^-1 days, INT64_MIN */
    int32_t last_day;
    bool lost; /* banded so */
};
/* All 0 for an unknown one. */
enum err losses_customer(struct ctx *c, int64_t customer_id,
                         struct loss_customer *out) MUST_CHECK;

/* Customers banded as lost without an account of this loss, of all or of one
 * (0: all), the dearest first, at most `most`. A loss is told by its last
 * order: an account in the bin, or one that says "not lost", stands for it. */
enum err losses_due(struct ctx *c, int64_t customer_id, int most, int64_t **out,
                    size_t *n) MUST_CHECK;

/* Open accounts whose customers have bought since, of all or one (0: all). */
struct loss_return {
    int64_t id;
    bool confirmed;
};
enum err losses_returned(struct ctx *c, int64_t account_id,
                         struct loss_return **out, size_t *n) MUST_CHECK;

/* What was spent to win back, minor units of the base currency. */
enum err losses_spent(struct ctx *c, int64_t account_id,
                      int64_t *out) MUST_CHECK;

/* Accounts within the actor's scope, summed by day, state, cause and what is
 * harmed besides (",image,customers,"). Amounts
 * 10^-6, spent in minor units. */
struct loss_sum {
    int32_t found_on;
    struct str state, cause, harms;
    int64_t accounts, direct, indirect, spent;
};
/* ERR_FORBIDDEN without the right to accounts or to sums of orders. */
enum err losses_sums(struct ctx *c, struct loss_sum **out,
                     size_t *n) MUST_CHECK;

#endif
