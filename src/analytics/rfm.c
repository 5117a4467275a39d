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

struct placed {
    int64_t value;
    size_t at;
};

static int placed_order(const void *x, const void *y) {
    const struct placed *a = x, *b = y;
    int by = (a->value > b->value) - (a->value < b->value);
    return by != 0 ? by : (a->at > b->at) - (a->at < b->at);
}

void rfm_ntiles(struct arena *scratch, const int64_t *values, size_t n,
                bool less_is_better, int bands, uint8_t *out) {
    struct placed *p = NEW_ARRAY(scratch, struct placed, n);
    size_t tiles = (size_t)bands, part = n / tiles, more = n % tiles;
    for (size_t i = 0; i < n; i++)
        /* worst first: the order of falling values is that of their
         * complements, which can't overflow */
        p[i] = (struct placed){less_is_better ? ~values[i] : values[i], i};
    if (n > 0)
        qsort(p, n, sizeof *p, placed_order);
    for (size_t i = 0; i < n; i++) {
        size_t long_rows = more * (part + 1);
        size_t tile =
            i < long_rows ? i / (part + 1) : more + (i - long_rows) / part;
        out[p[i].at] = (uint8_t)(tile + 1);
    }
}

static uint8_t fixed_score(const int64_t *cuts, int64_t v, bool less) {
    uint8_t score = less ? RFM_BANDS : 1;
    for (size_t i = 0; i < RFM_BANDS - 1; i++) {
        if (less && v > cuts[i])
            score--;
        if (!less && v >= cuts[i])
            score++;
    }
    return score;
}

/* One of the three columns. */
static void score_column(struct arena *scratch, const int64_t *values, size_t n,
                         const struct rfm_rules *rules, size_t which,
                         uint8_t *out) {
    bool less = which == 0;
    if (rules->mode == RFM_SHARE)
        rfm_share_scores(scratch, values, n, less, RFM_BANDS, out);
    else if (rules->mode == RFM_NTILE)
        rfm_ntiles(scratch, values, n, less, RFM_BANDS, out);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = fixed_score(rules->cuts[which], values[i], less);
}

void rfm_scores(struct arena *scratch, const struct rfm_facts *in, size_t n,
                const struct rfm_rules *rules, struct rfm_score *out) {
    int64_t *column = NEW_ARRAY(scratch, int64_t, n);
    uint8_t *score = NEW_ARRAY(scratch, uint8_t, n);
    for (size_t i = 0; i < n; i++)
        column[i] = in[i].recency_days;
    score_column(scratch, column, n, rules, 0, score);
    for (size_t i = 0; i < n; i++) {
        out[i].r = score[i];
        column[i] = in[i].frequency;
    }
    score_column(scratch, column, n, rules, 1, score);
    for (size_t i = 0; i < n; i++) {
        out[i].f = score[i];
        column[i] = in[i].monetary;
    }
    score_column(scratch, column, n, rules, 2, score);
    for (size_t i = 0; i < n; i++)
        out[i].m = score[i];
}
