/* Recency, frequency, monetary value as share scores. */
#ifndef ANALYTICS_RFM_H
#define ANALYTICS_RFM_H

#include "base/arena.h"
#include "base/str.h"

#define RFM_BANDS 5

/* Score of each of n values: 1 + floor(bands × L / n), where L is how many of
 * the n are strictly worse. Equal values have equal L and so equal scores; the
 * best score is given only if at most a bands-th are as good or better, the
 * worst value always scores 1. less_is_better for recency. Source: DESIGN "V2",
 * the default of the three usual modes, as it alone neither splits equal
 * customers nor depends on their order. Memory: 32 bytes a value of scratch. */
void rfm_share_scores(struct arena *scratch, const int64_t *values, size_t n,
                      bool less_is_better, int bands, uint8_t *out);

/* One customer. Units: days since the last purchase, orders, 10^-6. */
struct rfm_facts {
    int64_t recency_days, frequency, monetary;
};

struct rfm_score {
    uint8_t r, f, m; /* 1…RFM_BANDS, RFM_BANDS is best */
};

/* How values become scores. */
enum rfm_mode {
    RFM_SHARE, /* rfm_share_scores: the default */
    RFM_NTILE, /* equal fifths; ties go by the place in the array, as SQL's
                  ntile(5) over (order by value, id) does */
    RFM_FIXED, /* by the cuts below */
    RFM_MODES
};
/* "share", "ntile", "fixed". */
struct str rfm_mode_name(enum rfm_mode mode);
/* False: no such mode; *out stays. */
bool rfm_mode_parse(struct str name, enum rfm_mode *out);

/* cuts[0] days: at most cuts[0][0] scores 5, at most the next 4, …; cuts[1]
 * orders and cuts[2] 10^-6: at least cuts[1][0] scores 2, at least the next 3,
 * …. Each rising; only with RFM_FIXED. */
struct rfm_rules {
    enum rfm_mode mode;
    int64_t cuts[3][RFM_BANDS - 1];
};

/* SQL's ntile: 1…bands for the n values, worst first; the first n mod bands
 * tiles hold one more. Of equal values the earlier one comes first. */
void rfm_ntiles(struct arena *scratch, const int64_t *values, size_t n,
                bool less_is_better, int bands, uint8_t *out);

/* out[i] is the score of in[i]; bands as RFM_BANDS. Customers stand by id. */
void rfm_scores(struct arena *scratch, const struct rfm_facts *in, size_t n,
                const struct rfm_rules *rules, struct rfm_score *out);

#endif
