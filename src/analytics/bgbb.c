/* BG/BB. Pure; any thread. A history is a sum over the opportunity at which the
 * customer was lost, or was not. Invariant: only ratios of gamma functions at
 * whole distances are used, so nothing overflows or cancels. */
#include "analytics/bgbb.h"

#include "analytics/gamma.h"

#include <math.h>

/* lnB(a + i, b + k) − lnB(a, b). */
static double ln_beta(double a, double b, double i, double k) {
    return gamma_ln_ratio(a, i) + gamma_ln_ratio(b, k) -
           gamma_ln_ratio(a + b, i + k);
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
