/* What follows from a grading for everybody: products bought by the same
 * customers, then the value matrix. */
#ifndef APP_VALUE_RUN_H
#define APP_VALUE_RUN_H

#include "app/grade.h"

/* Calls store_write; ERR_CANCELLED between slices. */
enum err value_run(struct ctx *c, const struct grade_rules *rules) MUST_CHECK;

#endif
