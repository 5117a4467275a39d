/* BG/BB. Pure; any thread. A history is a sum over the opportunity at which the
 * customer was lost, or was not. Invariant: only ratios of gamma functions at
 * whole distances are used, so nothing overflows or cancels. */
#include "analytics/bgbb.h"

#include "analytics/fit.h"
#include "analytics/gamma.h"

#include <math.h>

/* lnB(a + i, b + k) − lnB(a, b) with its derivatives. */
struct beta_ratio {
    double f, ga, gb, haa, hab, hbb;
};

static double ln_beta(double a, double b, double i, double k) {
    return gamma_ln_ratio(a, i) + gamma_ln_ratio(b, k) -
           gamma_ln_ratio(a + b, i + k);
}

static double psi_ratio(double z, double d) {
    return gamma_psi(z + d) - gamma_psi(z);
}

static double psi1_ratio(double z, double d) {
    return gamma_psi1(z + d) - gamma_psi1(z);
}

static struct beta_ratio beta_ratio_of(double a, double b, double i, double k) {
    double both = psi_ratio(a + b, i + k), both1 = psi1_ratio(a + b, i + k);
    return (struct beta_ratio){.f = ln_beta(a, b, i, k),
                               .ga = psi_ratio(a, i) - both,
                               .gb = psi_ratio(b, k) - both,
                               .haa = psi1_ratio(a, i) - both1,
                               .hab = -both1,
                               .hbb = psi1_ratio(b, k) - both1};
}

/* Lost right after opportunity `last` (t_x <= last < n), or there at n. */
static double term_of(const struct bgbb *m, struct bgbb_cell c, int32_t last) {
    return ln_beta(m->alpha, m->beta, c.x, last - c.x) +
           ln_beta(m->gamma, m->delta, last < c.n ? 1 : 0, last);
}

double bgbb_ll(const struct bgbb *m, struct bgbb_cell c) {
    double sum = -INFINITY;
    for (int32_t last = c.t_x; last <= c.n; last++)
        sum = log_add(sum, term_of(m, c, last));
    return sum;
}

double bgbb_alive(const struct bgbb *m, struct bgbb_cell c, int32_t ahead) {
    return exp(ln_beta(m->alpha, m->beta, c.x, c.n - c.x) +
               ln_beta(m->gamma, m->delta, 0, (double)c.n + ahead) -
               bgbb_ll(m, c));
}

double bgbb_expected(const struct bgbb *m, struct bgbb_cell c, int32_t ahead,
                     double *each) {
    double buys = ln_beta(m->alpha, m->beta, (double)c.x + 1, c.n - c.x);
    double ll = bgbb_ll(m, c), sum = 0;
    for (int32_t j = 1; j <= ahead; j++) {
        double one =
            exp(buys + ln_beta(m->gamma, m->delta, 0, (double)c.n + j) - ll);
        sum += one;
        if (each != NULL)
            each[j - 1] = one;
    }
    return sum;
}

/* --- the fit ------------------------------------------------------------ */

struct job {
    const struct bgbb_cell *cells;
    size_t n;
};

/* Sums over the terms of a cell, each with its weight. */
struct mixture {
    double total, g[4], h[NEWTON_MAX][NEWTON_MAX];
};

static void add_term(struct mixture *m, const double *at, struct bgbb_cell c,
                     int32_t last, double ll) {
    struct beta_ratio buy =
        beta_ratio_of(at[0], at[1], c.x, (double)last - c.x);
    struct beta_ratio stay =
        beta_ratio_of(at[2], at[3], last < c.n ? 1 : 0, last);
    double w = exp(buy.f + stay.f - ll);
    const double g[4] = {buy.ga, buy.gb, stay.ga, stay.gb};
    m->total += w;
    for (size_t i = 0; i < 4; i++)
        m->g[i] += w * g[i];
    newton_outer(m->h, g, w, 4);
    m->h[0][0] += w * buy.haa;
    m->h[0][1] += w * buy.hab;
    m->h[1][0] += w * buy.hab;
    m->h[1][1] += w * buy.hbb;
    m->h[2][2] += w * stay.haa;
    m->h[2][3] += w * stay.hab;
    m->h[3][2] += w * stay.hab;
    m->h[3][3] += w * stay.hbb;
}

static void pass(const void *user, const double *at, struct newton_value *v) {
    const struct job *job = user;
    struct bgbb p = {at[0], at[1], at[2], at[3]};
    for (size_t k = 0; k < job->n; k++) {
        struct bgbb_cell c = job->cells[k];
        struct mixture m = {0};
        double ll = bgbb_ll(&p, c);
        for (int32_t last = c.t_x; last <= c.n; last++)
            add_term(&m, at, c, last, ll);
        v->f += c.weight * ll;
        for (size_t i = 0; i < 4; i++) {
            v->g[i] += c.weight * m.g[i] / m.total;
            for (size_t j = 0; j < 4; j++)
                v->h[i][j] += c.weight / m.total * m.h[i][j];
        }
        newton_outer(v->h, m.g, -c.weight / (m.total * m.total), 4);
    }
}

void bgbb_fit(const struct bgbb_cell *cells, size_t n, struct bgbb_fit *out) {
    struct job job = {cells, n};
    double taken = 0, customers = 0, chances = 0;
    for (size_t i = 0; i < n; i++) {
        customers += cells[i].weight;
        taken += cells[i].weight * cells[i].x;
        chances += cells[i].weight * cells[i].n;
    }
    *out = (struct bgbb_fit){.why = customers == 0 ? FIT_NO_CUSTOMERS
                                    : chances == 0 ? FIT_NO_TIME
                                    : taken == 0   ? FIT_NO_REPEAT
                                                   : NULL};
    if (out->why != NULL)
        return;
    const double one[] = {1, 1, 0.5, 3}, other[] = {0.3, 1, 1, 1};
    const double *const starts[] = {one, other};
    struct newton_result r;
    newton_maximise_from(&(struct newton_problem){4, pass, &job}, starts,
                         COUNT_OF(starts), &r);
    *out = (struct bgbb_fit){
        .p = {r.at[0], r.at[1], r.at[2], r.at[3]},
        .ll = r.f,
        .error = {r.error[0], r.error[1], r.error[2], r.error[3]},
        .has_values = true,
        .passes = r.passes,
        .why = fit_verdict(&r, 4),
    };
}
