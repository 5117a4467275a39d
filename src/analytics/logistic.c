/* Ridge logistic regression. Pure; any thread. Sums run in the order of rows,
 * so the result is the same on every run. Invariant: a step never lowers the
 * penalised likelihood. */
#include "analytics/logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STEPS 100
#define GRADIENT 1e-12 /* a row */

struct work {
    const struct logistic_data *d;
    size_t m;     /* k + 1 */
    double *h;    /* −Hessian, m × m */
    double *g;    /* gradient */
    double *step; /* m */
    size_t *some; /* of a row: the facts that are not 0, few of many words */
    double f;     /* penalised log-likelihood */
    double ll;
};

static double linear(const double *beta, const double *x, size_t k) {
    double z = beta[k];
    for (size_t j = 0; j < k; j++)
        z += beta[j] * x[j];
    return z;
}

static double sigmoid(double z) {
    return z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z));
}

double logistic_chance(const struct logistic_fit *f, const double *x,
                       size_t k) {
    return sigmoid(linear(f->beta, x, k));
}

static void add_row(struct work *w, const double *x, double miss,
                    double weight) {
    size_t k = w->d->k, m = w->m, n = 0;
    for (size_t i = 0; i < k; i++) {
        if (x[i] == 0)
            continue;
        double v = weight * x[i];
        w->some[n++] = i;
        w->g[i] += miss * x[i];
        for (size_t j = 0; j < n; j++)
            w->h[i * m + w->some[j]] += v * x[w->some[j]];
        w->h[k * m + i] += v;
    }
    w->g[k] += miss;
    w->h[k * m + k] += weight;
}

/* Value, gradient and −Hessian (lower triangle) at beta. */
static void evaluate(struct work *w, const double *beta) {
    const struct logistic_data *d = w->d;
    memset(w->h, 0, w->m * w->m * sizeof *w->h);
    memset(w->g, 0, w->m * sizeof *w->g);
    w->ll = 0;
    for (size_t i = 0; i < d->n; i++) {
        const double *x = d->x + i * d->k;
        double z = linear(beta, x, d->k), p = sigmoid(z);
        double q = sigmoid(-z), at = d->y[i] ? z : -z;
        w->ll -= at > 0 ? log1p(exp(-at)) : log1p(exp(at)) - at;
        add_row(w, x, d->y[i] ? q : -p, p * q);
    }
    w->f = w->ll;
    for (size_t j = 0; j < d->k; j++) {
        w->f -= d->ridge / 2 * beta[j] * beta[j];
        w->g[j] -= d->ridge * beta[j];
        w->h[j * w->m + j] += d->ridge;
    }
}

/* h becomes its Cholesky factor; false when it is not positive definite. */
static bool factor(double *h, size_t m) {
    for (size_t j = 0; j < m; j++) {
        for (size_t i = j; i < m; i++) {
            double sum = h[i * m + j];
            for (size_t k = 0; k < j; k++)
                sum -= h[i * m + k] * h[j * m + k];
            if (i == j && !(sum > 0))
                return false;
            h[i * m + j] = i == j ? sqrt(sum) : sum / h[j * m + j];
        }
    }
    return true;
}

static void solve(const double *l, size_t m, double *x) {
    for (size_t i = 0; i < m; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= l[i * m + k] * x[k];
        x[i] /= l[i * m + i];
    }
    for (size_t i = m; i-- > 0;) {
        for (size_t k = i + 1; k < m; k++)
            x[i] -= l[k * m + i] * x[k];
        x[i] /= l[i * m + i];
    }
}

static double steepest(const struct work *w) {
    double most = 0;
    for (size_t i = 0; i < w->m; i++)
        most = fmax(most, fabs(w->g[i]));
    return most;
}

/* One Newton step, halved until it does not fall. False: no better place. */
static bool advance(struct work *w, double *beta, double *next) {
    double before = w->f, slope = steepest(w);
    if (!factor(w->h, w->m))
        return false;
    memcpy(w->step, w->g, w->m * sizeof *w->step);
    solve(w->h, w->m, w->step);
    for (double part = 1; part > 1e-6; part /= 2) {
        for (size_t i = 0; i < w->m; i++)
            next[i] = beta[i] + part * w->step[i];
        evaluate(w, next);
        if (w->f > before ||
            (w->f >= before - 1e-13 * fabs(before) && steepest(w) < slope)) {
            memcpy(beta, next, w->m * sizeof *beta);
            return true;
        }
    }
    evaluate(w, beta);
    return false;
}

