/* Do the figures that the program keeps agree with the rows they come from?
 * Asked by `guanxi doctor`; reads only. */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "base/buf.h"
#include "base/ctx.h"

/* Live customers whose statistics of orders or interactions differ from a
 * recount. */
enum err check_statistics(struct ctx *c, int64_t *wrong) MUST_CHECK;
/* Teams whose place in the tree (team_closure) is missing or left over. */
enum err check_teams(struct ctx *c, int64_t *wrong) MUST_CHECK;

/* Appends a line for each table, column, index or reference in which the live
 * schema differs from what the model and the custom fields ask for. */
enum err check_drift(struct ctx *c, struct buf *out) MUST_CHECK;

#endif
