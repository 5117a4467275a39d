/* The risk of contract customers: the chance that one who still buys buys
 * nothing in the days ahead, from what the company's own contract customers did
 * in as many days before. Logistic regression; no model where their number or
 * their spread does not tell anything. */
#ifndef APP_CHURN_MODEL_H
#define APP_CHURN_MODEL_H

#include "base/ctx.h"
#include "base/json.h"
#include "store/churn_rows.h"

/* What is looked at, as of a day. */
enum churn_fact {
    FACT_SILENCE,    /* days since the last sale */
    FACT_PURCHASES,  /* days with a sale in the year before */
    FACT_TENURE,     /* days since the first sale */
    FACT_RETURNS,    /* in the year before */
    FACT_CONTACTS,   /* in the half year before */
    FACT_COMPLAINTS, /* contacts that went badly, in the half year before */
    FACT_COUNT
};
extern const struct str churn_fact_names[FACT_COUNT];

#define CHURN_FACT_DAYS 365 /* how far back, but for first and last sale */
#define CHURN_LEAST_ROWS 50 /* customers to learn from */
#define CHURN_LEAST_EACH 10 /* of them lost, and staying */
#define CHURN_LEAST_AUC 0.6 /* cross-validated; .5 is chance */

#define CHURN_TOO_FEW "too_few_customers"
#define CHURN_NOT_CONVERGED "not_converged"
#define CHURN_CHANCE "no_better_than_chance"

struct churn_contract {
    const char *why; /* no model; NULL: there is one */
    bool everybody;  /* of all customers, not only those by contract */
    double mean[FACT_COUNT], sd[FACT_COUNT]; /* of ln(1 + fact) */
    double beta[FACT_COUNT + 1];             /* per sd; the last: intercept */
    double auc;
    int64_t rows, lost; /* learnt from */
};

/* The facts of one customer (n events, n >= 0) from before `day`. False without
 * a sale then. */
bool churn_facts_at(const struct churn_event *e, size_t n, int32_t day,
                    double *facts);

/* Learns from customers who had bought in the lost_days before as_of - horizon:
 * who bought nothing in the horizon is lost. All events, by customer. Uses
 * c->arena. */
void churn_contract_fit(struct ctx *c, const struct churn_event *e, size_t n,
                        int32_t as_of, int32_t horizon, int32_t lost_days,
                        struct churn_contract *out);

/* Chance of no purchase, 0 to 1; effects: what each fact adds to the ln of the
 * odds, the last is that of the average customer. Their sum is the ln of the
 * odds. */
double churn_contract_risk(const struct churn_contract *m, const double *facts,
                           double *effects);

void churn_contract_json(const struct churn_contract *m, struct jw *w);
void churn_contract_read(const json_t *j, struct churn_contract *out);

#endif
