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
    bool by_hand;         /* the one in force was set by hand */
};
/* NULL for 0, and back. */
const char *score_grade_name(int grade);
const char *score_class_name(int abc);
int score_grade_of(struct str name);

/* One customer: figures, and the scores that stand there now. */
struct score_state {
    int64_t id;
    bool live; /* not in the bin; else the figures are empty */
    struct customer_figures figures; /* contribution 0 */
    int by_hand;                     /* grade set by hand, 0: none */
    int32_t by_hand_until;           /* INT32_MAX: for good */
    struct str by_hand_reason;       /* empty: none */
    struct score_set now;
};

/* The columns of a state, for statements that read more beside them: first in
 * the row, of customer_stats s JOIN customer t. */
#define SCORE_COLUMNS                                                          \
    "s.id, coalesce(t.deleted_at, 0), s.sales, s.orders,"                      \
    " s.last_order_on, t.credit_score, t.influence_score, t.prospects_score,"  \
    " t.loyalty_score, t.grade_override, coalesce(t.grade_override_until,"     \
    " 2147483647), s.grade, s.effective_grade, s.abc_class, s.r_score,"        \
    " s.f_score, s.m_score, coalesce(s.border_gap, -1), s.grade_by_hand,"      \
    " t.grade_override_reason"
#define SCORE_COLUMNS_N 20
void score_row(const struct rows *r, struct score_state *out);

/* To look at. Nobody has this id: *found false. */
enum err scores_one(struct ctx *c, int64_t id, struct score_state *out,
                    bool *found) MUST_CHECK;
/* What a row of history was written for. */
enum score_source {
    SCORE_COMPUTED,
    SCORE_BY_HAND, /* set, or set anew */
    SCORE_LIFTED,
    SCORE_EXPIRED,
};

/* Scores that differ from those that were read; store/valuation writes them. */
struct score_change {
    const struct score_state *was;
    struct score_set now;
    bool moved; /* another grade, class, grade in force, or one set by hand now
                   or no more: a row of history */
    int64_t rank; /* for that row; 0: unknown */
    enum score_source source;
    int32_t as_of; /* the day the row tells of */
};
/* The row of history of one that has moved; run_id 0 before the first
 * grading. */
enum err scores_note(struct ctx *c, const struct score_change *p,
                     int64_t run_id) MUST_CHECK;
enum err scores_note_all(struct ctx *c, const struct score_change *p, size_t n,
                         int64_t run_id) MUST_CHECK;

/* A score as its column holds it. */
struct val score_grade_value(int grade);
struct val score_class_value(int abc);
struct val score_band_value(int band); /* r, f, m */
struct val score_gap_value(int64_t gap);

/* Customers whose sales, costs or standing have changed behind a place of the
 * feed: rising ids, in c->arena. */
enum err scores_touched(struct ctx *c, struct feed_place after, int64_t **ids,
                        size_t *n) MUST_CHECK;

#endif
