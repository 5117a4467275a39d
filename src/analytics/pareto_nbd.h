/* The Pareto/NBD model (Schmittlein, Morrison, Colombo 1987; Fader and Hardie's
 * notes 2005): a customer buys at a rate drawn from Gamma(r, alpha) and is lost
 * at a rate drawn from Gamma(s, beta), at any time. Time in weeks. The
 * likelihood is written as an integral over the time of loss, which needs no
 * hypergeometric function and is right at every corner. */
#ifndef ANALYTICS_PARETO_NBD_H
#define ANALYTICS_PARETO_NBD_H

#include "analytics/history.h"

struct pareto_nbd {
    double r, alpha, s, beta; /* all > 0 */
};

/* Log-likelihood of one customer. */
double pareto_nbd_ll(const struct pareto_nbd *m, struct history h);

/* Probability that the customer is still a customer at T. */
double pareto_nbd_alive(const struct pareto_nbd *m, struct history h);

/* Expected purchases in the t weeks after T, t >= 0. */
double pareto_nbd_expected(const struct pareto_nbd *m, struct history h,
                           double t);

/* The same of one who is known to be a customer at T: depends on x and T
 * alone. */
double pareto_nbd_expected_alive(const struct pareto_nbd *m, struct history h,
                                 double t);

struct pareto_nbd_fit {
    struct pareto_nbd p; /* meaningless unless has_values */
    double ll;
    double error[4]; /* standard errors of ln r, ln alpha, ln s, ln beta */
    bool has_values;
    int passes;
    const char *why; /* NULL: identified; else as in bgnbd.h */
};

/* Maximum likelihood by Newton's method on the cells. */
void pareto_nbd_fit(const struct history_cells *cells,
                    struct pareto_nbd_fit *out);

/* Sum over all customers. */
double pareto_nbd_cells_ll(const struct pareto_nbd *m,
                           const struct history_cells *cells);

#endif
