/* Who is not to come back, and letting somebody come back whose decision is in
 * the bin or purged: there the decision itself can't be lifted any more. */
#ifndef APP_BARS_H
#define APP_BARS_H

#include "store/barred.h"

/* To whoever may decide about drop decisions (ERR_FORBIDDEN decision_approver):
 * bars of the decisions that are his to decide, and those whose decision was
 * purged, of customers he sees; with LEVEL_ALL those of purged customers too.
 * As bars_below. */
enum err bars_list(struct ctx *c, int64_t before, size_t limit,
                   struct bar **out, size_t *n, bool *more) MUST_CHECK;

/* Lifts one, with an audit entry; a decision in the bin is lifted too, so that
 * it does not come back as approved. ERR_NOT_FOUND, ERR_CONFLICT bar_decided
 * (the decision is there: it is to be lifted). Inside a write function. */
enum err bars_lift(struct ctx *c, int64_t decision_id,
                   struct str note) MUST_CHECK;

#endif
