/* Facts, fit and chances of contract customers. Pure but for c->arena.
 * Invariant: a customer's risk depends on the model and its own events alone,
 * not on their order within a day. */
#include "app/churn_model.h"

#include "analytics/logistic.h"

#include <math.h>
#include <string.h>

#define RIDGE 1.0
#define FOLDS 5
#define HALF_YEAR 182

const struct str churn_fact_names[FACT_COUNT] = {
    [FACT_SILENCE] = S_INIT("silence_days"),
    [FACT_PURCHASES] = S_INIT("purchases_year"),
    [FACT_TENURE] = S_INIT("tenure_days"),
    [FACT_RETURNS] = S_INIT("returns_year"),
    [FACT_CONTACTS] = S_INIT("contacts_half_year"),
    [FACT_COMPLAINTS] = S_INIT("complaints_half_year"),
};

bool churn_facts_at(const struct churn_event *e, size_t n, int32_t day,
                    double *facts) {
    int32_t first = INT32_MAX, last = INT32_MIN, seen = INT32_MIN;
    memset(facts, 0, FACT_COUNT * sizeof *facts);
    for (size_t i = 0; i < n; i++) {
        int32_t age = day - e[i].day;
        if (age <= 0)
            continue;
        if (e[i].kind == CHURN_SALE) {
            first = e[i].day < first ? e[i].day : first;
            last = e[i].day > last ? e[i].day : last;
            if (age <= CHURN_FACT_DAYS && e[i].day != seen)
                facts[FACT_PURCHASES]++;
            seen = e[i].day; /* sales come by day */
        } else if (e[i].kind == CHURN_RETURN) {
            facts[FACT_RETURNS] += age <= CHURN_FACT_DAYS;
        } else {
            facts[FACT_CONTACTS] += age <= HALF_YEAR;
            facts[FACT_COMPLAINTS] +=
                e[i].kind == CHURN_BAD && age <= HALF_YEAR;
        }
    }
    if (first == INT32_MAX)
        return false;
    facts[FACT_SILENCE] = day - last;
    facts[FACT_TENURE] = day - first;
    return true;
}

/* --- learning ------------------------------------------------------------- */

struct rows_seen {
    VEC(double) x; /* FACT_COUNT a row */
    VEC(bool) y;
    int64_t lost;
};

static bool buys_between(const struct churn_event *e, size_t n, int32_t from,
                         int32_t until) {
    for (size_t i = 0; i < n; i++)
        if (e[i].kind == CHURN_SALE && e[i].day >= from && e[i].day < until)
            return true;
    return false;
}

static void look_back(struct ctx *c, const struct churn_event *e, size_t n,
                      int32_t as_of, int32_t horizon, int32_t lost_days,
                      struct rows_seen *out) {
    double facts[FACT_COUNT];
    int32_t then = as_of - horizon;
    if (!churn_facts_at(e, n, then, facts) || facts[FACT_SILENCE] >= lost_days)
        return;
    for (int k = 0; k < FACT_COUNT; k++)
        *VEC_PUSH(c->arena, &out->x) = log1p(facts[k]);
    bool lost = !buys_between(e, n, then, as_of);
    *VEC_PUSH(c->arena, &out->y) = lost;
    out->lost += lost;
}

/* In place: mean 0, standard deviation 1; what never differs is 0. */
static void standardize(struct churn_contract *m, double *x, size_t n) {
    for (int k = 0; k < FACT_COUNT; k++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++)
            sum += x[i * FACT_COUNT + (size_t)k];
        m->mean[k] = sum / (double)n;
        for (size_t i = 0; i < n; i++) {
            double d = x[i * FACT_COUNT + (size_t)k] - m->mean[k];
            squares += d * d;
        }
        m->sd[k] = sqrt(squares / (double)n);
        for (size_t i = 0; i < n; i++) {
            double *v = &x[i * FACT_COUNT + (size_t)k];
            *v = m->sd[k] > 1e-9 ? (*v - m->mean[k]) / m->sd[k] : 0;
        }
    }
}

