/* Churn. Pure; any thread. Invariant: a customer's risk is the logistic of a
 * sum of effects of its facts, and reasons are the largest of them. */
#include "analytics/churn.h"

#include <math.h>

static void set_reasons(const double *effects, size_t k,
                        struct churn_reason *out) {
    for (size_t j = 0; j < k; j++) {
        struct churn_reason one = {j, effects[j]};
        for (size_t i = 0; i < CHURN_REASONS && one.effect > 0; i++) {
            if (one.effect <= out[i].effect)
                continue;
            struct churn_reason moved = out[i];
            out[i] = one;
            one = moved;
        }
    }
}

static void find_survival(struct arena *a, const struct churn_input *in,
                          struct survival *out) {
    struct stay *stays = NEW_ARRAY(a, struct stay, in->n + 1);
    for (size_t i = 0; i < in->n; i++)
        stays[i] = (struct stay){in->times[i], in->lost[i]};
    survival_estimate(a, stays, in->n, out);
}

/* Both kinds of model; risk holds chances of rows left out afterwards. */
static void fit_models(struct arena *a, const struct churn_input *in,
                       struct churn_report *out) {
    const struct design *x = &out->design;
    struct logistic_data data = {x->x, in->lost, in->n, x->k, in->ridge};
    logistic_fit(a, &data, &out->fit);
    logistic_cross(a, &data, CHURN_FOLDS, out->risk);
    logistic_quality(a, out->risk, in->lost, in->n, &out->quality);
    out->scored_by = CHURN_LOGISTIC;
    if (in->method == CHURN_LOGISTIC)
        return;
    struct boost_data rows = {x->x, in->lost, in->n, x->k};
    struct boost_options o = BOOST_DEFAULT;
    boost_fit(a, &rows, &o, &out->boost);
    boost_cross(a, &rows, &o, CHURN_FOLDS, out->risk);
    boost_calibrate(a, &out->boost, out->risk, in->lost, in->n);
    logistic_quality(a, out->risk, in->lost, in->n, &out->boost_quality);
    if (in->method == CHURN_BOOSTED ||
        out->boost_quality.auc > out->quality.auc + CHURN_BOOST_GAIN)
        out->scored_by = CHURN_BOOSTED;
}

static void score_row(struct churn_report *r, size_t row, double *effects) {
    const struct design *d = &r->design;
    const double *x = d->x + row * d->k;
    if (r->scored_by == CHURN_BOOSTED) {
        r->risk[row] = boost_chance(&r->boost, x);
        boost_effects(&r->boost, x, d->k, effects);
    } else {
        r->risk[row] = logistic_chance(&r->fit, x, d->k);
        for (size_t j = 0; j < d->k; j++)
            effects[j] = r->fit.beta[j] * (x[j] - d->means[j]);
    }
    set_reasons(effects, d->k, r->reasons + row * CHURN_REASONS);
}

void churn_report(struct arena *a, const struct churn_input *in,
                  struct churn_report *out) {
    int64_t lost = 0;
    *out = (struct churn_report){.in = in, .survival.median = NAN};
    for (size_t i = 0; i < in->n; i++)
        lost += in->lost[i];
    if (in->times != NULL)
        find_survival(a, in, &out->survival);
    design_make(a, in->columns, in->n_columns, in->n, &out->design);
    out->why = lost == 0 || lost == (int64_t)in->n ? CHURN_ONE_OUTCOME
               : out->design.k == 0                ? CHURN_NO_FACTS
                                                   : NULL;
    if (out->why != NULL)
        return;
    double *effects = NEW_ARRAY(a, double, out->design.k);
    out->risk = NEW_ARRAY(a, double, in->n + 1);
    fit_models(a, in, out);
    if (out->scored_by == CHURN_LOGISTIC && !out->fit.converged) {
        out->why = CHURN_NOT_CONVERGED;
        return;
    }
    out->reasons = NEW_ARRAY(a, struct churn_reason, in->n * CHURN_REASONS + 1);
    for (size_t i = 0; i < in->n; i++)
        score_row(out, i, effects);
}

/* --- JSON --------------------------------------------------------------- */

static void real(struct jw *w, struct str key, double v) {
    jw_key(w, key);
    jw_f64(w, v);
}

static void json_survival(const struct survival *s, struct jw *w) {
    jw_array(w);
    for (size_t i = 0; i < s->n; i++) {
        const struct survival_row *r = &s->rows[i];
        jw_object(w);
        real(w, S("t"), r->time);
        jw_ki64(w, S("at_risk"), r->at_risk);
        jw_ki64(w, S("lost"), r->lost);
        real(w, S("survival"), r->survival);
        real(w, S("se"), r->error);
        real(w, S("low"), r->low);
        real(w, S("high"), r->high);
        jw_object_end(w);
    }
    jw_array_end(w);
}

