/* The value matrix (R35) and share of customer (R41): current value, potential
 * and type of each customer with sales, written by each grading and again for
 * one customer when its orders or facts change.
 *
 *   current    sales of the 365 days up to the run's as-of day, and since
 *   potential  base × (1 + prospects) / 4 (unknown prospects: × 1), the base
 *              being what the customer spends in all a year where that is
 *              known (wallet_amount), else the greater of what the purchase
 *              models expect of it (clv_12m) and the upper quarter of the
 *              current values of similar customers
 *   similar    of the narrowest group with MATRIX_PEERS members: kind,
 *              industry and scale; kind and industry; kind and city (people);
 *              kind; everybody
 *   high       above the cut: of the current value such that no more than
 *              VIP and main together (value.tier_main) are, of the potential
 *              half of them
 *   share      current / what the customer spends in all
 *   group      of customers alike in recency, frequency and money of all time
 *              (analytics/groups.h) */
#ifndef APP_MATRIX_H
#define APP_MATRIX_H

#include "analytics/groups.h"
#include "store/matrix.h"
#include "store/record.h"

#define MATRIX_PEERS 20
#define MATRIX_DAYS 365
#define MATRIX_HIGH_POTENTIAL 5000 /* basis points */
#define MATRIX_LEVELS 3            /* groups a customer may be in */

struct matrix_rules {
    int32_t as_of;
    int high_bp;    /* value.tier_main */
    int64_t groups; /* value.groups, of customers who buy alike */
    int64_t buyers; /* is kept with the run */
};

/* Makes a run and scores everybody by it. Calls store_write. ERR_CANCELLED
 * between slices. */
enum err matrix_run_all(struct ctx *c,
                        const struct matrix_rules *rules) MUST_CHECK;

/* The model of a run; without groups where it has none. ERR_INTERNAL for one
 * that cannot be read. */
enum err matrix_model(struct ctx *c, const struct matrix_run *run,
                      struct group_model *out) MUST_CHECK;
/* What groups go by, as of the run's day. */
struct rfm_facts matrix_rfm(const struct matrix_run *run,
                            const struct matrix_facts *f);

/* Scores one customer by the newest run, in the caller's transaction. */
enum err matrix_rescore(struct ctx *c, int64_t customer_id) MUST_CHECK;

/* Part of the save hook of customers: ERR_INVALID wallet_source, wallet_on
 * where the amount has none; scores again when a fact of it has moved. */
enum err matrix_save(struct ctx *c, const struct record *before,
                     const struct record *after) MUST_CHECK;

/* Keys of the groups the customer belongs to, the narrowest first. In arena a;
 * how many. */
size_t matrix_keys(struct arena *a, const struct matrix_facts *f,
                   struct str keys[MATRIX_LEVELS]);

/* The group that speaks for the customer in the newest run. */
enum err matrix_peers(struct ctx *c, const struct matrix_facts *f,
                      struct matrix_group *out) MUST_CHECK;

#endif
