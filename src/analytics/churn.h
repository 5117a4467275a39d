/* The risk of losing each customer, and what speaks for it: survival, and ridge
 * logistic regression or boosted trees over whatever columns there are.
 * Sources: those of survival.h, logistic.h and boost.h. Risks are chances, 0
 * to 1. */
#ifndef ANALYTICS_CHURN_H
#define ANALYTICS_CHURN_H

#include "analytics/boost.h"
#include "analytics/design.h"
#include "analytics/logistic.h"
#include "analytics/survival.h"
#include "base/json.h"

#define CHURN_FOLDS 5
#define CHURN_REASONS 3
#define CHURN_RIDGE 1.0
/* How much better trees must tell the lost from the staying (area under the
 * curve, of rows left out) before they take the place of coefficients that a
 * person can read. */
#define CHURN_BOOST_GAIN .005

enum churn_method { CHURN_AUTO, CHURN_LOGISTIC, CHURN_BOOSTED };

struct churn_input {
    size_t n;
    const struct str *ids;
    const bool *lost;
    const double *times; /* how long each was there; NULL: unknown */
    const struct design_column *columns;
    size_t n_columns;
    double ridge;
    enum churn_method method;
};

/* A fact that raises the risk of one customer above that of the average one. */
struct churn_reason {
    size_t fact;
    double effect; /* in ln of the odds: coefficient × (fact − its mean), or
                      what the fact adds along the trees' paths */
};

struct churn_report {
    const struct churn_input *in;
    struct survival survival; /* n 0 without times */
    struct design design;
    struct logistic_fit fit;
    struct logistic_quality quality; /* of risks by fits to other customers */
    struct boost_model boost;        /* n 0: not asked for, or too few rows */
    struct logistic_quality boost_quality; /* the same of the trees */
    enum churn_method scored_by;           /* what risk and reasons are by */
    double *risk;                 /* of each customer, by the fit to all */
    struct churn_reason *reasons; /* CHURN_REASONS of each, effect 0: no more */
    const char *why;              /* no model; NULL: there is one */
};

#define CHURN_ONE_OUTCOME "one_outcome"
#define CHURN_NO_FACTS "no_facts"
#define CHURN_NOT_CONVERGED "not_converged" /* raise the penalty */

/* All in arena a; the input is borrowed. */
void churn_report(struct arena *a, const struct churn_input *in,
                  struct churn_report *out);

/* The shape of docs/analyze.md; flush (may be NULL) is called between rows. */
void churn_json(const struct churn_report *r, struct jw *w,
                void (*flush)(void *), void *user);

#endif
