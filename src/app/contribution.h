/* What a customer contributes by the rules of grading: the sales of a span of
 * months, the margin on them or what the cost to serve leaves of it, where it
 * is not simply all sales. The latter two may be below 0. */
#ifndef APP_CONTRIBUTION_H
#define APP_CONTRIBUTION_H

#include "app/ruler.h"

/* Fills figures[i].contribution of all n customers (by id): sales out of the
 * mirror, margins out of the lines, profits out of the statistics or documents.
 * *unknown counts lines without a cost, orders without a margin. */
enum err contribution_all(struct ctx *c, const struct ruler_basis *b,
                          struct customer_figures *figures, size_t n,
                          int64_t *unknown) MUST_CHECK;

/* The same of one, out of the rows, in the caller's transaction. */
enum err contribution_one(struct ctx *c, const struct ruler_basis *b,
                          struct customer_figures *f) MUST_CHECK;

/* The field of a customer that tells as much as the measure: who may see it
 * may see what the measure is made of. Empty: sales, told to whoever sees sums
 * of orders at all. */
struct str contribution_field(enum measure m);

#endif
