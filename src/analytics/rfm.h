/* Recency, frequency, monetary value as share scores. */
#ifndef ANALYTICS_RFM_H
#define ANALYTICS_RFM_H

#include "base/arena.h"

#define RFM_BANDS 5

/* Score of each of n values: 1 + floor(bands × L / n), where L is how many of
 * the n are strictly worse. Equal values have equal L and so equal scores; the
 * best score is given only if at most a bands-th are as good or better, the
 * worst value always scores 1. less_is_better for recency. Source: DESIGN "V2",
 * the default of the three usual modes, as it alone neither splits equal
 * customers nor depends on their order. Memory: n integers of scratch. */
void rfm_share_scores(struct arena *scratch, const int64_t *values, size_t n,
                      bool less_is_better, int bands, uint8_t *out);

/* The same for a value that is none of the n (a customer who bought since the
 * ruler was made): sorted is the ruler's n values, rising. */
uint8_t rfm_score_against(const int64_t *sorted, size_t n, int64_t value,
                          bool less_is_better, int bands);

/* One customer. Units: days since the last purchase, orders, 10^-6. */
struct rfm_facts {
    int64_t recency_days, frequency, monetary;
};

struct rfm_score {
    uint8_t r, f, m; /* 1…RFM_BANDS, RFM_BANDS is best */
};

/* out[i] is the score of in[i]; bands as RFM_BANDS. */
void rfm_scores(struct arena *scratch, const struct rfm_facts *in, size_t n,
                struct rfm_score *out);

#endif
