/* What follows from a grading for everybody: products bought by the same
 * customers, then the value matrix. */
#ifndef APP_VALUE_RUN_H
#define APP_VALUE_RUN_H

#include "app/grade.h"

/* In a large company (app/followed.h) pairs, cuts and groups stay as long as
 * the purchase models do: a week, within 2 % of the customers; in between
 * whoever has changed is scored by them. Calls store_write; ERR_CANCELLED
 * between slices. customers: those with sales. */
enum err value_run(struct ctx *c, const struct grade_rules *rules,
                   int64_t customers) MUST_CHECK;

#endif
