/* Hazards by age. Pure; any thread. Invariant: a day counts once, as at risk;
 * sums run in the order of spells. */
#include "analytics/hazard.h"

#include <math.h>
#include <string.h>

struct counts {
    double risk, won, lost;
};

static struct counts less(struct counts a, struct counts b) {
    return (struct counts){a.risk - b.risk, a.won - b.won, a.lost - b.lost};
}

/* sums[i]: of all ages below i. */
static size_t count_ages(struct arena *a, const struct spell *all, size_t n,
                         int32_t from, int32_t until, struct counts **sums) {
    size_t ages = 0;
    for (size_t i = 0; i < n; i++)
        if (all[i].first < until && all[i].last >= from)
            ages = ages > (size_t)(all[i].last - all[i].first) + 1
                       ? ages
                       : (size_t)(all[i].last - all[i].first) + 1;
    struct counts *c = NEW_ARRAY(a, struct counts, ages + 2);
    memset(c, 0, (ages + 2) * sizeof *c);
    for (size_t i = 0; i < n; i++) {
        const struct spell *s = &all[i];
        int32_t first = s->first > from ? s->first : from;
        int32_t last = s->last < until ? s->last : until - 1;
        if (first > last)
            continue;
        c[first - s->first].risk++;
        c[last - s->first + 1].risk--;
        if (s->end != SPELL_OPEN && s->last == last) {
            c[last - s->first].won += s->end == SPELL_WON;
            c[last - s->first].lost += s->end == SPELL_LOST;
        }
    }
    double open = 0;
    struct counts sum = {0};
    for (size_t i = 0; i <= ages; i++) {
        struct counts here = c[i];
        open += here.risk;
        c[i] = sum;
        sum.risk += open;
        sum.won += here.won;
        sum.lost += here.lost;
    }
    *sums = c;
    return ages;
}

void hazard_estimate(struct arena *a, const struct spell *all, size_t n,
                     int32_t from, int32_t until, struct hazard *out) {
    struct counts *sums;
    size_t ages = count_ages(a, all, n, from, until, &sums);
    *out = (struct hazard){NEW_ARRAY(a, double, ages + 1),
                           NEW_ARRAY(a, double, ages + 1), ages};
    for (size_t age = 0; age < ages; age++) {
        struct counts band;
        size_t width = HAZARD_BAND;
        for (;; width *= 2) {
            size_t lo = age > width ? age - width : 0;
            size_t hi = age + width + 1 < ages ? age + width + 1 : ages;
            band = less(sums[hi], sums[lo]);
            if (band.risk >= HAZARD_EXPOSURE || (lo == 0 && hi == ages))
                break;
        }
        out->won[age] = band.risk > 0 ? band.won / band.risk : 0;
        out->lost[age] = band.risk > 0 ? band.lost / band.risk : 0;
    }
}

struct hazard_chance hazard_chance(const struct hazard *h, int32_t age,
                                   int32_t days) {
    struct hazard_chance out = {0};
    double open = 1;
    for (int32_t t = age; h->n > 0 && t < age + days; t++) {
        size_t at = (size_t)t < h->n ? (size_t)t : h->n - 1;
        out.won += open * h->won[at];
        out.lost += open * h->lost[at];
        open *= 1 - h->won[at] - h->lost[at];
    }
    return out;
}

double hazard_spread(struct arena *scratch, const struct hazard *h,
                     const struct spell *all, size_t n, int32_t until,
                     int32_t block) {
    int32_t first = until;
    for (size_t i = 0; i < n; i++)
        first = all[i].first < first ? all[i].first : first;
    size_t blocks = (size_t)((until - first) / block);
    double *sum = NEW_ARRAY(scratch, double, h->n + 1);
    double over = 0, weight = 0;
    sum[0] = 0;
    for (size_t i = 0; i < h->n; i++)
        sum[i + 1] = sum[i] + h->won[i];
    if (blocks < 3)
        return 0;
    for (size_t b = 0; b < blocks; b++) {
        int32_t to = until - (int32_t)b * block, from = to - block;
        double expected = 0, seen = 0;
        for (size_t i = 0; i < n; i++) {
            int32_t lo = all[i].first > from ? all[i].first : from;
            int32_t hi = all[i].last < to ? all[i].last : to - 1;
            if (lo > hi)
                continue;
            size_t x = (size_t)(lo - all[i].first);
            size_t y = (size_t)(hi - all[i].first) + 1;
            if (x >= h->n)
                continue;
            expected += sum[y < h->n ? y : h->n] - sum[x];
            seen += all[i].end == SPELL_WON && all[i].last == hi && y <= h->n;
        }
        /* E (seen − e)² = e + τ²e², summed over the blocks */
        over += (seen - expected) * (seen - expected) - expected;
        weight += expected * expected;
    }
    return weight > 0 && over > 0 ? sqrt(over / weight) : 0;
}
