/* Fitting of BG/NBD and NBD to cells. Pure; any thread. What depends on x or on
 * a time alone is computed once a pass, in tables; the rest of BG/NBD by blocks
 * of LANES cells, whose sums are added up lane by lane. */
#include "analytics/bgnbd.h"

#include "analytics/fit.h"
#include "analytics/gamma.h"
#include "analytics/lanes.h"
#include "analytics/newton.h"

#include <math.h>

struct block;

/* What passes over cells work with. */
struct tables {
    const struct history_cells *cells;
    double *ln; /* of one pass of the NBD: ln(alpha + time) by place */
    struct block *blocks;
    size_t n_blocks;
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

/* --- cells with repeat purchases, LANES at a time ----------------------- */

/* What a cell adds to, from ln(e^A3 + e^A4): alive at T with A3, lost at t_x
 * with A4. D are the differences of the two gradients. */
enum sum {
    SUM_F,
    SUM_R,     /* d/dr */
    SUM_ALPHA, /* d/d alpha */
    SUM_Q,     /* chance lost */
    SUM_QB,    /* chance lost / (b + x − 1) */
    SUM_QBB,
    SUM_RATE,  /* d²/dr d alpha */
    SUM_RATES, /* d²/d alpha² */
    SUM_D00,   /* weights times D: r, alpha, a, b */
    SUM_D10,
    SUM_D11,
    SUM_D20,
    SUM_D21,
    SUM_D22,
    SUM_D30,
    SUM_D31,
    SUM_D32,
    SUM_D33,
    SUMS
};

/* Cells from..from + LANES by columns; n is 0 for those that fill up. */
struct block {
    double x[LANES], T[LANES], t_x[LANES], n[LANES];
};

static size_t make_blocks(const struct history_cells *c, struct block *out) {
    size_t k = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct history_cell *one = &c->p[i];
        if (c->xs[one->x_at] == 0)
            continue;
        struct block *b = &out[k / LANES];
        b->x[k % LANES] = c->xs[one->x_at];
        b->T[k % LANES] = c->times[one->T_at];
        b->t_x[k % LANES] = c->times[one->t_x_at];
        b->n[k++ % LANES] = one->n;
    }
    for (; k % LANES != 0; k++)
        out[k / LANES].x[k % LANES] = 1;
    return k / LANES;
}

LANES_WIDE static void add_blocks(const struct block *p, size_t n_blocks,
                                  const double *at, double sums[SUMS][LANES]) {
    double r = at[0], alpha = at[1], a = at[2], b = at[3], ia = 1 / a;
    for (size_t k = 0; k < n_blocks; k++)
        for (size_t i = 0; i < LANES; i++) {
            double n = p[k].n[i], x = p[k].x[i], rate = r + x;
            double iT = 1 / (alpha + p[k].T[i]);
            double it = 1 / (alpha + p[k].t_x[i]);
            double lnT = lane_ln(alpha + p[k].T[i]);
            double lnt = lane_ln(alpha + p[k].t_x[i]), ib = 1 / (b + x - 1);
            double odds = lane_ln(a * ib) + rate * (lnT - lnt);
            double size = odds < 0 ? -odds : odds, e = lane_exp(-size);
            double small = e / (1 + e), big = 1 - small;
            double P = odds > 0 ? small : big, Q = odds > 0 ? big : small;
            double top = odds > 0 ? odds : 0, w = n * P * Q;
            double d0 = lnT - lnt, d1 = rate * (iT - it), d3 = -ib;
            sums[SUM_F][i] += n * (top + lane_log1p(e) - rate * lnT);
            sums[SUM_R][i] -= n * (P * lnT + Q * lnt);
            sums[SUM_ALPHA][i] -= n * rate * (P * iT + Q * it);
            sums[SUM_Q][i] += n * Q;
            sums[SUM_QB][i] += n * Q * ib;
            sums[SUM_QBB][i] += n * Q * ib * ib;
            sums[SUM_RATE][i] -= n * (P * iT + Q * it);
            sums[SUM_RATES][i] += n * rate * (P * iT * iT + Q * it * it);
            sums[SUM_D00][i] += w * d0 * d0;
            sums[SUM_D10][i] += w * d1 * d0;
            sums[SUM_D11][i] += w * d1 * d1;
            sums[SUM_D20][i] += w * ia * d0;
            sums[SUM_D21][i] += w * ia * d1;
            sums[SUM_D22][i] += w * ia * ia;
            sums[SUM_D30][i] += w * d3 * d0;
            sums[SUM_D31][i] += w * d3 * d1;
            sums[SUM_D32][i] += w * d3 * ia;
            sums[SUM_D33][i] += w * d3 * d3;
        }
}

