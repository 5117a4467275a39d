/* Kaplan-Meier. Pure: arrays in, arrays out. Invariant: survival never rises
 * and does not depend on the order of customers. */
#include "analytics/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.959963984540054 /* of the normal distribution, two-sided */
#define HALF (0.5 + 1e-9)     /* the product of shares is rounded */

static int by_time(const void *x, const void *y) {
    const struct stay *a = x, *b = y;
    return (a->time > b->time) - (a->time < b->time);
}

/* Bands in ln(−ln S), which stay between 0 and 1. */
static void set_bands(struct survival_row *r, double variance) {
    double ln = log(r->survival);
    r->error = r->survival * sqrt(variance);
    r->low = r->high = r->survival;
    if (ln == 0)
        return;
    double wide = Z95 * sqrt(variance) / ln;
    r->low = pow(r->survival, exp(-wide));
    r->high = pow(r->survival, exp(wide));
}

void survival_estimate(struct arena *a, const struct stay *all, size_t n,
                       struct survival *out) {
    struct stay *p = NEW_ARRAY(a, struct stay, n + 1);
    double left = 1, variance = 0;
    *out = (struct survival){.rows = NEW_ARRAY(a, struct survival_row, n + 1),
                             .customers = (int64_t)n,
                             .median = NAN};
    if (n > 0)
        memcpy(p, all, n * sizeof *p);
    qsort(p, n, sizeof *p, by_time);
    for (size_t i = 0, k; i < n; i = k) {
        int64_t lost = 0, at_risk = (int64_t)(n - i);
        for (k = i; k < n && p[k].time == p[i].time; k++)
            lost += p[k].lost;
        if (lost == 0)
            continue;
        struct survival_row *r = &out->rows[out->n++];
        double d = (double)lost, m = (double)at_risk;
        left *= (m - d) / m;
        variance += d / (m * (m - d));
        *r = (struct survival_row){.time = p[i].time,
                                   .at_risk = at_risk,
                                   .lost = lost,
                                   .survival = left,
                                   .low = NAN,
                                   .high = NAN};
        if (left > 0)
            set_bands(r, variance);
        out->lost += lost;
        if (left <= HALF && isnan(out->median))
            out->median = r->time;
    }
}
