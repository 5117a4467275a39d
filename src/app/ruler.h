/* The ruler of a grading (DESIGN V1): cut-offs in plain values, so that one
 * customer can be scored at once, without the others, and gets exactly what the
 * full run would give it. Kept as JSON in grade_run.cutoffs. */
#ifndef APP_RULER_H
#define APP_RULER_H

#include "analytics/value_report.h"
#include "store/stats.h"

/* The last customer of a tier or class: those who sell more, or as much with
 * an id no greater, belong to it or above. */
struct ruler_edge {
    bool set; /* false: nobody is in this group or above */
    int64_t sales, id;
};

struct ruler {
    int64_t run_id;
    int32_t as_of;
    int64_t customers, sales;
    /* Least value with score k + 2 (k = 0…3); latest day for r. INT64_MAX when
     * no value reaches it. */
    int64_t r[RFM_BANDS - 1], f[RFM_BANDS - 1], m[RFM_BANDS - 1];
    struct ruler_edge tiers[TIER_COUNT - 1]; /* vip, main, ordinary */
    struct ruler_edge classes[2];            /* A, B */
};

/* What a customer's figures give. All empty when it never bought. */
struct scores {
    bool graded;
    enum tier tier;
    char abc; /* 'a', 'b', 'c' */
    int r, f, m;
};

/* Reads the cut-offs off a finished report; ids[i] belongs to rows[i]. */
void ruler_make(const struct value_report *report, const int64_t *ids,
                struct ruler *out);

void ruler_score(const struct ruler *u, const struct customer_figures *f,
                 struct scores *out);

void ruler_to_json(const struct ruler *u, struct jw *w);
/* ERR_INTERNAL when the text is not one of ruler_to_json. */
enum err ruler_from_json(struct ctx *c, struct str json,
                         struct ruler *out) MUST_CHECK;

#endif
