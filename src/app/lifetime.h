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

/* The models of a grading, and everybody's scores by them unless they were kept
 * from the grading before. */
struct lifetime_run {
    int32_t as_of; /* of the fit */
    bool kept;
    bool due; /* kept, though it is time to fit anew */
    struct clv_models models;
    struct churn_models churn;
    struct str fitted;             /* JSON for grade_run.fitted */
    struct lifetime_facts *facts;  /* of the fit, rising ids */
    struct lifetime_score *scores; /* of facts[i] */
    size_t n;                      /* 0 when kept */
};

/* In a large company (value.fit_weekly_from) keeps the current models while
 * they are less than a week old, which is their unit of time, of the kind that
 * value.lifetime_model asks for, and customers and orders have changed by no
 * more than 2 %: each day more in the observed time
 * would else move the scores of everybody. Else fits anew as of the day of g;
 * where that may come later, a large company keeps its models once more and is
 * told that it is due. In c->arena. */
enum err lifetime_prepare(struct ctx *c, const struct graded *g, bool later,
                          struct lifetime_run *out) MUST_CHECK;

/* One customer by the models of a run: who has bought since they were fitted is
 * scored anew. */
void lifetime_score_in(const struct lifetime_run *run,
                       const struct lifetime_facts *f,
                       struct lifetime_score *out);

/* One customer by models that are there already: bit for bit what the full run
 * with them says. A purchase after as_of is looked at from its own day; without
 * a purchase (days 0) all is empty. */
void lifetime_score(const struct clv_models *m, int32_t as_of,
                    const struct lifetime_facts *f, struct lifetime_score *out);

/* Value of the next 12 months of a customer with these facts, given that it is
 * one: 10^-6 in steps of a cent, LIFETIME_NONE where the models can't tell. */
int64_t lifetime_value_alive(const struct clv_models *m, int32_t as_of,
                             const struct lifetime_facts *f);

/* The models as JSON (grade_run.fitted begins so) and back; ERR_INTERNAL when
 * the text is none of ours. */
struct str lifetime_models_json(struct ctx *c, const struct clv_models *m,
                                const struct churn_models *churn);
enum err lifetime_models_read(struct ctx *c, struct str json,
                              struct clv_models *out) MUST_CHECK;

#endif
