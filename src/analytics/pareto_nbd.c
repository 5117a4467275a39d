/* Pareto/NBD. Pure; any thread. The time of loss y in [t_x, T] is integrated
 * in u = ln((alpha+y)/A) + ln((beta+y)/B), A = alpha+t_x, B = beta+t_x: there
 * both powers of the integrand are smooth, whichever of alpha and beta is the
 * smaller one. Invariant: everything is relative to y = t_x, so nothing
 * overflows and nothing cancels. */
#include "analytics/pareto_nbd.h"

#include "analytics/bgnbd.h"
#include "analytics/fit.h"
#include "analytics/gamma.h"
#include "analytics/gauss.h"
#include "analytics/lanes.h"

#include <math.h>

#define CUT 40.0 /* e^-40 is 4e-18: what lies beyond does not count */

/* The integral of one history. */
struct range {
    double n, s; /* r + x, s */
    double A, B; /* alpha + t_x, beta + t_x */
    double end;  /* u of the upper limit */
};

/* δ = y − t_x of u: the root of (A+δ)(B+δ) = A·B·e^u, without cancellation. */
static double time_at(const struct range *g, double u) {
    double c = g->A * g->B * expm1(u), half = (g->A + g->B) / 2;
    return c / (half + sqrt(half * half + c));
}

static struct range range_of(const struct pareto_nbd *m, struct history h) {
    struct range g = {.n = m->r + (double)h.x,
                      .s = m->s,
                      .A = m->alpha + h.t_x,
                      .B = m->beta + h.t_x};
    double last = h.T - h.t_x;
    if (g.n > 1)
        last = fmin(last, g.A * expm1(CUT / (g.n - 1)));
    last = fmin(last, g.B * expm1(CUT / g.s));
    g.end = log1p(last / g.A) + log1p(last / g.B);
    return g;
}

/* The integrand times its weight, per g->end. */
static double mass_at(const struct range *g, struct gauss_node node) {
    double y = time_at(g, node.at * g->end);
    double P = g->A + y, Q = g->B + y;
    /* ln(Q/B) = u − ln(P/A) would cancel where B >> A. */
    double f = exp(-g->n * log1p(y / g->A) - (g->s + 1) * log1p(y / g->B));
    return node.weight * f * P * Q / (P + Q);
}

/* ln of s ∫ ((alpha+y)/A)^−n ((beta+y)/B)^−(s+1) dy; -INFINITY for T = t_x. */
static double ln_lost(const struct range *g) {
    double sum = 0;
    for (size_t i = 0; i < GAUSS_FINE; i++)
        sum += mass_at(g, gauss_fine[i]);
    return log(g->s * g->end * sum);
}

/* ln of (chance lost) / (chance alive). */
static double lost_odds(const struct pareto_nbd *m, struct history h) {
    struct range g = range_of(m, h);
    double d = h.T - h.t_x;
    return ln_lost(&g) - log(g.B) + g.n * log1p(d / g.A) + g.s * log1p(d / g.B);
}

double pareto_nbd_ll(const struct pareto_nbd *m, struct history h) {
    double x = (double)h.x;
    double alive = gamma_ln_ratio(m->r, x) - m->r * log1p(h.T / m->alpha) -
                   x * log(m->alpha + h.T) - m->s * log1p(h.T / m->beta);
    return alive + log_add(0, lost_odds(m, h));
}

double pareto_nbd_alive(const struct pareto_nbd *m, struct history h) {
    return 1 / (1 + exp(lost_odds(m, h)));
}

double pareto_nbd_expected_alive(const struct pareto_nbd *m, struct history h,
                                 double t) {
    double left = m->beta + h.T, rate = (m->r + (double)h.x) / (m->alpha + h.T);
    double d = log1p(t / left), v = (m->s - 1) * d;
    double stay = v == 0 ? 1 : -expm1(-v) / v;
    return rate * left * d * stay;
}

double pareto_nbd_expected(const struct pareto_nbd *m, struct history h,
                           double t) {
    return pareto_nbd_alive(m, h) * pareto_nbd_expected_alive(m, h, t);
}

/* --- the fit ------------------------------------------------------------ */

struct job {
    const struct history_cells *cells;
    bool rough; /* on the way: 1e-9 will do */
};

/* A rule of quadrature. The error of n nodes for e^-fall·z on [0, 1] is below
 * (fall/4)^2n / (2n)!: nothing where it is used. */
struct rule {
    const struct gauss_node *p;
    size_t n;
};

static struct rule rule_for(bool rough, double fall) {
    if (fall <= (rough ? 6 : 2.5))
        return (struct rule){gauss_few, GAUSS_FEW};
    if (rough || fall <= 15)
        return (struct rule){gauss_coarse, GAUSS_COARSE};
    return (struct rule){gauss_fine, GAUSS_FINE};
}

