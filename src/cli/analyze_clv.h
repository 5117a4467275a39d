/* `guanxi analyze clv`: what customers are worth. */
#ifndef CLI_ANALYZE_CLV_H
#define CLI_ANALYZE_CLV_H

#include "cli/analyze_request.h"

/* Reads sale lines, or with --summary histories, fits the purchase and spend
 * models unless they are given, and prints models and customers. */
enum err analyze_clv(struct ctx *c, struct str path,
                     const struct analyze_request *rq) MUST_CHECK;

/* A sale, or a purchase whose total is 0 (paid by a coupon, say): that one came
 * back, too. A free item of an itemised order is no purchase of its own. */
bool analyze_is_purchase(const struct sale_line *l, struct str cancel_prefix);

#endif
