/* `guanxi analyze evaluate`: purchase models at given parameters, row by row.
 */
#ifndef CLI_ANALYZE_EVALUATE_H
#define CLI_ANALYZE_EVALUATE_H

#include "cli/analyze_request.h"

/* Reads rows of model, p1…p4, x, t_x, T, t and writes ll, palive, expected_t
 * with 17 digits for each (docs/analyze.md). */
enum err analyze_evaluate(struct ctx *c, struct str path,
                          const struct analyze_request *rq) MUST_CHECK;

#endif
