/* `guanxi analyze clv --model bgbb`: customers of set occasions. */
#ifndef CLI_ANALYZE_BGBB_H
#define CLI_ANALYZE_BGBB_H

#include "cli/analyze_request.h"

/* Reads sale lines, or with --summary histories, fits BG/BB and the spend model
 * unless they are given, and prints models and customers. */
enum err analyze_bgbb(struct ctx *c, struct str path,
                      const struct analyze_request *rq) MUST_CHECK;

#endif
