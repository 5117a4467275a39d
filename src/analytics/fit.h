/* What the fits of purchase models share: when the data can't tell the
 * parameters, and why. Private to src/analytics. */
#ifndef ANALYTICS_FIT_H
#define ANALYTICS_FIT_H

#include "analytics/history.h"
#include "analytics/newton.h"

#define FIT_ERROR_MAX 1.0 /* standard error of a logarithm */
#define FIT_LL_GAIN 1.92  /* half of 3.84: chi-square, 1 degree, 95 % */

/* More cells than that are fitted coarsely first. */
#define FIT_MANY 2000
#define FIT_COARSE_STEPS 32

/* FIT_NO_CUSTOMERS, FIT_NO_TIME, FIT_NO_REPEAT, or NULL. */
const char *fit_history_problem(const struct history_cells *c);

/* FIT_AT_BOUND, FIT_NOT_CONVERGED, FIT_FLAT, or NULL for n parameters. */
const char *fit_verdict(const struct newton_result *r, size_t n);

/* Repeat purchases a week of the first to last: where fits start. */
double fit_mean_rate(const struct history_cells *c);

#endif
