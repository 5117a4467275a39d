/* `guanxi analyze forecast`: what the open deals of a file will bring. */
#ifndef CLI_ANALYZE_FORECAST_H
#define CLI_ANALYZE_FORECAST_H

#include "cli/analyze_request.h"

#define FORECAST_DAYS 92
#define FORECAST_DAYS_MAX 3660

/* Reads one row a deal; --as-of defaults to the day after the last one named in
 * the file. */
enum err analyze_forecast(struct ctx *c, struct str path,
                          const struct analyze_request *rq) MUST_CHECK;

#endif
