/* Gamma-Gamma. Pure; any thread. Invariant: the fit sums customers by (x, m)
 * rising, so it does not depend on their order. */
#include "analytics/gamma_gamma.h"

#include "analytics/bgnbd.h"
#include "analytics/fit.h"
#include "analytics/gamma.h"

#include <math.h>
#include <stdlib.h>

#define FEWEST 3 /* customers for three parameters */

double gamma_gamma_ll(const struct gamma_gamma *g, struct spend s) {
    double total = s.x * s.m, px = g->p * s.x;
    if (!(total > 0))
        return 0;
    return gamma_ln_ratio(px, g->q) - gamma_ln(g->q) - log(s.m) -
           g->q * log1p(total / g->v) - px * log1p(g->v / total);
}

double gamma_gamma_mean(const struct gamma_gamma *g, struct spend s) {
    double below = g->p * s.x + g->q - 1;
    return below > 0 ? g->p * (g->v + s.x * s.m) / below : NAN;
}

/* Customers by x, so that what depends on x alone is computed once. */
struct group {
    double x;
    size_t from, to;
};

struct job {
    const struct spend *p;
    const struct group *groups;
    size_t n, n_groups;
};

static int by_spend(const void *a, const void *b) {
    const struct spend *s = a, *t = b;
    if (s->x != t->x)
        return s->x < t->x ? -1 : 1;
    return (s->m > t->m) - (s->m < t->m);
}

/* What n customers share: lnΓ(px+q) − lnΓ(px) − lnΓ(q) + q ln v. */
static void add_shared(double x, double n, const double *at,
                       struct newton_value *v) {
    double p = at[0], q = at[1], z = p * x;
    double psi = gamma_psi(z + q), psi1 = gamma_psi1(z + q);
    v->f += n * (gamma_ln_ratio(z, q) - gamma_ln(q) + q * log(at[2]));
    v->g[0] += n * x * (psi - gamma_psi(z));
    v->g[1] += n * (psi - gamma_psi(q) + log(at[2]));
    v->g[2] += n * q / at[2];
    v->h[0][0] += n * x * x * (psi1 - gamma_psi1(z));
    v->h[0][1] += n * x * psi1;
    v->h[1][1] += n * (psi1 - gamma_psi1(q));
    v->h[1][2] += n / at[2];
    v->h[2][2] -= n * q / (at[2] * at[2]);
}

/* −(px + q) ln(v + xm) + px ln(xm) − ln m. */
static void add_one(struct spend s, const double *at, struct newton_value *v) {
    double total = s.x * s.m, all = at[2] + total, k = at[0] * s.x + at[1];
    double ln = log(all), part = log1p(at[2] / total), share = 1 / all;
    v->f -= at[0] * s.x * part + at[1] * ln + log(s.m);
    v->g[0] -= s.x * part;
    v->g[1] -= ln;
    v->g[2] -= k * share;
    v->h[0][2] -= s.x * share;
    v->h[1][2] -= share;
    v->h[2][2] += k * share * share;
}

static void pass(const void *user, const double *at, struct newton_value *v) {
    const struct job *job = user;
    for (size_t i = 0; i < job->n_groups; i++) {
        const struct group *g = &job->groups[i];
        add_shared(g->x, (double)(g->to - g->from), at, v);
        for (size_t k = g->from; k < g->to; k++)
            add_one(job->p[k], at, v);
    }
    v->h[1][0] = v->h[0][1];
    v->h[2][0] = v->h[0][2];
    v->h[2][1] = v->h[1][2];
}

/* Means, and the correlation of x and m. */
static double correlation_of(const struct spend *p, size_t n, double *mean) {
    double x = 0, m = 0, xx = 0, mm = 0, xm = 0;
    for (size_t i = 0; i < n; i++) {
        x += p[i].x / (double)n;
        m += p[i].m / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        double dx = p[i].x - x, dm = p[i].m - m;
        xx += dx * dx;
        mm += dm * dm;
        xm += dx * dm;
    }
    *mean = m;
    /* What rounding leaves of no spread at all is no spread. */
    return xx > 1e-24 * x * x * (double)n && mm > 1e-24 * m * m * (double)n
               ? xm / sqrt(xx) / sqrt(mm)
               : 0;
}

static size_t group(const struct spend *p, size_t n, struct group *out) {
    size_t made = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || p[i].x != p[i - 1].x)
            out[made++] = (struct group){p[i].x, i, i};
        out[made - 1].to = i + 1;
    }
    return made;
}

void gamma_gamma_fit(struct arena *scratch, const struct spend *all, size_t n,
                     struct gamma_gamma_fit *out) {
    struct spend *p = NEW_ARRAY(scratch, struct spend, n + 1);
    struct group *groups = NEW_ARRAY(scratch, struct group, n + 1);
    size_t used = 0;
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        if (all[i].x > 0 && all[i].m > 0)
            p[used++] = all[i];
    *out = (struct gamma_gamma_fit){.customers = (int64_t)used};
    if (used < FEWEST) {
        out->why = FIT_NO_SPEND;
        return;
    }
    qsort(p, used, sizeof *p, by_spend);
    out->correlation = correlation_of(p, used, &mean);
    struct job job = {p, groups, used, group(p, used, groups)};
    const double one[] = {4, 3, mean * 0.5}, other[] = {1, 2, mean};
    const double *const starts[] = {one, other};
    struct newton_result r;
    newton_maximise_from(&(struct newton_problem){3, pass, &job}, starts,
                         COUNT_OF(starts), &r);
    out->p = (struct gamma_gamma){r.at[0], r.at[1], r.at[2]};
    out->ll = r.f;
    for (size_t i = 0; i < 3; i++)
        out->error[i] = r.error[i];
    out->has_values = true;
    out->passes = r.passes;
    out->why = fit_verdict(&r, 3);
    if (out->why == NULL && r.at[1] <= 1)
        out->why = FIT_NO_MEAN;
}
