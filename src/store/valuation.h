/* Everything that is scored of a customer, read at once and written at once:
 * what an order moves, and, of many, what a grading does. */
#ifndef STORE_VALUATION_H
#define STORE_VALUATION_H

#include "store/churn_rows.h"
#include "store/lifetimes.h"
#include "store/scores.h"

/* What scores follow from, and those that stand there. */
struct valuation {
    struct score_state scores;
    struct lifetime_facts facts;    /* days 0: in the bin, or never bought */
    struct lifetime_score lifetime; /* as it stands */
    struct churn_customer churn;
};

/* In c->arena. Inside a write function the statistics stay so until its end.
 * *found false when there is no such customer. */
enum err valuation_of(struct ctx *c, int64_t customer_id, struct valuation *out,
                      bool *found) MUST_CHECK;

/* Those of the ids (rising) that exist, by id, and the first n customers behind
 * an id; held in the same way. */
enum err valuations_of(struct ctx *c, const int64_t *ids, size_t n,
                       struct valuation **out, size_t *n_out) MUST_CHECK;
enum err valuations_behind(struct ctx *c, int64_t after, size_t n,
                           struct valuation **out, size_t *n_out) MUST_CHECK;

/* What the customer is to have; risk and band as in churn_put. */
struct valuation_now {
    struct score_set scores;
    struct lifetime_score lifetime;
    int64_t risk;
    struct str band;
};

/* Writes the columns that differ, in one statement; no row of history. */
enum err valuation_put(struct ctx *c, const struct valuation *was,
                       const struct valuation_now *now) MUST_CHECK;

/* The same of many: one statement for all of them on PostgreSQL, which makes
 * the whole row anew with its index entries. */
struct valuation_change {
    const struct valuation *was;
    struct valuation_now now;
};
enum err valuations_put(struct ctx *c, const struct valuation_change *p,
                        size_t n) MUST_CHECK;

#endif
