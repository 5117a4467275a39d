/* `guanxi analyze churn`: who leaves, when, and why. */
#ifndef CLI_ANALYZE_CHURN_H
#define CLI_ANALYZE_CHURN_H

#include "cli/analyze_request.h"

/* Reads one row a customer with an outcome (and how long it took), estimates
 * survival, fits the ridge logistic regression on all other columns. */
enum err analyze_churn(struct ctx *c, struct str path,
                       const struct analyze_request *rq) MUST_CHECK;

#endif
