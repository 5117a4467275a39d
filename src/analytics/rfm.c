/* Share scores. Pure: arrays in, arrays out. */
#include "analytics/rfm.h"

#include "analytics/radix.h"

static const struct str modes[RFM_MODES] = {S_INIT("share"), S_INIT("ntile"),
                                            S_INIT("fixed")};

struct str rfm_mode_name(enum rfm_mode mode) {
    return modes[mode];
}

bool rfm_mode_parse(struct str name, enum rfm_mode *out) {
    for (int m = 0; m < RFM_MODES; m++)
        if (str_eq(modes[m], name)) {
            *out = (enum rfm_mode)m;
            return true;
        }
    return false;
}

/* Sorted from the worst value on: the place of the first of equal values is
 * how many are worse. */
void rfm_share_scores(struct arena *scratch, const int64_t *values, size_t n,
                      bool less_is_better, int bands, uint8_t *out) {
    const struct radix_item *p =
        radix_order(scratch, values, n, less_is_better);
    uint8_t score = 1;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && p[i].key != p[i - 1].key)
            score = (uint8_t)(1 + (size_t)bands * i / n);
        out[p[i].at] = score;
    }
}

void rfm_ntiles(struct arena *scratch, const int64_t *values, size_t n,
                bool less_is_better, int bands, uint8_t *out) {
    const struct radix_item *p =
        radix_order(scratch, values, n, less_is_better);
    size_t tiles = (size_t)bands, part = n / tiles, more = n % tiles;
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

static int64_t fact(const struct rfm_facts *f, size_t which) {
    return which == 0   ? f->recency_days
           : which == 1 ? f->frequency
                        : f->monetary;
}

void rfm_scores(struct arena *scratch, const struct rfm_facts *in, size_t n,
                const struct rfm_rules *rules, struct rfm_score *out) {
    int64_t *column = NEW_ARRAY(scratch, int64_t, n);
    uint8_t *score = NEW_ARRAY(scratch, uint8_t, n);
    /* the same memory for each column */
    struct arena *sorting =
        arena_new_sized(2 * n * sizeof(struct radix_item) + 64);
    for (size_t which = 0; which < 3; which++) {
        for (size_t i = 0; i < n; i++)
            column[i] = fact(&in[i], which);
        arena_reset(sorting);
        score_column(sorting, column, n, rules, which, score);
        for (size_t i = 0; i < n; i++)
            *(which == 0   ? &out[i].r
              : which == 1 ? &out[i].f
                           : &out[i].m) = score[i];
    }
    arena_free(sorting);
}
