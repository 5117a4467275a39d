/* What each customer will still bring (R36, R43): the purchase models of
 * src/analytics fitted to all customers by each grading, and one customer's
 * scores by them at once when an order changes. */
#ifndef APP_LIFETIME_H
#define APP_LIFETIME_H

#include "analytics/clv.h"
#include "analytics/purchases.h"
#include "app/churn_risk.h"
#include "app/grade.h"
#include "store/lifetimes.h"

/* The models of a grading and everybody's scores by them. */
struct lifetime_run {
    int32_t as_of;
    struct clv_models models;
    struct churn_models churn;
    struct str fitted; /* JSON for grade_run.fitted */
    struct lifetime_facts *facts;
    struct lifetime_score *scores; /* of facts[i] */
    size_t n;
};

/* Fits the models to all customers as of a day. In c->arena. */
enum err lifetime_fit(struct ctx *c, int32_t as_of,
                      struct lifetime_run *out) MUST_CHECK;

/* Writes the scores in slices, once the run is the current one. Who has bought
 * since the fit is scored anew. ERR_CANCELLED between slices. */
enum err lifetime_apply(struct ctx *c, struct lifetime_run *run,
                        grade_progress progress, void *arg) MUST_CHECK;

/* Scores one customer by the current models, in the caller's transaction. */
enum err lifetime_rescore(struct ctx *c, int64_t customer_id) MUST_CHECK;

/* One customer by models that are there already: bit for bit what the full run
 * with them says. A purchase after as_of is looked at from its own day. */
void lifetime_score(const struct clv_models *m, int32_t as_of,
                    const struct lifetime_facts *f, struct lifetime_score *out);

/* Value of the next 12 months of a customer with these facts, given that it is
 * one: 10^-6 in steps of a cent, LIFETIME_NONE where the models can't tell. */
int64_t lifetime_value_alive(const struct clv_models *m, int32_t as_of,
                             const struct lifetime_facts *f);

/* The models as JSON and back; ERR_INTERNAL when the text is none of ours. */
struct str lifetime_models_json(struct ctx *c, const struct clv_models *m,
                                const struct churn_models *churn);
enum err lifetime_models_read(struct ctx *c, struct str json,
                              struct clv_models *out) MUST_CHECK;

#endif
