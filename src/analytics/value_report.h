/* RFM, ABC and pyramid of a set of customers, computed together and written as
 * JSON: one place for the shapes that `guanxi analyze` and the API share
 * (docs/analyze.md). */
#ifndef ANALYTICS_VALUE_REPORT_H
#define ANALYTICS_VALUE_REPORT_H

#include "analytics/abc.h"
#include "analytics/pyramid.h"
#include "analytics/rfm.h"
#include "analytics/transactions.h"
#include "base/json.h"

struct value_rules {
    int32_t as_of; /* day that recency is counted to */
    struct abc_cuts abc;
    struct pyramid_cuts pyramid;
    struct rfm_rules rfm;
};

/* One customer with everything. */
struct value_row {
    struct str id;
    struct rfm_facts facts; /* facts.monetary is the sales, 10^-6 */
    struct rfm_score rfm;
    struct abc_row abc;
    enum tier tier;
};

/* A group of customers: a class, a tier. */
struct value_group {
    int64_t customers;
    int64_t sales; /* 10^-6 */
};

struct value_report {
    int32_t as_of; /* DAY_MIN: nothing was graded yet */
    int64_t lines, sale_lines;
    int64_t sales;          /* 10^-6 */
    struct value_row *rows; /* by id */
    size_t *order;          /* ranks by sales: rows[order[0]] sells most */
    size_t n;
    int64_t hist_r[RFM_BANDS], hist_f[RFM_BANDS], hist_m[RFM_BANDS];
    struct value_group classes[3]; /* A, B, C */
    struct value_group tiers[TIER_COUNT];
};

/* Computes all for n customers, who are sorted by id and whose sales sum fits
 * 64 bits. lines and sale_lines are taken over as they are. All in arena a; the
 * ids are borrowed. */
void value_report(struct arena *a, const struct customer_sales *customers,
                  size_t n, const struct transactions_totals *totals,
                  struct value_rules rules, struct value_report *out);

/* Where JSON goes. flush (may be NULL) is called now and then between rows and
 * may empty the buffer w writes to. */
struct value_sink {
    struct jw *w;
    bool rows; /* false leaves "rows" out */
    void (*flush)(void *user);
    void *user;
};

/* {"as_of","lines","sale_lines","customers","sales","hist":{"R","F","M"},
 *  "rows":[{"id","recency_days","frequency","monetary","R","F","M"}]}, by id */
void value_json_rfm(const struct value_report *r, struct value_sink *s);
/* {"classes":{"A":{"customers","sales","share"},…},
 *  "rows":[{"id","sales","share_before","class"}]}, by rank */
void value_json_abc(const struct value_report *r, struct value_sink *s);
/* {"tiers":[{"tier","customers","sales","share"}],"rows":[{"id","tier"}]} */
void value_json_pyramid(const struct value_report *r, struct value_sink *s);

#endif
