/* What a customer contributes by the rules of grading: the sales of a span of
 * months or the margin on them, where it is not simply all sales. */
#ifndef APP_CONTRIBUTION_H
#define APP_CONTRIBUTION_H

#include "app/ruler.h"

/* Fills figures[i].contribution of all n customers (by id): sales out of the
 * mirror, margins out of the lines. *unknown counts lines without a cost. */
enum err contribution_all(struct ctx *c, const struct ruler_basis *b,
                          struct customer_figures *figures, size_t n,
                          int64_t *unknown) MUST_CHECK;

/* The same of one, out of the rows, in the caller's transaction. */
enum err contribution_one(struct ctx *c, const struct ruler_basis *b,
                          struct customer_figures *f) MUST_CHECK;

#endif
