/* Rows of grading: runs (rulers), scores of customers, dated history. */
#ifndef STORE_GRADES_H
#define STORE_GRADES_H

#include "db/db.h"

struct grade_new {
    int64_t began_ms; /* UTC */
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

/* Is there anybody with a sale, or with a grade in force without one (set by
 * hand), so that a run could find something? */
enum err grades_wanted(struct ctx *c, bool *out) MUST_CHECK;

/* No other run can have written beside this one or after it: none has broken
 * off since or on the day before, or ended while this one was at work. */
enum err grades_alone(struct ctx *c, int64_t run_id, bool *out) MUST_CHECK;
/* A run after this one has begun and not ended: some customers may stand as its
 * ruler says. *run_id_out is the newest such. */
enum err grades_broken(struct ctx *c, int64_t run_id, int64_t *run_id_out,
                       bool *out) MUST_CHECK;

/* An order behind a grade. */
struct grade_order {
    int64_t id;
    struct str number;
    int32_t day;
    int64_t sales;
};
/* The newest `most` orders that count as sales, oldest first. */
enum err grades_orders(struct ctx *c, int64_t customer_id, int64_t most,
                       struct grade_order **out, size_t *n) MUST_CHECK;

struct grade_day {
    int32_t day;
    int64_t orders, sales; /* 10^-6 */
};
/* All orders that count as sales, day by day, oldest first; none for a customer
 * whose days are not kept, as he has not very many (store/stats.c). */
enum err grades_days(struct ctx *c, int64_t customer_id, struct grade_day **out,
                     size_t *n) MUST_CHECK;

#endif
