/* Fitting of BG/BB to cells. Pure; any thread. A pass asks for the gamma
 * function and its derivatives at a parameter plus whole numbers up to the
 * longest history, of each cell for each opportunity at which its customers may
 * have been lost: they are computed once a pass, in tables. */
#include "analytics/bgbb.h"

#include "analytics/fit.h"
#include "analytics/gamma.h"

#include <math.h>

/* lnΓ(z + i) − lnΓ(z) with its derivatives. */
struct ratio {
    double f, d, dd;
};

/* lnB(a + i, b + k) − lnB(a, b) with its derivatives. */
struct beta_ratio {
    double f, ga, gb, haa, hab, hbb;
};

/* By i and k up to `most`, from ratios of a, b and a + b. */
struct beta_table {
    struct ratio *a, *b, *both;
};

struct job {
    const struct bgbb_cell *cells;
    size_t n;
    int32_t most;                /* opportunities of a cell */
    struct beta_table buy, stay; /* of the pass */
    double *terms;               /* of a cell, by opportunity */
};

static void fill(struct ratio *out, double z, int32_t most) {
    double psi = gamma_psi(z), psi1 = gamma_psi1(z);
    for (int32_t i = 0; i <= most; i++)
        out[i] = (struct ratio){gamma_ln_ratio(z, i), gamma_psi(z + i) - psi,
                                gamma_psi1(z + i) - psi1};
}

static void fill_beta(const struct beta_table *t, double a, double b,
                      int32_t most) {
    fill(t->a, a, most);
    fill(t->b, b, most);
    fill(t->both, a + b, most);
}

static double ln_of(const struct beta_table *t, int32_t i, int32_t k) {
    return t->a[i].f + t->b[k].f - t->both[i + k].f;
}

static struct beta_ratio ratio_of(const struct beta_table *t, int32_t i,
                                  int32_t k) {
    const struct ratio *a = &t->a[i], *b = &t->b[k], *both = &t->both[i + k];
    return (struct beta_ratio){.f = a->f + b->f - both->f,
                               .ga = a->d - both->d,
                               .gb = b->d - both->d,
                               .haa = a->dd - both->dd,
                               .hab = -both->dd,
                               .hbb = b->dd - both->dd};
}

/* Log-likelihood of a cell; its terms go into job->terms. */
static double ll_of(const struct job *job, struct bgbb_cell c) {
    double sum = -INFINITY;
    for (int32_t last = c.t_x; last <= c.n; last++) {
        job->terms[last] = ln_of(&job->buy, c.x, last - c.x) +
                           ln_of(&job->stay, last < c.n ? 1 : 0, last);
        sum = log_add(sum, job->terms[last]);
    }
    return sum;
}

/* Sums over the terms of a cell, each with its weight. */
struct mixture {
    double total, g[4], h[NEWTON_MAX][NEWTON_MAX];
};

static void add_term(struct mixture *m, const struct job *job,
                     struct bgbb_cell c, int32_t last, double w) {
    struct beta_ratio buy = ratio_of(&job->buy, c.x, last - c.x);
    struct beta_ratio stay = ratio_of(&job->stay, last < c.n ? 1 : 0, last);
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
    fill_beta(&job->buy, at[0], at[1], job->most);
    fill_beta(&job->stay, at[2], at[3], job->most);
    for (size_t k = 0; k < job->n; k++) {
        struct bgbb_cell c = job->cells[k];
        struct mixture m = {0};
        double ll = ll_of(job, c);
        for (int32_t last = c.t_x; last <= c.n; last++)
            add_term(&m, job, c, last, exp(job->terms[last] - ll));
        v->f += c.weight * ll;
        for (size_t i = 0; i < 4; i++) {
            v->g[i] += c.weight * m.g[i] / m.total;
            for (size_t j = 0; j < 4; j++)
                v->h[i][j] += c.weight / m.total * m.h[i][j];
        }
        newton_outer(v->h, m.g, -c.weight / (m.total * m.total), 4);
    }
}

static struct beta_table table_of(struct arena *a, int32_t most) {
    size_t n = (size_t)most + 1;
    return (struct beta_table){NEW_ARRAY(a, struct ratio, n),
                               NEW_ARRAY(a, struct ratio, n),
                               NEW_ARRAY(a, struct ratio, n)};
}

static struct job job_of(struct arena *a, const struct bgbb_cell *cells,
                         size_t n) {
    int32_t most = 1; /* lost at one opportunity, whatever the cells */
    for (size_t i = 0; i < n; i++)
        most = cells[i].n > most ? cells[i].n : most;
    return (struct job){cells,
                        n,
                        most,
                        table_of(a, most),
                        table_of(a, most),
                        NEW_ARRAY(a, double, (size_t)most + 1)};
}

void bgbb_fit(struct arena *scratch, const struct bgbb_cell *cells, size_t n,
              struct bgbb_fit *out) {
    struct job job = job_of(scratch, cells, n);
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
