/* The risk of losing each customer, and what speaks for it: survival and ridge
 * logistic regression over whatever columns there are. */
#ifndef ANALYTICS_CHURN_H
#define ANALYTICS_CHURN_H

#include "analytics/design.h"
#include "analytics/logistic.h"
#include "analytics/survival.h"
#include "base/json.h"

#define CHURN_FOLDS 5
#define CHURN_REASONS 3
#define CHURN_RIDGE 1.0

struct churn_input {
    size_t n;
    const struct str *ids;
    const bool *lost;
    const double *times; /* how long each was there; NULL: unknown */
    const struct design_column *columns;
    size_t n_columns;
    double ridge;
};

/* A fact that raises the risk of one customer above that of the average one. */
struct churn_reason {
    size_t fact;
    double effect; /* coefficient × (fact − its mean), in ln of the odds */
};

struct churn_report {
    const struct churn_input *in;
    struct survival survival; /* n 0 without times */
    struct design design;
    struct logistic_fit fit;
    struct logistic_quality quality; /* of risks by fits to other customers */
    double *risk;                    /* of each customer, by the fit to all */
    struct churn_reason *reasons; /* CHURN_REASONS of each, effect 0: no more */
    const char *why;              /* no model; NULL: there is one */
};

#define CHURN_ONE_OUTCOME "one_outcome"
#define CHURN_NO_FACTS "no_facts"

/* All in arena a; the input is borrowed. */
void churn_report(struct arena *a, const struct churn_input *in,
                  struct churn_report *out);

/* The shape of docs/analyze.md; flush (may be NULL) is called between rows. */
void churn_json(const struct churn_report *r, struct jw *w,
                void (*flush)(void *), void *user);

#endif