/* "name" and, of words, "level". */
static void json_fact(const struct churn_report *r, size_t j, struct jw *w) {
    const struct design_fact *f = &r->design.facts[j];
    const struct design_column *c = &r->in->columns[f->column];
    jw_kstr(w, S("name"), c->name);
    if (c->numbers == NULL)
        jw_kstr(w, S("level"), f->level);
}

static void json_coefficients(const struct churn_report *r, struct jw *w) {
    jw_array(w);
    for (size_t j = 0; j < r->design.k; j++) {
        const struct design_fact *f = &r->design.facts[j];
        jw_object(w);
        json_fact(r, j, w);
        real(w, S("coefficient"), r->fit.beta[j]);
        real(w, S("se"), r->fit.error[j]);
        if (f->sd > 0) {
            real(w, S("mean"), f->mean);
            real(w, S("sd"), f->sd);
        }
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void json_left_out(const struct churn_report *r, struct jw *w) {
    jw_array(w);
    for (size_t i = 0; i < r->in->n_columns; i++) {
        if (r->design.why[i] == NULL)
            continue;
        jw_object(w);
        jw_kstr(w, S("name"), r->in->columns[i].name);
        jw_kstr(w, S("why"), str_of(r->design.why[i]));
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void json_quality(const struct logistic_quality *q, struct jw *w) {
    jw_object(w);
    real(w, S("auc"), q->auc);
    real(w, S("log_loss"), q->log_loss);
    real(w, S("brier"), q->brier);
    real(w, S("top_decile_lift"), q->lift);
    jw_object_end(w);
}

static void json_boost(const struct churn_report *r, struct jw *w) {
    jw_object(w);
    jw_ki64(w, S("trees"), (int64_t)r->boost.n);
    real(w, S("slope"), r->boost.slope);
    real(w, S("shift"), r->boost.shift);
    jw_key(w, S("cross_validated"));
    json_quality(&r->boost_quality, w);
    jw_object_end(w);
}

static void json_model(const struct churn_report *r, struct jw *w) {
    jw_object(w);
    real(w, S("ridge"), r->in->ridge);
    jw_key(w, S("why"));
    if (r->why != NULL)
        jw_str(w, str_of(r->why));
    else
        jw_null(w);
    jw_key(w, S("left_out"));
    json_left_out(r, w);
    if (r->why == NULL) {
        jw_kbool(w, S("converged"), r->fit.converged);
        real(w, S("ll"), r->fit.ll);
        real(w, S("intercept"), r->fit.beta[r->design.k]);
        jw_key(w, S("coefficients"));
        json_coefficients(r, w);
        jw_key(w, S("cross_validated"));
        json_quality(&r->quality, w);
        jw_key(w, S("boosted"));
        if (r->in->method == CHURN_LOGISTIC)
            jw_null(w);
        else
            json_boost(r, w);
        jw_kstr(w, S("scored_by"),
                r->scored_by == CHURN_BOOSTED ? S("boosted") : S("logistic"));
    }
    jw_object_end(w);
}

static void json_customer(const struct churn_report *r, size_t i,
                          struct jw *w) {
    jw_object(w);
    jw_kstr(w, S("id"), r->in->ids[i]);
    jw_key(w, S("risk"));
    if (r->why != NULL)
        jw_null(w);
    else
        jw_f64(w, r->risk[i]);
    jw_key(w, S("reasons"));
    jw_array(w);
    for (size_t k = 0; r->why == NULL && k < CHURN_REASONS; k++) {
        const struct churn_reason *one = &r->reasons[i * CHURN_REASONS + k];
        if (!(one->effect > 0))
            break;
        jw_object(w);
        json_fact(r, one->fact, w);
        real(w, S("effect"), one->effect);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
}

void churn_json(const struct churn_report *r, struct jw *w,
                void (*flush)(void *), void *user) {
    int64_t lost = 0;
    for (size_t i = 0; i < r->in->n; i++)
        lost += r->in->lost[i];
    jw_object(w);
    jw_ki64(w, S("rows"), (int64_t)r->in->n);
    jw_ki64(w, S("lost"), lost);
    jw_key(w, S("survival"));
    if (r->in->times == NULL)
        jw_null(w);
    else
        json_survival(&r->survival, w);
    real(w, S("median"), r->survival.median);
    jw_key(w, S("model"));
    json_model(r, w);
    jw_key(w, S("customers"));
    jw_array(w);
    for (size_t i = 0; i < r->in->n; i++) {
        json_customer(r, i, w);
        if (flush != NULL)
            flush(user);
    }
    jw_array_end(w);
    jw_object_end(w);
}