static void add_xs(const struct history_cells *c, const double *at,
                   struct newton_value *v) {
    for (size_t i = 0; i < c->n_xs; i++) {
        double x = c->xs[i], n = c->xs_n[i];
        if (x == 0)
            continue;
        v->f += n * gamma_ln_ratio(at[0], x);
        v->g[0] += n * (gamma_psi(at[0] + x) - gamma_psi(at[0]));
        v->h[0][0] += n * (gamma_psi1(at[0] + x) - gamma_psi1(at[0]));
    }
    double n = (double)c->customers;
    for (size_t i = 0; i < 4; i += 2) {
        v->f += n * at[i] * log(at[i + 1]);
        v->g[i] += n * log(at[i + 1]);
        v->g[i + 1] += n * at[i] / at[i + 1];
        v->h[i][i + 1] += n / at[i + 1];
        v->h[i + 1][i] += n / at[i + 1];
        v->h[i + 1][i + 1] -= n * at[i] / (at[i + 1] * at[i + 1]);
    }
}

/* Sums over the moments y that a cell may have been lost at, of weight w, and
 * over being alive at T: what the derivatives of ln Σw are made of. L = ln
 * (alpha+y), A = 1/(alpha+y), M = ln(beta+y) less what d/ds of the factor s
 * adds, B = 1/(beta+y). */
enum sum {
    SUM_W,
    SUM_L,
    SUM_A,
    SUM_M,
    SUM_B,
    SUM_LL,
    SUM_LA,
    SUM_AA,
    SUM_LM,
    SUM_AM,
    SUM_MM,
    SUM_LB,
    SUM_AB,
    SUM_MB,
    SUM_BB,
    SUMS
};

/* One moment, for lane i. */
static inline void add_moment(double sums[SUMS][LANES], size_t i, double w,
                              double L, double A, double M, double B) {
    double wL = w * L, wA = w * A, wM = w * M, wB = w * B;
    sums[SUM_W][i] += w;
    sums[SUM_L][i] += wL;
    sums[SUM_A][i] += wA;
    sums[SUM_M][i] += wM;
    sums[SUM_B][i] += wB;
    sums[SUM_LL][i] += wL * L;
    sums[SUM_LA][i] += wL * A;
    sums[SUM_AA][i] += wA * A;
    sums[SUM_LM][i] += wL * M;
    sums[SUM_AM][i] += wA * M;
    sums[SUM_MM][i] += wM * M;
    sums[SUM_LB][i] += wL * B;
    sums[SUM_AB][i] += wA * B;
    sums[SUM_MB][i] += wM * B;
    sums[SUM_BB][i] += wB * B;
}

/* The moments of loss, each against being alive (1): alive is the ln of what
 * the chance to be alive lacks against that at t_x. */
LANES_WIDE static void add_lost(const struct range *g, double alive,
                                struct rule rule, double sums[SUMS][LANES]) {
    double scale = g->s * g->end / g->B, half = (g->A + g->B) / 2;
    double lnA = log(g->A), lnB = log(g->B) - 1 / g->s;
    for (size_t from = 0; from < rule.n; from += LANES) {
        const struct gauss_node *node = rule.p + from;
        for (size_t i = 0; i < LANES; i++) {
            double u = node[i].at * g->end, c = g->A * g->B * lane_expm1(u);
            double y = c / (half + sqrt(half * half + c));
            double P = g->A + y, Q = g->B + y;
            double p = lane_log1p(y / g->A), q = u - p;
            double w = scale * node[i].weight * P * Q / (P + Q) *
                       lane_exp(alive - g->n * p - (g->s + 1) * q);
            add_moment(sums, i, w, lnA + p, 1 / P, lnB + q, 1 / Q);
        }
    }
}

/* The gradient of each term is (−L, −k·A, −M, −l·B) in r, alpha, s, beta, where
 * k is r + x and l is s, or s + 1 for one who is lost: that one more is part of
 * `lost` alone. */
