/* Logistic regression with a ridge penalty, by Newton's method: the chance of a
 * yes from a few dozen facts. Facts are numbers without a unit (scaled ones,
 * design.h), coefficients add to ln(odds). Source: Hastie, Tibshirani,
 * Friedman, "The Elements of Statistical Learning", 2nd ed., 4.4.1 (Newton
 * steps, there as iteratively reweighted least squares) and 18.4; the penalty
 * and its standard errors as le Cessie and van Houwelingen 1992, "Ridge
 * estimators in logistic regression". */
#ifndef ANALYTICS_LOGISTIC_H
#define ANALYTICS_LOGISTIC_H

#include "base/arena.h"

struct logistic_data {
    const double *x; /* n rows of k facts */
    const bool *y;
    size_t n, k;
    double ridge; /* > 0: ½ ridge Σ β² is taken off, not for the intercept */
};

struct logistic_fit {
    double *beta;  /* k coefficients, then the intercept */
    double *error; /* their standard errors, from the penalised Hessian */
    double ll;     /* log-likelihood without the penalty */
    int steps;
    bool converged; /* penalised gradient below 1e-9 of the rows */
};

/* In arena a. Without both a yes and a no there is nothing to fit: converged is
 * false and all is 0. */
void logistic_fit(struct arena *a, const struct logistic_data *d,
                  struct logistic_fit *out);

/* Chance of a yes, 0 to 1, for one row of k facts: 1 / (1 + e^−xβ). */
double logistic_chance(const struct logistic_fit *f, const double *x, size_t k);

/* How well chances tell the yes from the no. Sources: auc as the rank statistic
 * of Hanley and McNeil 1982; brier of Brier 1950. */
struct logistic_quality {
    double auc;      /* a random yes has the higher chance; ties count half */
    double log_loss; /* mean −ln of the chance of what happened */
    double brier;    /* mean square of chance − what happened */
    double lift;     /* share of yes in the top tenth, per share of all */
};

/* Of n rows: chance[i], 0 to 1, against what y[i] became. All NAN with one
 * outcome alone. */
void logistic_quality(struct arena *scratch, const double *chance,
                      const bool *y, size_t n, struct logistic_quality *out);

/* Chances of each row by a fit to the others: row i is left out together with
 * all whose place is the same modulo folds (cross-validation, Hastie et al.
 * 7.10). chance has room for n. */
void logistic_cross(struct arena *a, const struct logistic_data *d,
                    size_t folds, double *chance);

#endif
