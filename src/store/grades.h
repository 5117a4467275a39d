/* Rows of grading: runs (rulers), scores of customers, dated history. */
#ifndef STORE_GRADES_H
#define STORE_GRADES_H

#include "db/db.h"

struct grade_row {
    int64_t customer_id, run_id;
    int32_t as_of;
    struct str grade, abc; /* empty: none */
    int r, f, m;           /* 0: none */
    int64_t sales;         /* 10^-6 */
    int64_t rank;          /* 0: unknown until the next run */
    int64_t share_before;  /* 10^-9; used with rank */
    int64_t gap;           /* 10^-2 %, to the next tier; -1: none */
};

struct grade_new {
    int32_t as_of;
    int64_t customers, sales;
    struct str cutoffs, settings, tiers; /* JSON */
    struct str fitted; /* JSON of purchase models; empty: none */
};
enum err grades_begin(struct ctx *c, const struct grade_new *n,
                      int64_t *run_id) MUST_CHECK;
enum err grades_finish(struct ctx *c, int64_t run_id,
                       int64_t changed) MUST_CHECK;

/* The newest finished run: *found false before the first. */
enum err grades_ruler(struct ctx *c, int64_t *run_id, struct str *cutoffs,
                      bool *found) MUST_CHECK;
/* When the newest finished run began. */
enum err grades_last(struct ctx *c, int64_t *run_id, int64_t *begun_ms,
                     bool *found) MUST_CHECK;
enum err grades_ruler_of(struct ctx *c, int64_t run_id, struct str *cutoffs,
                         bool *found) MUST_CHECK;

/* Writes the scores of one customer, and a history row when grade, class or a
 * score differs from before. */
enum err grades_put(struct ctx *c, const struct grade_row *g,
                    bool *changed) MUST_CHECK;

/* The grade in force: the one set by hand until its day, else the computed one,
 * small for whoever has the worst credit (V2). */
enum err grades_effective(struct ctx *c, int64_t customer_id,
                          int32_t today) MUST_CHECK;
/* Live customers whose stored grade in force is not that: expired by now, or
 * written in bulk. */
enum err grades_stale(struct ctx *c, int32_t today, int64_t **ids,
                      size_t *n) MUST_CHECK;

/* Customers with a grade of another run: without sales by now, or scored by a
 * sale while this run was under way. */
enum err grades_behind(struct ctx *c, int64_t run_id, int64_t **ids,
                       size_t *n) MUST_CHECK;

/* What is stored now. *found false when there is no such customer. */
enum err grades_get(struct ctx *c, int64_t customer_id, struct grade_row *out,
                    bool *found) MUST_CHECK;

/* An order behind a grade. */
struct grade_order {
    int64_t id;
    struct str number;
    int32_t day;
    int64_t sales;
};
/* All orders that count as sales, oldest first. */
enum err grades_orders(struct ctx *c, int64_t customer_id,
                       struct grade_order **out, size_t *n) MUST_CHECK;

#endif
