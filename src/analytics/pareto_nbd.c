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

double pareto_nbd_expected(const struct pareto_nbd *m, struct history h,
                           double t) {
    double left = m->beta + h.T, rate = (m->r + (double)h.x) / (m->alpha + h.T);
    double d = log1p(t / left), v = (m->s - 1) * d;
    double stay = v == 0 ? 1 : -expm1(-v) / v;
    return pareto_nbd_alive(m, h) * rate * left * d * stay;
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
    if (rough && fall <= 6)
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

/* One term −k ln(alpha+y) − l ln(beta+y) of a sum of exponentials. */
struct term {
    double P, Q, lnP, lnQ; /* alpha+y, beta+y and their logs */
    double k, l;
    double w; /* its weight in the sum */
};

/* Sums of the gradient, of the Hessian and of the gradient's square. */
struct sums {
    double g[4], h01, h11, h23, h33, gg[4][4];
};

static void add_term(struct sums *m, const struct term *t) {
    double a = 1 / t->P, b = 1 / t->Q, w = t->w;
    const double g[4] = {-t->lnP, -t->k * a, -t->lnQ, -t->l * b};
    for (size_t i = 0; i < 4; i++) {
        m->g[i] += w * g[i];
        for (size_t j = 0; j <= i; j++)
            m->gg[i][j] += w * g[i] * g[j];
    }
    m->h01 -= w * a;
    m->h11 += w * t->k * a * a;
    m->h23 -= w * b;
    m->h33 += w * t->l * b * b;
}

/* Adds n times the derivatives of ln Σ, Σ being total. */
static void add_sums(struct newton_value *v, const struct sums *m, double n,
                     double total) {
    n /= total;
    for (size_t i = 0; i < 4; i++) {
        v->g[i] += n * m->g[i];
        for (size_t j = 0; j <= i; j++) {
            double cov = n * (m->gg[i][j] - m->g[i] / total * m->g[j]);
            v->h[i][j] += cov;
            if (i != j)
                v->h[j][i] += cov;
        }
    }
    v->h[0][1] += n * m->h01;
    v->h[1][0] += n * m->h01;
    v->h[1][1] += n * m->h11;
    v->h[2][3] += n * m->h23;
    v->h[3][2] += n * m->h23;
    v->h[3][3] += n * m->h33;
}

/* The terms of lost customers, each against that of the one alive (1). Also
 * carries d/ds of the factor s before the integral. Returns their sum. */
static double add_lost(const struct job *job, const struct range *g, double d,
                       struct sums *m) {
    double scale = g->s * g->end / g->B;
    double lnA = log(g->A), lnB = log(g->B), sum = 0;
    double alive = g->n * log1p(d / g->A) + g->s * log1p(d / g->B);
    double last = time_at(g, g->end);
    struct rule rule =
        rule_for(job->rough,
                 g->n * log1p(last / g->A) + (g->s + 1) * log1p(last / g->B));
    for (size_t i = 0; i < rule.n; i++) {
        double u = rule.p[i].at * g->end, y = time_at(g, u);
        double P = g->A + y, Q = g->B + y;
        double p = log1p(y / g->A), q = u - p;
        double w = scale * rule.p[i].weight * P * Q / (P + Q) *
                   exp(alive - g->n * p - (g->s + 1) * q);
        add_term(m, &(struct term){P, Q, lnA + p, lnB + q - 1 / g->s, g->n,
                                   g->s + 1, w});
        sum += w;
    }
    return sum;
}

static void add_cell(const struct job *job, const double *at, size_t i,
                     struct newton_value *v) {
    struct history h = history_of(job->cells, i);
    struct pareto_nbd p = {at[0], at[1], at[2], at[3]};
    struct range g = range_of(&p, h);
    struct sums m = {0};
    double n = job->cells->p[i].n, d = h.T - h.t_x;
    double P = at[1] + h.T, Q = at[3] + h.T, lnP = log(P), lnQ = log(Q);
    double lost = d > 0 ? add_lost(job, &g, d, &m) : 0, total = 1 + lost;
    /* exp() above may overflow only where the chance alive is 0. */
    if (!(total < 1e300)) {
        v->f = NAN;
        return;
    }
    add_term(&m, &(struct term){P, Q, lnP, lnQ, g.n, g.s, 1});
    add_sums(v, &m, n, total);
    /* s·e^…: the second derivative of ln s is −1/s², of weight lost/total. */
    v->h[2][2] -= n * lost / total / (at[2] * at[2]);
    v->f += n * (log(total) - g.n * lnP - g.s * lnQ);
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
    struct job coarse = {cells, true}, fine = {cells, false};
    double rate = fit_mean_rate(cells);
    const double one[] = {0.5, 0.5 / rate, 0.5, 10};
    const double other[] = {1, 0.5 / rate, 1, 50};
    const double *const starts[] = {one, other};
    struct newton_result rough, r;
    newton_maximise_from(&(struct newton_problem){4, pass, &coarse}, starts,
                         COUNT_OF(starts), &rough);
    newton_maximise(&(struct newton_problem){4, pass, &fine}, rough.at, &r);
    *out = (struct pareto_nbd_fit){
        .p = {r.at[0], r.at[1], r.at[2], r.at[3]},
        .ll = r.f,
        .error = {r.error[0], r.error[1], r.error[2], r.error[3]},
        .has_values = true,
        .passes = rough.passes + r.passes,
        .why = fit_verdict(&r, 4),
    };
}

double pareto_nbd_cells_ll(const struct pareto_nbd *m,
                           const struct history_cells *cells) {
    double sum = 0;
    for (size_t i = 0; i < cells->n; i++)
        sum += cells->p[i].n * pareto_nbd_ll(m, history_of(cells, i));
    return sum;
}
