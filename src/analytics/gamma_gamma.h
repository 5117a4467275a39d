/* The Gamma-Gamma model of spend (Fader and Hardie 2013, "The Gamma-Gamma model
 * of monetary value"): a customer's purchases are Gamma(p, rate) worth, the
 * rate drawn from Gamma(q, v). Needs that spend and number of purchases are
 * hardly related: see `correlation`. */
#ifndef ANALYTICS_GAMMA_GAMMA_H
#define ANALYTICS_GAMMA_GAMMA_H

#include "base/arena.h"

struct gamma_gamma {
    double p, q, v; /* all > 0 */
};

/* One customer's purchases: x > 0 of them, mean value m > 0. */
struct spend {
    double x, m;
};

/* Log-likelihood of one customer; 0 when x or m is 0. */
double gamma_gamma_ll(const struct gamma_gamma *g, struct spend s);

/* Expected mean value of a purchase, x may be 0: p(v + xm) / (px + q − 1). NAN
 * when that is no number: px + q <= 1. */
double gamma_gamma_mean(const struct gamma_gamma *g, struct spend s);

#define SPEND_CORRELATION_MAX 0.3

struct gamma_gamma_fit {
    struct gamma_gamma p; /* meaningless unless has_values */
    double ll;
    double error[3];    /* standard errors of ln p, ln q, ln v */
    double correlation; /* of x and m; 0 when either does not vary */
    int64_t customers;  /* with x > 0 and m > 0 */
    bool has_values;
    int passes;
    const char *why; /* NULL: identified; else as in bgnbd.h, or
                        FIT_NO_MEAN */
};

#define FIT_NO_MEAN "no_mean" /* q <= 1: no finite mean value */
#define FIT_NO_SPEND "no_repeat_spend"

/* Maximum likelihood over those of the n with x > 0 and m > 0. */
void gamma_gamma_fit(struct arena *scratch, const struct spend *all, size_t n,
                     struct gamma_gamma_fit *out);

#endif
