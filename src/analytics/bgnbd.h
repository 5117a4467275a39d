/* The BG/NBD model of repeat purchases (Fader, Hardie, Lee 2005a, "Counting
 * your customers the easy way"): a customer buys at a rate drawn from
 * Gamma(r, alpha) and may be lost after each purchase with a probability drawn
 * from Beta(a, b). Beside it the NBD, where nobody is ever lost: what is left
 * when the data show no loss. Time in weeks. Forms: stable ones, right also at
 * a = 1, x in the thousands, T = 0. */
#ifndef ANALYTICS_BGNBD_H
#define ANALYTICS_BGNBD_H

#include "analytics/history.h"

struct bgnbd {
    double r, alpha, a, b; /* all > 0 */
};

/* Log-likelihood of one customer. */
double bgnbd_ll(const struct bgnbd *m, struct history h);

/* Probability that the customer is still a customer at T; 1 when x is 0. */
double bgnbd_alive(const struct bgnbd *m, struct history h);

/* Expected purchases in the t weeks after T, t >= 0. */
double bgnbd_expected(const struct bgnbd *m, struct history h, double t);

/* The same by the integral over the chance of loss: right everywhere, slower;
 * the integral is what bgnbd_expected too turns to where its series loses
 * digits. h in weeks, t >= 0 weeks; the result in purchases. */
double bgnbd_expected_integral(const struct bgnbd *m, struct history h,
                               double t);

/* What the series of all customers with the same x share. */
#define BGNBD_TERMS 512

struct bgnbd_series {
    struct bgnbd m;
    int64_t x;
    size_t n; /* coefficients made so far; 0: no use for this x */
    double c[BGNBD_TERMS];
};

/* Prepares s for customers with x repeat purchases. */
void bgnbd_series_set(struct bgnbd_series *s, const struct bgnbd *m, int64_t x);

/* As bgnbd_expected without the chance of being alive: purchases in t of one
 * who is. h.x is the x of s. */
double bgnbd_expected_alive(struct bgnbd_series *s, struct history h, double t);

struct nbd {
    double r, alpha;
};

/* The same of the NBD, where nobody is ever lost (Ehrenberg 1959); units as
 * above: times in weeks, the result in nats. */
double nbd_ll(const struct nbd *m, struct history h);
double nbd_expected(const struct nbd *m, struct history h, double t);

/* Why a fit is not to be used; NULL: it may be. No time: T is 0 for everybody;
 * flat: the likelihood hardly changes along some direction; at bound: it still
 * rises where the search ends; no dropout: as good without losing anybody. */
#define FIT_NO_CUSTOMERS "no_customers"
#define FIT_NO_TIME "no_time"
#define FIT_NO_REPEAT "no_repeat_buyers"
#define FIT_NOT_CONVERGED "not_converged"
#define FIT_FLAT "flat"
#define FIT_AT_BOUND "parameter_at_bound"
#define FIT_NO_LOSS "no_measurable_dropout"

struct nbd_fit {
    struct nbd p;
    double ll;
    const char *why; /* NULL: identified */
};

struct bgnbd_fit {
    struct bgnbd p; /* meaningless unless has_values */
    double ll;
    double error[4]; /* standard errors of ln r, ln alpha, ln a, ln b */
    bool has_values; /* a maximum was looked for */
    int passes;      /* over the cells */
    const char *why; /* NULL: identified */
    struct nbd_fit nbd;
};

/* Maximum likelihood by Newton's method on the cells; scratch is for tables.
 * Not identified is: a parameter at a bound, a standard error of a logarithm
 * above 1 (the parameter is not known to a factor of seven), or a likelihood
 * that the NBD reaches within 1.92 (95 % of chi-square with one degree). */
void bgnbd_fit(struct arena *scratch, const struct history_cells *cells,
               struct bgnbd_fit *out);
void nbd_fit(struct arena *scratch, const struct history_cells *cells,
             struct nbd_fit *out);

/* Sum over all customers. */
double bgnbd_cells_ll(const struct bgnbd *m, const struct history_cells *cells);

#endif