static void add_sums(struct newton_value *v, const double *all,
                     const double *lost, double n, double k, double s) {
    double l = s, W = all[SUM_W];
    const double g[4] = {-all[SUM_L], -k * all[SUM_A], -all[SUM_M],
                         -l * all[SUM_B] - lost[SUM_B]};
    const double gg[4][4] = {
        {all[SUM_LL]},
        {k * all[SUM_LA], k * k * all[SUM_AA]},
        {all[SUM_LM], k * all[SUM_AM], all[SUM_MM]},
        {l * all[SUM_LB] + lost[SUM_LB], k * (l * all[SUM_AB] + lost[SUM_AB]),
         l * all[SUM_MB] + lost[SUM_MB],
         l * l * all[SUM_BB] + (2 * l + 1) * lost[SUM_BB]}};
    n /= W;
    for (size_t i = 0; i < 4; i++) {
        v->g[i] += n * g[i];
        for (size_t j = 0; j <= i; j++) {
            double cov = n * (gg[i][j] - g[i] / W * g[j]);
            v->h[i][j] += cov;
            if (i != j)
                v->h[j][i] += cov;
        }
    }
    v->h[0][1] -= n * all[SUM_A];
    v->h[1][0] -= n * all[SUM_A];
    v->h[1][1] += n * k * all[SUM_AA];
    v->h[2][3] -= n * all[SUM_B];
    v->h[3][2] -= n * all[SUM_B];
    v->h[3][3] += n * (l * all[SUM_BB] + lost[SUM_BB]);
}

#define HOPELESS 690.0 /* ln of the odds of loss from which nothing is told */

static void add_cell(const struct job *job, const double *at, size_t i,
                     struct newton_value *v) {
    struct history h = history_of(job->cells, i);
    struct pareto_nbd p = {at[0], at[1], at[2], at[3]};
    struct range g = range_of(&p, h);
    double lanes[SUMS][LANES] = {{0}}, lost[SUMS] = {0}, all[SUMS];
    double n = job->cells->p[i].n, d = h.T - h.t_x;
    double P = at[1] + h.T, Q = at[3] + h.T, L = log(P), M = log(Q);
    double alive = g.n * log1p(d / g.A) + g.s * log1p(d / g.B);
    if (!(alive < HOPELESS)) {
        v->f = NAN;
        return;
    }
    if (d > 0) {
        double last = time_at(&g, g.end);
        double fall = g.n * log1p(last / g.A) + (g.s + 1) * log1p(last / g.B);
        add_lost(&g, alive, rule_for(job->rough, fall), lanes);
    }
    for (size_t k = 0; k < SUMS; k++)
        for (size_t j = 0; j < LANES; j++)
            lost[k] += lanes[k][j];
    double one[SUMS][LANES] = {{0}};
    add_moment(one, 0, 1, L, 1 / P, M, 1 / Q);
    for (size_t k = 0; k < SUMS; k++)
        all[k] = lost[k] + one[k][0];
    add_sums(v, all, lost, n, g.n, g.s);
    /* s·e^…: the second derivative of ln s is −1/s², of weight lost/total. */
    v->h[2][2] -= n * lost[SUM_W] / all[SUM_W] / (at[2] * at[2]);
    v->f += n * (log(all[SUM_W]) - g.n * L - g.s * M);
}

static void pass(const void *user, const double *at, struct newton_value *v) {
    const struct job *job = user;
    add_xs(job->cells, at, v);
    for (size_t i = 0; i < job->cells->n; i++)
        add_cell(job, at, i, v);
}

void pareto_nbd_fit(const struct history_cells *cells,
                    struct pareto_nbd_fit *out) {
    *out = (struct pareto_nbd_fit){.why = fit_history_problem(cells)};
    if (out->why != NULL)
        return;
    struct arena *scratch = arena_new();
    struct history_cells coarse = *cells;
    if (cells->n > FIT_MANY)
        history_coarse(scratch, cells, FIT_COARSE_STEPS, &coarse);
    struct job few = {&coarse, true}, rough_all = {cells, true};
    struct job fine = {cells, false};
    double rate = fit_mean_rate(cells);
    const double one[] = {0.5, 0.5 / rate, 0.5, 10};
    const double other[] = {1, 0.5 / rate, 1, 50};
    const double *const starts[] = {one, other};
    struct newton_result rough, r;
    newton_maximise_from(&(struct newton_problem){4, pass, &few}, starts,
                         COUNT_OF(starts), &rough);
    if (cells->n > FIT_MANY && (!rough.converged || rough.at_bound))
        newton_maximise_from(&(struct newton_problem){4, pass, &rough_all},
                             starts, COUNT_OF(starts), &rough);
    newton_maximise(&(struct newton_problem){4, pass, &fine}, rough.at, &r);
    *out = (struct pareto_nbd_fit){
        .p = {r.at[0], r.at[1], r.at[2], r.at[3]},
        .ll = r.f,
        .error = {r.error[0], r.error[1], r.error[2], r.error[3]},
        .has_values = true,
        .passes = rough.passes + r.passes,
        .why = fit_verdict(&r, 4),
    };
    arena_free(scratch);
}

double pareto_nbd_cells_ll(const struct pareto_nbd *m,
                           const struct history_cells *cells) {
    double sum = 0;
    for (size_t i = 0; i < cells->n; i++)
        sum += cells->p[i].n * pareto_nbd_ll(m, history_of(cells, i));
    return sum;
}
