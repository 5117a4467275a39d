/* Maximises a function of a few positive parameters by Newton's method with a
 * trust region, working on their logarithms. Source: Levenberg 1944, Marquardt
 * 1963 (the damped Hessian); standard errors from its inverse at the maximum.
 */
#ifndef ANALYTICS_NEWTON_H
#define ANALYTICS_NEWTON_H

#include "base/compiler.h"

#define NEWTON_MAX 4

/* Value, gradient and Hessian (both triangles) in the parameters themselves. */
struct newton_value {
    double f;
    double g[NEWTON_MAX];
    double h[NEWTON_MAX][NEWTON_MAX];
};

struct newton_problem {
    size_t n; /* parameters, 1…NEWTON_MAX */
    /* at holds n positive values; out comes zeroed. */
    void (*fn)(const void *user, const double *at, struct newton_value *out);
    const void *user;
};

struct newton_result {
    double at[NEWTON_MAX];
    double f;
    double error[NEWTON_MAX]; /* standard errors of the logarithms; INFINITY
                                 where the function is flat */
    bool converged;           /* gradient 0, Hessian negative definite */
    bool at_bound;            /* a parameter ran to NEWTON_LOW or NEWTON_HIGH */
    int passes;               /* evaluations */
};

#define NEWTON_LOW 1e-7
#define NEWTON_HIGH 1e7

/* Starts from `start` (n positive values). The result is the same on every run:
 * nothing is random. */
void newton_maximise(const struct newton_problem *p, const double *start,
                     struct newton_result *out);

/* From the first start; the others are tried only while the result is no clean
 * maximum (not converged, or at a bound), and the best one counts. */
void newton_maximise_from(const struct newton_problem *p,
                          const double *const *starts, size_t n_starts,
                          struct newton_result *out);

/* From where the maximum of `rough` lies, a problem like p that costs less (the
 * starts are for that one); should it have no clean maximum, or p none near it,
 * as newton_maximise_from. Passes over the rough one are not counted. */
void newton_maximise_near(const struct newton_problem *p,
                          const struct newton_problem *rough,
                          const double *const *starts, size_t n_starts,
                          struct newton_result *out);

/* Adds w·u·uᵀ to h, for the n first elements. */
void newton_outer(double h[NEWTON_MAX][NEWTON_MAX], const double *u, double w,
                  size_t n);

#endif
