/* Newton's method with a damped Hessian (Levenberg-Marquardt) in the logs of
 * positive parameters. Pure; any thread. Invariant: f never falls from one
 * accepted step to the next by more than rounding. */
#include "analytics/newton.h"

#include <math.h>
#include <string.h>

#define MAX_PASSES 200
#define GRADIENT 1e-12 /* of |f| + 1: as good as zero */
#define MAX_STEP 2.0   /* a factor of e² a step */
#define DAMP_MAX 1e12

typedef double matrix[NEWTON_MAX][NEWTON_MAX];

/* L·Lᵀ = m in place (lower triangle); false when m is not positive definite. */
static bool cholesky(matrix m, size_t n) {
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            double sum = m[i][j];
            for (size_t k = 0; k < j; k++)
                sum -= m[i][k] * m[j][k];
            if (i == j && !(sum > 0))
                return false;
            m[i][j] = i == j ? sqrt(sum) : sum / m[j][j];
        }
    }
    return true;
}

static void solve(matrix l, size_t n, double *x) {
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= l[i][k] * x[k];
        x[i] /= l[i][i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            x[i] -= l[k][i] * x[k];
        x[i] /= l[i][i];
    }
}

void newton_outer(double h[NEWTON_MAX][NEWTON_MAX], const double *u, double w,
                  size_t n) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            h[i][j] += w * u[i] * u[j];
}

/* From derivatives in the parameters to those in their logs. */
static void evaluate(const struct newton_problem *p, const double *logs,
                     struct newton_value *v) {
    double at[NEWTON_MAX];
    memset(v, 0, sizeof *v);
    for (size_t i = 0; i < p->n; i++)
        at[i] = exp(logs[i]);
    p->fn(p->user, at, v);
    for (size_t i = 0; i < p->n; i++) {
        v->g[i] *= at[i];
        for (size_t j = 0; j < p->n; j++)
            v->h[i][j] *= at[i] * at[j];
    }
    for (size_t i = 0; i < p->n; i++)
        v->h[i][i] += v->g[i];
}

/* At a bound and pulled beyond it: such a parameter stays where it is. */
static bool is_held(const struct newton_value *v, const double *logs,
                    size_t i) {
    return (logs[i] <= log(NEWTON_LOW) && v->g[i] < 0) ||
           (logs[i] >= log(NEWTON_HIGH) && v->g[i] > 0);
}

/* The step (−H + damp·scale)⁻¹ g, cut to MAX_STEP; false when −H is not
 * positive definite with this damping. */
static bool step_of(const struct newton_value *v, const double *logs, size_t n,
                    double damp, double *step) {
    matrix m;
    double longest = 0;
    for (size_t i = 0; i < n; i++) {
        bool held = is_held(v, logs, i);
        for (size_t j = 0; j < n; j++)
            m[i][j] = held || is_held(v, logs, j) ? 0 : -v->h[i][j];
        m[i][i] = held ? 1 : m[i][i] + damp * (fabs(v->h[i][i]) + 1e-6);
        step[i] = held ? 0 : v->g[i];
    }
    if (!cholesky(m, n))
        return false;
    solve(m, n, step);
    for (size_t i = 0; i < n; i++)
        longest = fmax(longest, fabs(step[i]));
    for (size_t i = 0; i < n && longest > MAX_STEP; i++)
        step[i] *= MAX_STEP / longest;
    return isfinite(longest);
}

/* Largest slope of the parameters that may move. */
static double slope(const struct newton_value *v, const double *logs,
                    size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++)
        if (!is_held(v, logs, i))
            most = fmax(most, fabs(v->g[i]));
    return most;
}

/* Higher; or as high as rounding can tell, and less steep: the last steps. */
static bool is_better(const struct newton_value *w, const double *next,
                      const struct newton_value *v, const double *logs,
                      size_t n) {
    return isfinite(w->f) &&
           (w->f > v->f || (w->f >= v->f - 1e-13 * (fabs(v->f) + 1) &&
                            slope(w, next, n) < slope(v, logs, n) / 2));
}

