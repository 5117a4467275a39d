/* Customers who may buy once in each week, month or year: who took how many of
 * these occasions, and what BG/BB expects of them (bgbb.h), times the spend
 * model (Gamma-Gamma), discounted as in clv.h. Sources: bgbb.h, gamma_gamma.h.
 */
#ifndef ANALYTICS_OCCASIONS_H
#define ANALYTICS_OCCASIONS_H

#include "analytics/bgbb.h"
#include "analytics/gamma_gamma.h"
#include "base/str.h"

/* Weeks begin on Monday; months and years are the calendar's. */
enum occasion { OCCASION_WEEK, OCCASION_MONTH, OCCASION_YEAR, OCCASION_COUNT };

/* The number of the period a day is in; the next period has the next number. */
int32_t occasion_of(enum occasion o, int32_t day);
/* Occasions of 12 months: 52, 12, 1. */
int occasions_a_year(enum occasion o);

struct occasion_customer {
    struct str id;
    struct bgbb_cell cell; /* weight: customers that the row stands for */
    double m;              /* mean value of a taken occasion, 0: unknown */
};

/* NAN where the models can't tell. */
struct occasion_score {
    double p_alive;  /* to be there at the next occasion */
    double expected; /* occasions taken in the next 12 months */
    double clv_12m;  /* of these, discounted by 1 % a month */
};

struct occasion_report {
    struct bgbb_fit bgbb;
    struct gamma_gamma_fit spend;
    bool given_bgbb, given_spend;
    struct occasion_score *scores; /* of each customer */
};

/* Fits what is not given (NULL) and scores all. In arena a. */
void occasions_report(struct arena *a, const struct occasion_customer *all,
                      size_t n, enum occasion o, const struct bgbb *bgbb,
                      const struct gamma_gamma *spend,
                      struct occasion_report *out);

#endif
