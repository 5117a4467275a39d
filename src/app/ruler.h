/* The ruler of a grading (DESIGN V1): cut-offs in plain values, so that one
 * customer can be scored at once, without the others, and gets exactly what the
 * full run would give it. Kept as JSON in grade_run.cutoffs. */
#ifndef APP_RULER_H
#define APP_RULER_H

#include "analytics/value_report.h"
#include "store/feed.h"
#include "store/stats.h"

/* The last customer of a tier or class: those who sell more, or as much with
 * an id no greater, belong to it or above. */
struct ruler_edge {
    bool set; /* false: nobody is in this group or above */
    int64_t sales, id;
};

/* What a contribution is (R28): the sales, the margin on them, or the profit
 * that the cost to serve leaves of it (R38). */
enum measure { MEASURE_SALES, MEASURE_MARGIN, MEASURE_PROFIT, MEASURE_COUNT };
struct str measure_name(enum measure m);
/* False: no such measure; *out stays. */
bool measure_parse(struct str name, enum measure *out);

/* What the pyramid ranks by. The contribution is the measure of all time or
 * since from_day, nothing where that is below 0: shares are of what the others
 * bring, and whoever brings a loss has no rank of merit. The rank goes by the
 * contribution weighted by scored facts 1…5:
 *     contribution × (200 + Σ weight × (score - 3)) / 200
 * so that a fact of weight 100 doubles it at score 5 and takes it away at 1;
 * an unknown fact counts as 3, no factor is below 0. Frequency is the F score
 * of the run. Without weights it is the contribution itself. */
enum weight {
    WEIGHT_FREQUENCY,
    WEIGHT_STANDING, /* then by enum standing */
    WEIGHT_COUNT = WEIGHT_STANDING + STANDING_COUNT
};
struct ruler_basis {
    int32_t from_day; /* 0: all time */
    enum measure measure;
    int weights[WEIGHT_COUNT]; /* 0…100 */
};

struct ruler {
    int64_t run_id;
    int32_t as_of;
    int64_t customers, sales;
    /* Least value with score k + 2 (k = 0…3); earliest day for r. INT64_MAX
     * when no value reaches it. With fixed bands the limits themselves. */
    enum rfm_mode mode;
    int64_t r[RFM_BANDS - 1], f[RFM_BANDS - 1], m[RFM_BANDS - 1];
    /* With RFM_NTILE, of r, f, m: who has just the least value has its score
     * from this id on, since tiles part equal values by id. Else 0. */
    int64_t ties[3][RFM_BANDS - 1];
    struct ruler_edge tiers[TIER_COUNT - 1]; /* vip, main, ordinary */
    struct ruler_edge classes[2];            /* A, B */
    /* What each of the three begins with as far as gaps to it go
     * (ruler_settle); 0: nobody is in it. */
    int64_t borders[TIER_COUNT - 1];
    int64_t total;           /* contributions, 10^-6 */
    struct feed_place place; /* changes up to here are in it; 0 0: unknown */
    struct ruler_basis basis;
};

/* What a customer's figures give. All empty when it never bought. */
struct scores {
    bool graded;
    int64_t contribution, weighted; /* 10^-6 */
    enum tier tier;
    char abc; /* 'a', 'b', 'c' */
    int r, f, m;
};

/* Reads the cut-offs off a finished report, scored by the given rules; ids[i]
 * belongs to rows[i]. */
void ruler_make(const struct value_report *report, const int64_t *ids,
                const struct rfm_rules *rfm, struct ruler *out);

/* The fixed bands as they were given (rfm_rules.cuts); only with RFM_FIXED. */
void ruler_bands(const struct ruler *u, int64_t cuts[3][RFM_BANDS - 1]);

/* The same for tiers and classes when they were not given by sales: in rank
 * order by the weighted contribution and by the contribution. */
void ruler_edges(const struct value_report *report, const int64_t *ids,
                 const int64_t *weighted, const size_t *by_weighted,
                 const int64_t *contribution, const size_t *by_contribution,
                 struct ruler *out);

/* Sets the borders: those of the ruler before (NULL: none) where they still are
 * right within one per cent, else the edges. A border that moved a little
 * every night would change everybody's gap. */
void ruler_settle(struct ruler *u, const struct ruler *before);

bool ruler_same_basis(const struct ruler_basis *a, const struct ruler_basis *b);
bool ruler_is_plain(const struct ruler_basis *b);
/* What the basis takes as the customer's contribution; never below 0. */
int64_t ruler_contribution(const struct ruler_basis *b,
                           const struct customer_figures *f);
int64_t ruler_weigh(const struct ruler_basis *b,
                    const struct customer_figures *f, int f_score);
/* Per cent (10^-2) of the border of the next tier up that a customer lacks; -1
 * for a VIP and where nobody is above. */
int64_t ruler_gap(const struct ruler *u, const struct scores *s);

void ruler_score(const struct ruler *u, const struct customer_figures *f,
                 struct scores *out);

void ruler_to_json(const struct ruler *u, struct jw *w);
/* ERR_INTERNAL when the text is not one of ruler_to_json. */
enum err ruler_from_json(struct ctx *c, struct str json,
                         struct ruler *out) MUST_CHECK;

#endif