static const char *learn(struct ctx *c, const struct rows_seen *seen,
                         struct churn_contract *m) {
    struct logistic_data d = {.x = seen->x.p,
                              .y = seen->y.p,
                              .n = seen->y.n,
                              .k = FACT_COUNT,
                              .ridge = RIDGE};
    struct logistic_fit fit;
    struct logistic_quality quality;
    logistic_fit(c->arena, &d, &fit);
    if (!fit.converged)
        return CHURN_NOT_CONVERGED;
    double *chance = NEW_ARRAY(c->arena, double, d.n);
    logistic_cross(c->arena, &d, FOLDS, chance);
    logistic_quality(c->arena, chance, d.y, d.n, &quality);
    memcpy(m->beta, fit.beta, sizeof m->beta);
    m->auc = isfinite(quality.auc) ? quality.auc : 0;
    return m->auc < CHURN_LEAST_AUC ? CHURN_CHANCE : NULL;
}

void churn_contract_fit(struct ctx *c, const struct churn_event *e, size_t n,
                        int32_t as_of, int32_t horizon, int32_t lost_days,
                        struct churn_contract *out) {
    struct rows_seen seen = {0};
    *out = (struct churn_contract){.why = CHURN_TOO_FEW};
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && e[end].customer == e[i].customer;)
            end++;
        look_back(c, e + i, end - i, as_of, horizon, lost_days, &seen);
    }
    out->rows = (int64_t)seen.y.n;
    out->lost = seen.lost;
    if (out->rows < CHURN_LEAST_ROWS || out->lost < CHURN_LEAST_EACH ||
        out->rows - out->lost < CHURN_LEAST_EACH)
        return;
    standardize(out, seen.x.p, seen.y.n);
    out->why = learn(c, &seen, out);
}

double churn_contract_risk(const struct churn_contract *m, const double *facts,
                           double *effects) {
    double sum = m->beta[FACT_COUNT];
    effects[FACT_COUNT] = m->beta[FACT_COUNT];
    for (int k = 0; k < FACT_COUNT; k++) {
        effects[k] =
            m->sd[k] > 1e-9
                ? m->beta[k] * (log1p(facts[k]) - m->mean[k]) / m->sd[k]
                : 0;
        sum += effects[k];
    }
    return 1 / (1 + exp(-sum));
}

/* --- as text -------------------------------------------------------------- */

void churn_contract_json(const struct churn_contract *m, struct jw *w) {
    jw_object(w);
    jw_key(w, S("why"));
    if (m->why == NULL)
        jw_null(w);
    else
        jw_str(w, str_of(m->why));
    jw_kbool(w, S("everybody"), m->everybody);
    jw_key(w, S("auc"));
    jw_f64(w, m->auc);
    jw_ki64(w, S("rows"), m->rows);
    jw_ki64(w, S("lost"), m->lost);
    jw_key(w, S("intercept"));
    jw_f64(w, m->beta[FACT_COUNT]);
    jw_key(w, S("facts"));
    jw_array(w);
    for (int k = 0; k < FACT_COUNT; k++) {
        jw_object(w);
        jw_kstr(w, S("fact"), churn_fact_names[k]);
        jw_key(w, S("mean"));
        jw_f64(w, m->mean[k]);
        jw_key(w, S("sd"));
        jw_f64(w, m->sd[k]);
        jw_key(w, S("beta"));
        jw_f64(w, m->beta[k]);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
}

static double number(const json_t *j, const char *key) {
    return json_number_value(json_object_get(j, key));
}

static const char *reason(const json_t *j) {
    static const char *const all[] = {CHURN_TOO_FEW, CHURN_NOT_CONVERGED,
                                      CHURN_CHANCE};
    if (json_is_null(j))
        return NULL;
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (json_is_string(j) && str_eqc(json_str(j), all[i]))
            return all[i];
    return CHURN_TOO_FEW;
}

void churn_contract_read(const json_t *j, struct churn_contract *out) {
    const json_t *facts = json_object_get(j, "facts");
    *out = (struct churn_contract){.why = CHURN_TOO_FEW};
    if (json_array_size(facts) != FACT_COUNT)
        return;
    out->why = reason(json_object_get(j, "why"));
    out->everybody = json_is_true(json_object_get(j, "everybody"));
    out->auc = number(j, "auc");
    out->rows = json_integer_value(json_object_get(j, "rows"));
    out->lost = json_integer_value(json_object_get(j, "lost"));
    out->beta[FACT_COUNT] = number(j, "intercept");
    for (int k = 0; k < FACT_COUNT; k++) {
        const json_t *f = json_array_get(facts, (size_t)k);
        out->mean[k] = number(f, "mean");
        out->sd[k] = number(f, "sd");
        out->beta[k] = number(f, "beta");
    }
}
