/* Gamma-Gamma. Pure; any thread. Invariant: the fit sums customers by (x, m)
 * rising, so it does not depend on their order. */
#include "analytics/gamma_gamma.h"

#include "analytics/bgnbd.h"
#include "analytics/fit.h"
#include "analytics/gamma.h"
#include "analytics/lanes.h"

#include <math.h>
#include <string.h>

#define FEWEST 3  /* customers for three parameters */
#define MANY 4000 /* more are fitted to every EACHth first */
#define EACH 16

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

/* A customer's sum of purchases, and its log. */
struct one {
    double total, ln;
};

/* Customers by x, so that what depends on x alone is computed once. */
struct group {
    double x;
    size_t from, to;
};

struct job {
    const struct one *p;
    double ln_m; /* sum of ln m: the same on every pass */
    const struct group *groups;
    size_t n, n_groups;
};

/* Positive numbers have the order of their bits. */
static uint64_t bits(double v) {
    uint64_t u;
    memcpy(&u, &v, sizeof u);
    return u;
}

/* One step of a radix sort: by a byte of m or of x, keeping the order of
 * equals. False: all have the same byte and nothing was moved. */
static bool sort_step(const struct spend *from, struct spend *to, size_t n,
                      int byte, bool by_x) {
    size_t count[257] = {0};
    int shift = byte * 8;
    for (size_t i = 0; i < n; i++)
        count[(bits(by_x ? from[i].x : from[i].m) >> shift & 255) + 1]++;
    for (size_t i = 1; i < 257; i++) {
        if (count[i] == n)
            return false;
        count[i] += count[i - 1];
    }
    for (size_t i = 0; i < n; i++)
        to[count[bits(by_x ? from[i].x : from[i].m) >> shift & 255]++] =
            from[i];
    return true;
}

/* By x, then m: returns p or other, whichever holds the result. */
static struct spend *sort(struct spend *p, struct spend *other, size_t n) {
    for (int step = 0; step < 16; step++) {
        if (sort_step(p, other, n, step % 8, step >= 8)) {
            struct spend *moved = other;
            other = p;
            p = moved;
        }
    }
    return p;
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

/* Sums over customers, lane by lane. */
struct sums {
    double parts[LANES], lns[LANES], shares[LANES], squares[LANES];
};

static inline void add_one(const struct one *p, double v, struct sums *s,
                           size_t lane) {
    double part = lane_log1p(v / p->total), share = 1 / (v + p->total);
    s->parts[lane] += part;
    s->lns[lane] += p->ln + part;
    s->shares[lane] += share;
    s->squares[lane] += share * share;
}

LANES_WIDE static void sum_up(const struct one *p, size_t n, double v,
                              struct sums *s) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            add_one(&p[i + k], v, s, k);
    for (; i < n; i++)
        add_one(&p[i], v, s, i % LANES);
}

static double total(const double *lanes) {
    double sum = 0;
    for (size_t k = 0; k < LANES; k++)
        sum += lanes[k];
    return sum;
}

/* −(px + q) ln(v + xm) + px ln(xm) of all with the same x. */
static void add_ones(const struct one *p, const struct group *g,
                     const double *at, struct newton_value *v) {
    struct sums s = {{0}, {0}, {0}, {0}};
    double px = at[0] * g->x, k = px + at[1];
    sum_up(p + g->from, g->to - g->from, at[2], &s);
    double parts = total(s.parts), lns = total(s.lns);
    double shares = total(s.shares);
    v->f -= px * parts + at[1] * lns;
    v->g[0] -= g->x * parts;
    v->g[1] -= lns;
    v->g[2] -= k * shares;
    v->h[0][2] -= g->x * shares;
    v->h[1][2] -= shares;
    v->h[2][2] += k * total(s.squares);
}

static void pass(const void *user, const double *at, struct newton_value *v) {
    const struct job *job = user;
    for (size_t i = 0; i < job->n_groups; i++) {
        const struct group *g = &job->groups[i];
        add_shared(g->x, (double)(g->to - g->from), at, v);
        add_ones(job->p, g, at, v);
    }
    v->f -= job->ln_m;
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

/* The job of every each-th of n customers who stand by x, m. */
static struct job job_of(struct arena *scratch, const struct spend *p, size_t n,
                         size_t each) {
    size_t used = 0, most = n / each + 1;
    struct spend *some = NEW_ARRAY(scratch, struct spend, most);
    struct one *ones = NEW_ARRAY(scratch, struct one, most);
    struct group *groups = NEW_ARRAY(scratch, struct group, most);
    struct job job = {.p = ones, .groups = groups};
    for (size_t i = each / 2; i < n; i += each) {
        some[used] = p[i];
        ones[used].total = p[i].x * p[i].m;
        ones[used].ln = log(ones[used].total);
        job.ln_m += log(p[i].m);
        used++;
    }
    job.n = used;
    job.n_groups = group(some, used, groups);
    return job;
}

static void maximise(struct arena *scratch, const struct spend *p, size_t n,
                     double mean, struct newton_result *out) {
    const double one[] = {4, 3, mean * 0.5}, other[] = {1, 2, mean};
    const double *const starts[] = {one, other};
    struct job all = job_of(scratch, p, n, 1);
    struct newton_problem problem = {3, pass, &all};
    if (n <= MANY) {
        newton_maximise_from(&problem, starts, COUNT_OF(starts), out);
        return;
    }
    struct job some = job_of(scratch, p, n, EACH);
    newton_maximise_near(&problem, &(struct newton_problem){3, pass, &some},
                         starts, COUNT_OF(starts), out);
}

void gamma_gamma_fit(struct arena *scratch, const struct spend *all, size_t n,
                     struct gamma_gamma_fit *out) {
    struct spend *p = NEW_ARRAY(scratch, struct spend, n + 1);
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
    p = sort(p, NEW_ARRAY(scratch, struct spend, used), used);
    out->correlation = correlation_of(p, used, &mean);
    struct newton_result r;
    maximise(scratch, p, used, mean, &r);
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
