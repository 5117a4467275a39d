/* Fitting of BG/NBD and NBD to cells. Pure; any thread. What depends on x or on
 * a time alone is computed once a pass, in tables; a cell costs one exp and one
 * log1p. */
#include "analytics/bgnbd.h"

#include "analytics/fit.h"
#include "analytics/gamma.h"
#include "analytics/newton.h"

#include <math.h>

/* Tables of one pass. */
struct tables {
    const struct history_cells *cells;
    double *ln; /* ln(alpha + time) by place */
};

/* f and derivatives of lnΓ(z + x) − lnΓ(z), summed with weight into the places
 * of z. */
struct ratio {
    double f, d, dd;
};

static struct ratio ratio_of(double z, double x) {
    return (struct ratio){gamma_ln_ratio(z, x), gamma_psi(z + x) - gamma_psi(z),
                          gamma_psi1(z + x) - gamma_psi1(z)};
}

static void add(struct newton_value *v, size_t i, size_t j, double w) {
    v->h[i][j] += w;
    if (i != j)
        v->h[j][i] += w;
}

/* The part that depends on x alone: lnΓ(r+x) − lnΓ(r) + r ln alpha, and for
 * BG/NBD lnB(a, b+x) − lnB(a, b). */
static void add_xs(const struct history_cells *c, const double *at, bool bg,
                   struct newton_value *v) {
    for (size_t i = 0; i < c->n_xs; i++) {
        double x = c->xs[i], n = c->xs_n[i];
        if (x == 0)
            continue;
        struct ratio r = ratio_of(at[0], x);
        v->f += n * r.f;
        v->g[0] += n * r.d;
        v->h[0][0] += n * r.dd;
        if (!bg)
            continue;
        struct ratio b = ratio_of(at[3], x), ab = ratio_of(at[2] + at[3], x);
        v->f += n * (b.f - ab.f);
        v->g[2] -= n * ab.d;
        v->g[3] += n * (b.d - ab.d);
        v->h[2][2] -= n * ab.dd;
        add(v, 2, 3, -n * ab.dd);
        v->h[3][3] += n * (b.dd - ab.dd);
    }
    double n = (double)c->customers;
    v->f += n * at[0] * log(at[1]);
    v->g[0] += n * log(at[1]);
    v->g[1] += n * at[0] / at[1];
    add(v, 0, 1, n / at[1]);
    v->h[1][1] -= n * at[0] / (at[1] * at[1]);
}

static void fill(const struct tables *t, double alpha) {
    for (size_t i = 0; i < t->cells->n_times; i++)
        t->ln[i] = log(alpha + t->cells->times[i]);
}

/* −(r + x) ln(alpha + time), with weight w. */
static void add_rate(struct newton_value *v, const double *at, double x,
                     double time, double ln, double w) {
    double s = at[1] + time, k = at[0] + x;
    v->g[0] -= w * ln;
    v->g[1] -= w * k / s;
    v->h[0][1] -= w / s;
    v->h[1][0] -= w / s;
    v->h[1][1] += w * k / (s * s);
}

static void nbd_pass(const void *user, const double *at,
                     struct newton_value *v) {
    const struct tables *t = user;
    const struct history_cells *c = t->cells;
    fill(t, at[1]);
    add_xs(c, at, false, v);
    for (size_t i = 0; i < c->n; i++) {
        const struct history_cell *one = &c->p[i];
        double x = c->xs[one->x_at];
        v->f -= one->n * (at[0] + x) * t->ln[one->T_at];
        add_rate(v, at, x, c->times[one->T_at], t->ln[one->T_at], one->n);
    }
}