static bool has_both(const struct logistic_data *d) {
    bool yes = false, no = false;
    for (size_t i = 0; i < d->n; i++) {
        yes = yes || d->y[i];
        no = no || !d->y[i];
    }
    return yes && no;
}

void logistic_fit(struct arena *a, const struct logistic_data *d,
                  struct logistic_fit *out) {
    size_t m = d->k + 1;
    struct work w = {.d = d,
                     .m = m,
                     .h = NEW_ARRAY(a, double, m *m),
                     .g = NEW_ARRAY(a, double, m),
                     .step = NEW_ARRAY(a, double, m),
                     .some = NEW_ARRAY(a, size_t, m)};
    double *next = NEW_ARRAY(a, double, m);
    *out = (struct logistic_fit){.beta = NEW_ARRAY(a, double, m),
                                 .error = NEW_ARRAY(a, double, m)};
    if (!has_both(d))
        return;
    double rows = (double)d->n;
    evaluate(&w, out->beta);
    while (out->steps < MAX_STEPS && steepest(&w) > GRADIENT * rows &&
           advance(&w, out->beta, next))
        out->steps++;
    out->ll = w.ll;
    out->converged = steepest(&w) < 1e-9 * rows && factor(w.h, m);
    for (size_t i = 0; i < m && out->converged; i++) {
        memset(next, 0, m * sizeof *next);
        next[i] = 1;
        solve(w.h, m, next);
        out->error[i] = sqrt(next[i]);
    }
}

void logistic_cross(struct arena *a, const struct logistic_data *d,
                    size_t folds, double *chance) {
    double *x = NEW_ARRAY(a, double, d->n * d->k + 1);
    bool *y = NEW_ARRAY(a, bool, d->n + 1);
    for (size_t fold = 0; fold < folds; fold++) {
        struct logistic_data part = {x, y, 0, d->k, d->ridge};
        struct logistic_fit f;
        for (size_t i = 0; i < d->n; i++) {
            if (i % folds == fold)
                continue;
            memcpy(x + part.n * d->k, d->x + i * d->k, d->k * sizeof *x);
            y[part.n++] = d->y[i];
        }
        logistic_fit(a, &part, &f);
        for (size_t i = fold; i < d->n; i += folds)
            chance[i] = logistic_chance(&f, d->x + i * d->k, d->k);
    }
}

struct judged {
    double chance;
    bool yes;
};

static int falling(const void *x, const void *y) {
    const struct judged *a = x, *b = y;
    return (a->chance < b->chance) - (a->chance > b->chance);
}

/* Of ties at the border of the top tenth a fair share counts. */
static double lift_of(const struct judged *p, size_t n, double yes) {
    size_t top = (n + 9) / 10;
    double found = 0;
    for (size_t i = 0, k; i < top; i = k) {
        double tied = 0;
        for (k = i; k < n && p[k].chance == p[i].chance; k++)
            tied += p[k].yes;
        size_t inside = k < top ? k - i : top - i;
        found += tied * (double)inside / (double)(k - i);
    }
    return found / (double)top / (yes / (double)n);
}

void logistic_quality(struct arena *scratch, const double *chance,
                      const bool *y, size_t n, struct logistic_quality *out) {
    struct judged *p = NEW_ARRAY(scratch, struct judged, n + 1);
    double yes = 0, above = 0, wins = 0;
    *out = (struct logistic_quality){NAN, NAN, NAN, NAN};
    double loss = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        double miss = chance[i] - (y[i] ? 1 : 0);
        p[i] = (struct judged){chance[i], y[i]};
        yes += y[i];
        loss -= log(fmax(y[i] ? chance[i] : 1 - chance[i], 1e-300));
        square += miss * miss;
    }
    if (yes == 0 || yes == (double)n)
        return;
    qsort(p, n, sizeof *p, falling);
    for (size_t i = 0, k; i < n; i = k) {
        double good = 0, bad = 0;
        for (k = i; k < n && p[k].chance == p[i].chance; k++) {
            good += p[k].yes;
            bad += !p[k].yes;
        }
        wins += bad * (above + good / 2);
        above += good;
    }
    out->auc = wins / yes / ((double)n - yes);
    out->log_loss = loss / (double)n;
    out->brier = square / (double)n;
    out->lift = lift_of(p, n, yes);
}
