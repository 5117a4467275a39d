/* `guanxi analyze cohort` and `basket`: who comes back, what goes together. */
#ifndef CLI_ANALYZE_COHORT_H
#define CLI_ANALYZE_COHORT_H

#include "cli/analyze_request.h"

enum err analyze_cohort(struct ctx *c, struct str path,
                        const struct analyze_request *rq) MUST_CHECK;
enum err analyze_basket(struct ctx *c, struct str path,
                        const struct analyze_request *rq) MUST_CHECK;

#endif