/* ln(e^A3 + e^A4): alive at T with A3, lost at t_x with A4. */
static void add_cell(struct newton_value *v, const struct tables *t,
                     const struct history_cell *one, const double *at) {
    const struct history_cells *c = t->cells;
    double x = c->xs[one->x_at], k = at[0] + x, n = one->n;
    double T = c->times[one->T_at], t_x = c->times[one->t_x_at];
    double alive = -k * t->ln[one->T_at];
    if (x == 0) {
        v->f += n * alive;
        add_rate(v, at, x, T, t->ln[one->T_at], n);
        return;
    }
    double past = at[3] + x - 1;
    double odds = log(at[2] / past) - k * t->ln[one->t_x_at] - alive;
    double e = exp(-fabs(odds)), small = e / (1 + e);
    double p = odds > 0 ? small : 1 - small, q = odds > 0 ? 1 - small : small;
    v->f += n * (alive + (odds > 0 ? odds : 0) + log1p(e));
    add_rate(v, at, x, T, t->ln[one->T_at], n * p);
    add_rate(v, at, x, t_x, t->ln[one->t_x_at], n * q);
    v->g[2] += n * q / at[2];
    v->g[3] -= n * q / past;
    v->h[2][2] -= n * q / (at[2] * at[2]);
    v->h[3][3] += n * q / (past * past);
    const double apart[4] = {t->ln[one->T_at] - t->ln[one->t_x_at],
                             k / (at[1] + T) - k / (at[1] + t_x), 1 / at[2],
                             -1 / past};
    newton_outer(v->h, apart, n * p * q, 4);
}

static void bgnbd_pass(const void *user, const double *at,
                       struct newton_value *v) {
    const struct tables *t = user;
    fill(t, at[1]);
    add_xs(t->cells, at, true, v);
    for (size_t i = 0; i < t->cells->n; i++)
        add_cell(v, t, &t->cells->p[i], at);
}

const char *fit_history_problem(const struct history_cells *c) {
    if (c->customers == 0)
        return FIT_NO_CUSTOMERS;
    if (c->times[c->n_times - 1] <= 0)
        return FIT_NO_TIME;
    return c->repeaters == 0 ? FIT_NO_REPEAT : NULL;
}

const char *fit_verdict(const struct newton_result *r, size_t n) {
    if (r->at_bound)
        return FIT_AT_BOUND;
    if (!r->converged)
        return FIT_NOT_CONVERGED;
    for (size_t i = 0; i < n; i++)
        if (!(r->error[i] <= FIT_ERROR_MAX))
            return FIT_FLAT;
    return NULL;
}

double fit_mean_rate(const struct history_cells *c) {
    double x = 0, T = 0;
    for (size_t i = 0; i < c->n; i++) {
        x += c->p[i].n * c->xs[c->p[i].x_at];
        T += c->p[i].n * c->times[c->p[i].T_at];
    }
    return x / T;
}

void nbd_fit(struct arena *scratch, const struct history_cells *cells,
             struct nbd_fit *out) {
    *out = (struct nbd_fit){.why = fit_history_problem(cells)};
    if (out->why != NULL)
        return;
    struct tables t = {cells, NEW_ARRAY(scratch, double, cells->n_times)};
    double rate = fit_mean_rate(cells);
    const double start[] = {1, 1 / rate};
    struct newton_result r;
    newton_maximise(&(struct newton_problem){2, nbd_pass, &t}, start, &r);
    *out = (struct nbd_fit){{r.at[0], r.at[1]}, r.f, fit_verdict(&r, 2)};
}

void bgnbd_fit(struct arena *scratch, const struct history_cells *cells,
               struct bgnbd_fit *out) {
    *out = (struct bgnbd_fit){.why = fit_history_problem(cells)};
    nbd_fit(scratch, cells, &out->nbd);
    if (out->why != NULL)
        return;
    struct tables t = {cells, NEW_ARRAY(scratch, double, cells->n_times)};
    double rate = fit_mean_rate(cells);
    const double one[] = {0.5, 0.5 / rate, 1, 2.5};
    const double other[] = {1, 0.5 / rate, 0.3, 3};
    const double *const starts[] = {one, other};
    struct newton_result r;
    newton_maximise_from(&(struct newton_problem){4, bgnbd_pass, &t}, starts,
                         COUNT_OF(starts), &r);
    *out = (struct bgnbd_fit){
        .p = {r.at[0], r.at[1], r.at[2], r.at[3]},
        .ll = r.f,
        .error = {r.error[0], r.error[1], r.error[2], r.error[3]},
        .has_values = true,
        .passes = r.passes,
        .why = fit_verdict(&r, 4),
        .nbd = out->nbd,
    };
    if (out->ll - out->nbd.ll < FIT_LL_GAIN)
        out->why = FIT_NO_LOSS;
}

double bgnbd_cells_ll(const struct bgnbd *m,
                      const struct history_cells *cells) {
    double sum = 0;
    for (size_t i = 0; i < cells->n; i++)
        sum += cells->p[i].n * bgnbd_ll(m, history_of(cells, i));
    return sum;
}
