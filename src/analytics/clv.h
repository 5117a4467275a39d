/* What each customer is worth: the purchase model (BG/NBD or Pareto/NBD, or the
 * NBD where no loss can be measured), times the spend model (Gamma-Gamma),
 * discounted. Source: Fader, Hardie, Lee 2005b, "RFM and CLV: using iso-value
 * curves": purchases expected of each month × mean value, over (1 + discount)
 * to the power of the month. Amounts in the currency unit of m, times in weeks.
 */
#ifndef ANALYTICS_CLV_H
#define ANALYTICS_CLV_H

#include "analytics/bgnbd.h"
#include "analytics/gamma_gamma.h"
#include "analytics/pareto_nbd.h"
#include "base/json.h"

#define CLV_MONTHS 12
#define CLV_MONTH 4.345   /* weeks */
#define CLV_DISCOUNT 0.01 /* a month */
#define CLV_YEAR 52.0     /* weeks of expected_52w */

struct clv_customer {
    struct str id;
    struct history h;
    double m; /* mean value of repeat purchases, 0: none or unknown */
};

/* Which model counts purchases. */
enum clv_counter { CLV_NONE, CLV_BGNBD, CLV_NBD, CLV_PARETO_NBD };
#define CLV_COUNTERS 4
/* Their names in JSON. */
extern const struct str clv_counters[CLV_COUNTERS];
/* Which one is asked for; the NBD stands in for one that is not identified.
 * Both have four parameters, so by their likelihood the better one counts. */
enum clv_choice { CLV_BY_BGNBD, CLV_BY_PARETO_NBD, CLV_BY_LIKELIHOOD };

struct clv_models {
    struct bgnbd_fit bgnbd;
    struct pareto_nbd_fit pareto_nbd;
    struct gamma_gamma_fit gamma_gamma;
    bool given_bgnbd, given_gamma_gamma; /* not fitted */
    enum clv_counter counter;
    bool has_spend; /* gamma_gamma may be used */
};

/* NAN where the models can't tell. */
struct clv_score {
    double p_alive;     /* not of the NBD */
    double expected_52; /* purchases in the next 52 weeks */
    double clv_12m;     /* of 12 months, discounted to today */
};

struct clv_report {
    struct clv_models models;
    const struct clv_customer *customers;
    struct clv_score *scores; /* scores[i] is of customers[i] */
    size_t n;
};

/* What not to take from the customers; NULL: do. */
struct clv_given {
    const struct bgnbd *bgnbd; /* parameters in place of fitted ones */
    const struct gamma_gamma *gamma_gamma;
    const struct history *fit_on; /* n, when those of the customers are known
                                     to be rounded */
    bool
        without_pareto; /* Pareto/NBD is left out where it only stands beside */
    enum clv_choice by;
};

#define FIT_NOT_FITTED "not_fitted" /* parameters were given */

/* Fits what is not given and scores all. In arena a; customers are borrowed. */
void clv_report(struct arena *a, const struct clv_customer *customers, size_t n,
                struct clv_given given, struct clv_report *out);

/* One customer against models that are there already: exactly what the report
 * says of a customer with these facts. */
struct clv_score clv_score_of(const struct clv_models *m, struct history h,
                              double mean);

/* {"model":{"bgnbd":{…},"pareto_nbd":{…},"gamma_gamma":{…},"nbd":{…},
 *  "scored_by"},"customers":[{"id","x","t_x","T","m","p_alive","expected_52w",
 *  "clv_12m"}]}. flush (may be NULL) is called between customers. */
void clv_json(const struct clv_report *r, struct jw *w, void (*flush)(void *),
              void *user);

#endif
