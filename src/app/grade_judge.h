/* What a ruler says of customers, and writing it where it differs. Private to
 * grading. */
#ifndef APP_GRADE_JUDGE_H
#define APP_GRADE_JUDGE_H

#include "app/grade.h"
#include "app/lifetime.h"
#include "store/valuation.h"

/* A ruler at work on one day. */
struct judge {
    const struct ruler *ruler; /* NULL: nobody was graded yet */
    int32_t today;
    const struct graded *known; /* figures that are there already, or NULL */
    bool fresh;                 /* their contributions may have changed since */
    const size_t *rank_of;      /* of known->ids[i], from 1 */
    const struct lifetime_run *lifetimes; /* NULL: those are left alone */
    bool touched; /* somebody set a grade by hand: a row of history in any case
                   */
};

/* The scores of a customer whose contribution is set. */
void judge_set(const struct judge *j, const struct score_state *s,
               struct score_set *out);

/* Judges customers that were read in this write, rising ids, and writes what
 * differs, with history, what each will still bring and the risk of losing him.
 * *moved counts other grades, classes and scores. */
enum err judge_write(struct ctx *c, const struct judge *j, struct valuation *v,
                     size_t n, int64_t *moved) MUST_CHECK;

/* The newest finished run's ruler. */
enum err judge_ruler(struct ctx *c, struct ruler *u, bool *found) MUST_CHECK;

#endif