/* One accepted step, or false when nothing better is found. */
static bool advance(const struct newton_problem *p, double *logs,
                    struct newton_value *v, double *damp, int *passes) {
    while (*damp <= DAMP_MAX && *passes < MAX_PASSES) {
        double step[NEWTON_MAX] = {0}, next[NEWTON_MAX];
        struct newton_value w;
        bool sound = step_of(v, logs, p->n, *damp, step);
        if (sound) {
            for (size_t i = 0; i < p->n; i++)
                next[i] = fmin(fmax(logs[i] + step[i], log(NEWTON_LOW)),
                               log(NEWTON_HIGH));
            evaluate(p, next, &w);
            ++*passes;
        }
        if (sound && is_better(&w, next, v, logs, p->n)) {
            memcpy(logs, next, p->n * sizeof *logs);
            *v = w;
            *damp = *damp < 1e-6 ? 0 : *damp / 10;
            return true;
        }
        *damp = *damp == 0 ? 1e-4 : *damp * 10;
    }
    return false;
}

/* Standard errors from the inverse of −H. */
static bool errors(const struct newton_value *v, size_t n, double *error) {
    matrix m;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            m[i][j] = -v->h[i][j];
    bool sound = cholesky(m, n);
    for (size_t i = 0; i < n; i++) {
        double unit[NEWTON_MAX] = {0};
        unit[i] = 1;
        if (sound)
            solve(m, n, unit);
        error[i] = sound && unit[i] > 0 ? sqrt(unit[i]) : INFINITY;
    }
    return sound;
}

void newton_maximise(const struct newton_problem *p, const double *start,
                     struct newton_result *out) {
    double logs[NEWTON_MAX], damp = 0;
    struct newton_value v;
    *out = (struct newton_result){.passes = 1};
    for (size_t i = 0; i < p->n; i++)
        logs[i] = log(start[i]);
    evaluate(p, logs, &v);
    while (!(slope(&v, logs, p->n) <= GRADIENT * (fabs(v.f) + 1)) &&
           advance(p, logs, &v, &damp, &out->passes))
        continue;
    bool definite = errors(&v, p->n, out->error);
    for (size_t i = 0; i < p->n; i++) {
        out->at[i] = exp(logs[i]);
        if (logs[i] <= log(NEWTON_LOW) || logs[i] >= log(NEWTON_HIGH))
            out->at_bound = true;
    }
    out->f = v.f;
    double limit = 1e-6 * (fabs(v.f) + 1);
    out->converged = definite && isfinite(v.f);
    for (size_t i = 0; i < p->n; i++)
        out->converged = out->converged && fabs(v.g[i]) <= limit;
}

void newton_maximise_from(const struct newton_problem *p,
                          const double *const *starts, size_t n_starts,
                          struct newton_result *out) {
    int passes = 0;
    for (size_t i = 0; i < n_starts; i++) {
        struct newton_result r;
        if (i > 0 && out->converged && !out->at_bound)
            break;
        newton_maximise(p, starts[i], &r);
        passes += r.passes;
        if (i == 0 || (r.converged && !out->converged) ||
            (r.converged == out->converged &&
             r.f > out->f + 1e-7 * (fabs(out->f) + 1)))
            *out = r;
    }
    out->passes = passes;
}

static bool is_clean(const struct newton_result *r) {
    return r->converged && !r->at_bound;
}

void newton_maximise_near(const struct newton_problem *p,
                          const struct newton_problem *rough,
                          const double *const *starts, size_t n_starts,
                          struct newton_result *out) {
    struct newton_result near;
    newton_maximise_from(rough, starts, n_starts, &near);
    if (is_clean(&near)) {
        newton_maximise(p, near.at, out);
        if (is_clean(out))
            return;
    }
    newton_maximise_from(p, starts, n_starts, out);
}
