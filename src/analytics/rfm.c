/* Share scores. Pure: arrays in, arrays out. */
#include "analytics/rfm.h"

#include <stdlib.h>
#include <string.h>

static int rising(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

/* How many of sorted are below v; with `upper`, how many are at most v. */
static size_t count_below(const int64_t *sorted, size_t n, int64_t v,
                          bool upper) {
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (sorted[mid] < v || (upper && sorted[mid] == v))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint8_t rfm_score_against(const int64_t *sorted, size_t n, int64_t value,
                          bool less_is_better, int bands) {
    if (n == 0)
        return 1;
    size_t worse = less_is_better ? n - count_below(sorted, n, value, true)
                                  : count_below(sorted, n, value, false);
    size_t score = 1 + (size_t)bands * worse / n;
    /* Only a value outside the n can be better than all of them. */
    return (uint8_t)(score > (size_t)bands ? (size_t)bands : score);
}

void rfm_share_scores(struct arena *scratch, const int64_t *values, size_t n,
                      bool less_is_better, int bands, uint8_t *out) {
    int64_t *sorted = NEW_ARRAY(scratch, int64_t, n);
    if (n == 0)
        return;
    memcpy(sorted, values, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, rising);
    for (size_t i = 0; i < n; i++)
        out[i] = rfm_score_against(sorted, n, values[i], less_is_better, bands);
}

void rfm_scores(struct arena *scratch, const struct rfm_facts *in, size_t n,
                struct rfm_score *out) {
    int64_t *column = NEW_ARRAY(scratch, int64_t, n);
    uint8_t *score = NEW_ARRAY(scratch, uint8_t, n);
    for (size_t i = 0; i < n; i++)
        column[i] = in[i].recency_days;
    rfm_share_scores(scratch, column, n, true, RFM_BANDS, score);
    for (size_t i = 0; i < n; i++) {
        out[i].r = score[i];
        column[i] = in[i].frequency;
    }
    rfm_share_scores(scratch, column, n, false, RFM_BANDS, score);
    for (size_t i = 0; i < n; i++) {
        out[i].f = score[i];
        column[i] = in[i].monetary;
    }
    rfm_share_scores(scratch, column, n, false, RFM_BANDS, score);
    for (size_t i = 0; i < n; i++)
        out[i].m = score[i];
}