static void add_sums(struct newton_value *v, double lanes[SUMS][LANES],
                     const double *at) {
    double s[SUMS] = {0};
    for (size_t k = 0; k < SUMS; k++)
        for (size_t i = 0; i < LANES; i++)
            s[k] += lanes[k][i];
    v->f += s[SUM_F];
    v->g[0] += s[SUM_R];
    v->g[1] += s[SUM_ALPHA];
    v->g[2] += s[SUM_Q] / at[2];
    v->g[3] -= s[SUM_QB];
    add(v, 0, 1, s[SUM_RATE]);
    v->h[1][1] += s[SUM_RATES];
    v->h[2][2] -= s[SUM_Q] / (at[2] * at[2]);
    v->h[3][3] += s[SUM_QBB];
    for (size_t i = 0, k = SUM_D00; i < 4; i++)
        for (size_t j = 0; j <= i; j++)
            add(v, i, j, s[k++]);
}

static void bgnbd_pass(const void *user, const double *at,
                       struct newton_value *v) {
    const struct tables *t = user;
    const struct history_cells *c = t->cells;
    double sums[SUMS][LANES] = {{0}};
    add_xs(c, at, true, v);
    for (size_t i = 0; i < c->n && c->xs[c->p[i].x_at] == 0; i++) {
        double T = c->times[c->p[i].T_at], ln = log(at[1] + T), n = c->p[i].n;
        v->f -= n * at[0] * ln;
        add_rate(v, at, 0, T, ln, n);
    }
    add_blocks(t->blocks, t->n_blocks, at, sums);
    add_sums(v, sums, at);
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

static struct tables tables_of(struct arena *a,
                               const struct history_cells *cells) {
    struct tables t = {cells, NEW_ARRAY(a, double, cells->n_times),
                       NEW_ARRAY(a, struct block, cells->n / LANES + 1), 0};
    t.n_blocks = make_blocks(cells, t.blocks);
    return t;
}

/* The maximum of a likelihood over cells; of many, begun with rounded ones. */
static void maximise(struct arena *scratch, const struct history_cells *cells,
                     struct newton_problem p, const double *const *starts,
                     size_t n_starts, struct newton_result *out) {
    struct tables all = tables_of(scratch, cells);
    struct newton_problem rough = p;
    p.user = &all;
    if (cells->n <= FIT_MANY) {
        newton_maximise_from(&p, starts, n_starts, out);
        return;
    }
    struct history_cells coarse;
    history_coarse(scratch, cells, FIT_COARSE_STEPS, &coarse);
    struct tables few = tables_of(scratch, &coarse);
    rough.user = &few;
    newton_maximise_near(&p, &rough, starts, n_starts, out);
}

void nbd_fit(struct arena *scratch, const struct history_cells *cells,
             struct nbd_fit *out) {
    *out = (struct nbd_fit){.why = fit_history_problem(cells)};
    if (out->why != NULL)
        return;
    double rate = fit_mean_rate(cells);
    const double start[] = {1, 1 / rate};
    const double *const starts[] = {start};
    struct newton_result r;
    maximise(scratch, cells, (struct newton_problem){2, nbd_pass, NULL}, starts,
             COUNT_OF(starts), &r);
    *out = (struct nbd_fit){{r.at[0], r.at[1]}, r.f, fit_verdict(&r, 2)};
}

void bgnbd_fit(struct arena *scratch, const struct history_cells *cells,
               struct bgnbd_fit *out) {
    *out = (struct bgnbd_fit){.why = fit_history_problem(cells)};
    nbd_fit(scratch, cells, &out->nbd);
    if (out->why != NULL)
        return;
    double rate = fit_mean_rate(cells);
    const double one[] = {0.5, 0.5 / rate, 1, 2.5};
    const double other[] = {1, 0.5 / rate, 0.3, 3};
    const double *const starts[] = {one, other};
    struct newton_result r;
    maximise(scratch, cells, (struct newton_problem){4, bgnbd_pass, NULL},
             starts, COUNT_OF(starts), &r);
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
