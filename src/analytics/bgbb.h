/* The BG/BB model of purchases at set opportunities (yearly renewals, gifts;
 * Fader, Hardie, Shang 2010): at each one a customer is lost with a chance
 * drawn from Beta(gamma, delta), and one who is not buys with a chance drawn
 * from Beta(alpha, beta). */
#ifndef ANALYTICS_BGBB_H
#define ANALYTICS_BGBB_H

#include "analytics/bgnbd.h"

struct bgbb {
    double alpha, beta, gamma, delta; /* all > 0 */
};

/* Customers with the same history: 0 <= x <= t_x <= n. */
struct bgbb_cell {
    int32_t x;     /* opportunities taken */
    int32_t t_x;   /* the last of them, counted from 1; 0 when x is 0 */
    int32_t n;     /* opportunities so far */
    double weight; /* customers */
};

/* Log-likelihood of one customer. */
double bgbb_ll(const struct bgbb *m, struct bgbb_cell c);

/* Probability of being there still `ahead` opportunities after the n-th. */
double bgbb_alive(const struct bgbb *m, struct bgbb_cell c, int32_t ahead);

/* Expected purchases at the next `ahead` opportunities; each (may be NULL) gets
 * the chance of one at each of them. */
double bgbb_expected(const struct bgbb *m, struct bgbb_cell c, int32_t ahead,
                     double *each);

struct bgbb_fit {
    struct bgbb p; /* meaningless unless has_values */
    double ll;
    double error[4]; /* standard errors of the logarithms */
    bool has_values;
    int passes;
    const char *why; /* NULL: identified; else as in bgnbd.h */
};

/* Maximum likelihood. */
void bgbb_fit(struct arena *scratch, const struct bgbb_cell *cells, size_t n,
              struct bgbb_fit *out);

#endif
