/* The scores of customers: read together with what they follow from, many at a
 * time, and written where they differ. What they are is app/grade.c's. */
#ifndef STORE_SCORES_H
#define STORE_SCORES_H

#include "store/feed.h"
#include "store/stats.h"

/* As stored in customer_stats. */
struct score_set {
    int grade, effective; /* 0: none, else 1 + enum tier */
    int abc;              /* 0: none, 1 a, 2 b, 3 c */
    int r, f, m;          /* 0: none */
    int64_t gap;          /* 10^-2 %, to the next tier; -1: none */
};
/* NULL for 0. */
const char *score_grade_name(int grade);
const char *score_class_name(int abc);

/* One customer: figures, and the scores that stand there now. */
struct score_state {
    int64_t id;
    bool live; /* not in the bin; else the figures are empty */
    struct customer_figures figures; /* contribution 0 */
    int by_hand;                     /* grade set by hand, 0: none */
    int32_t by_hand_until;           /* INT32_MAX: for good */
    struct score_set now;
};

/* Those of the ids (rising) that exist, by id, in c->arena. Inside a write
 * function their statistics stay so until its end. */
enum err scores_of(struct ctx *c, const int64_t *ids, size_t n,
                   struct score_state **out, size_t *n_out) MUST_CHECK;
/* One of them, to look at. */
enum err scores_one(struct ctx *c, int64_t id, struct score_state *out,
                    bool *found) MUST_CHECK;
/* The first n customers behind an id. */
enum err scores_behind(struct ctx *c, int64_t after, size_t n,
                       struct score_state **out, size_t *n_out) MUST_CHECK;

/* Writes scores that differ from those that were read, in few statements. */
struct score_change {
    const struct score_state *was;
    struct score_set now;
    bool moved;   /* another grade or class: a row of history */
    int64_t rank; /* for that row; 0: unknown */
};
enum err scores_write(struct ctx *c, const struct score_change *p, size_t n,
                      int64_t run_id, int32_t as_of) MUST_CHECK;

/* Customers whose sales, costs or standing have changed behind a place of the
 * feed: rising ids, in c->arena. */
enum err scores_touched(struct ctx *c, struct feed_place after, int64_t **ids,
                        size_t *n) MUST_CHECK;

#endif
