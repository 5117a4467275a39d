/* How likely each customer is to be lost (R50), and why. Who pays by contract
 * is told by the company's own model (app/churn_model.h) where there is one,
 * everybody else by P(alive) of the purchase model, or by a model of all
 * customers; where none can tell there is no figure. Bands of risk and the rule
 * of loss are settings, kept with each grading, so that an order scores its
 * customer as the run did. */
#ifndef APP_CHURN_RISK_H
#define APP_CHURN_RISK_H

#include "app/churn_model.h"

enum risk_band { RISK_LOW, RISK_MEDIUM, RISK_HIGH, RISK_LOST, RISK_COUNT };
extern const struct str risk_band_names[RISK_COUNT];

struct churn_limits {
    int64_t medium, high;   /* 10^-4 */
    int64_t lost_days;      /* silent for as long, and for … */
    int64_t lost_intervals; /* … as many of the own usual intervals: lost */
    int64_t horizon_days;
};

struct churn_models {
    bool known; /* false: of a grading before there were risks */
    struct churn_limits limits;
    struct churn_contract contract;
};

#define CHURN_EVERYBODY_MAX 200000 /* customers */

/* By the settings as they stand and all contract customers, or everybody's
 * purchases: where P(alive) can't tell. In c->arena. */
enum err churn_fit(struct ctx *c, int32_t as_of, bool everybody,
                   struct churn_models *out) MUST_CHECK;

/* Are the limits still those of the settings? */
enum err churn_is_current(struct ctx *c, const struct churn_models *m,
                          bool *out) MUST_CHECK;

void churn_models_json(const struct churn_models *m, struct jw *w);
void churn_models_read(const json_t *j, struct churn_models *out);

/* Those of the newest grading and its as-of day; *found false without one. */
enum err churn_limits_now(struct ctx *c, struct churn_limits *out,
                          int32_t *as_of, bool *found) MUST_CHECK;

/* Silent days from which a customer is lost; interval 10^-1 days or
 * CHURN_NONE. */
int64_t churn_lost_after(const struct churn_limits *l, int64_t interval);

/* Risk and band of one customer as they should be, from k's purchases, interval
 * and p_alive. */
enum err churn_judge(struct ctx *c, const struct churn_models *m, int32_t as_of,
                     const struct churn_customer *k, int64_t *risk,
                     struct str *band) MUST_CHECK;

/* The same of n customers, rising ids. */
struct churn_verdict {
    int64_t risk;
    struct str band;
};
enum err churn_judge_all(struct ctx *c, const struct churn_models *m,
                         int32_t as_of, const struct churn_customer *k,
                         size_t n, struct churn_verdict *out) MUST_CHECK;

/* Scores one customer by the models and as of the day of the newest grading:
 * when how it pays or what was talked has changed, in the write that changed
 * it. A purchase comes through grade_rescore. */
enum err churn_rescore(struct ctx *c, int64_t customer_id) MUST_CHECK;

/* Appends the members that stand before any list of risks: as_of, limits, and
 * how well contract customers can be told. */
enum err churn_state(struct ctx *c, struct jw *w) MUST_CHECK;

/* Appends the explanation: the figure, what it is made of, the limits it was
 * held against. Adding up the effects gives the ln of the odds of the risk.
 * The caller has checked that the actor may see the customer and its orders. */
enum err churn_why(struct ctx *c, int64_t customer_id, struct jw *w) MUST_CHECK;

#endif
