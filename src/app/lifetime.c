/* Lifetimes: fit, score, write. One thread a call. Invariants: scores depend on
 * the models, the as-of day and the customer's own facts alone; what is written
 * is rounded, so that a day without news changes few rows. */
#include "app/lifetime.h"

#include "analytics/columns.h"
#include "app/kept.h"
#include "app/settings.h"
#include "base/ids.h"
#include "base/time.h"
#include "store/mirror.h"

#include <assert.h>
#include <math.h>

#define CHANCE 10000 /* steps of p_alive and of expected purchases */
#define CENT 100
#define MICRO_PER_CENT 10000

static const struct lifetime_score nothing = {
    LIFETIME_NONE, LIFETIME_NONE, LIFETIME_NONE, LIFETIME_NONE, LIFETIME_NONE};

static int64_t rounded(double v, double scale, int64_t unit) {
    /* beyond 10^12 the models talk nonsense: shown as unknown */
    return isnan(v) || fabs(v) > 1e12 ? LIFETIME_NONE
                                      : llround(v * scale) * unit;
}

/* a / b to the nearest whole number, halves up; a >= 0, b > 0. */
static int64_t nearest(int64_t a, int64_t b) {
    return (2 * a + b) / (2 * b);
}

/* From three purchase days on there are two intervals to take the mean of. */
static void set_rhythm(const struct lifetime_facts *f,
                       struct lifetime_score *out) {
    int64_t span = (int64_t)f->last_day - f->first_day;
    if (f->days < 3)
        return;
    out->interval = nearest(span * 10, f->days - 1);
    out->due_on = f->last_day + nearest(span, f->days - 1);
}

static struct purchase_days days_of(const struct lifetime_facts *f) {
    return (struct purchase_days){.first_day = f->first_day,
                                  .last_day = f->last_day,
                                  .days = f->days,
                                  .repeat = f->sales - f->first_day_sales};
}

static struct clv_customer customer_of(const struct lifetime_facts *f,
                                       int32_t as_of) {
    struct purchase_days d = days_of(f);
    int32_t end = as_of > f->last_day ? as_of : f->last_day;
    return (struct clv_customer){.h = purchase_history(&d, end),
                                 .m = purchase_mean(&d)};
}

static void take_score(const struct lifetime_facts *f, struct clv_score s,
                       struct lifetime_score *out) {
    *out = (struct lifetime_score){
        .interval = LIFETIME_NONE,
        .due_on = LIFETIME_NONE,
        .p_alive = rounded(s.p_alive, CHANCE, 1),
        .expected_52w = rounded(s.expected_52, CHANCE, 1),
        .clv_12m = rounded(s.clv_12m, CENT, MICRO_PER_CENT)};
    set_rhythm(f, out);
}

void lifetime_score(const struct clv_models *m, int32_t as_of,
                    const struct lifetime_facts *f,
                    struct lifetime_score *out) {
    *out = nothing;
    if (f->days == 0)
        return;
    struct clv_customer one = customer_of(f, as_of);
    take_score(f, clv_score_of(m, one.h, one.m), out);
}

/* Whoever is lost buys nothing, so the expectation is that of a customer times
 * the chance of being one. */
int64_t lifetime_value_alive(const struct clv_models *m, int32_t as_of,
                             const struct lifetime_facts *f) {
    struct clv_customer one = customer_of(f, as_of);
    struct clv_score s = clv_score_of(m, one.h, one.m);
    if (isnan(s.p_alive) || s.p_alive < 1e-9)
        return LIFETIME_NONE;
    return rounded(s.clv_12m / s.p_alive, CENT, MICRO_PER_CENT);
}

static enum err read_models(struct ctx *c, const json_t *j,
                            struct clv_models *out);

/* --- fitting -------------------------------------------------------------- */

/* Both sides by id: who is in the bin is left out. */
static void take_facts(struct ctx *c, const struct mirror_view *v,
                       const struct sales_figures *sums, size_t n,
                       struct lifetime_run *out) {
    const struct mirror_person *at = v->people, *end = at + v->n_people;
    out->facts = NEW_ARRAY(c->arena, struct lifetime_facts, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct sales_figures *s = &sums[i];
        while (at < end && at->id < s->customer)
            at++;
        if (at < end && at->id == s->customer && at->gone)
            continue;
        out->facts[out->n++] =
            (struct lifetime_facts){.id = s->customer,
                                    .first_day = s->first_day,
                                    .last_day = s->last_day,
                                    .days = s->days,
                                    .sales = s->sales,
                                    .first_day_sales = s->first_day_sales};
    }
}

static enum err read_facts(struct ctx *c, struct lifetime_run *out) {
    struct arena *scratch = arena_new();
    struct mirror_view v;
    struct sales_figures *sums;
    size_t n;
    enum err e = mirror_open(c, &v);
    if (e == OK) {
        struct sales_columns columns = {.order = v.order,
                                        .customer = v.customer,
                                        .day = v.day,
                                        .sales = v.sales,
                                        .n = v.n};
        struct sales_span ever = {INT32_MIN, INT32_MAX};
        if (columns_figures(scratch, &columns, ever, true, &sums, &n))
            take_facts(c, &v, sums, n, out);
        else
            e = fail(c, ERR_INVALID, "", "amount_overflow");
        mirror_close(&v);
    }
    arena_free(scratch);
    return e;
}

/* As value.lifetime_model says. */
static const struct {
    struct str name;
    enum clv_choice by;
} choices[] = {{S_INIT("bgnbd"), CLV_BY_BGNBD},
               {S_INIT("pareto_nbd"), CLV_BY_PARETO_NBD},
               {S_INIT("auto"), CLV_BY_LIKELIHOOD}};

static enum err fit(struct ctx *c, int32_t as_of, struct str asked,
                    struct lifetime_run *out) {
    struct clv_given how = {.without_pareto = true};
    struct clv_report report;
    for (size_t i = 0; i < COUNT_OF(choices); i++)
        if (str_eq(choices[i].name, asked))
            how.by = choices[i].by;
    *out = (struct lifetime_run){.as_of = as_of};
    TRY(read_facts(c, out));
    struct clv_customer *all =
        NEW_ARRAY(c->arena, struct clv_customer, out->n + 1);
    for (size_t i = 0; i < out->n; i++)
        all[i] = customer_of(&out->facts[i], as_of);
    clv_report(c->arena, all, out->n, how, &report);
    out->models = report.models;
    bool unknown =
        out->models.counter == CLV_NONE || out->models.counter == CLV_NBD;
    TRY(churn_fit(c, as_of, unknown && out->n <= CHURN_EVERYBODY_MAX,
                  &out->churn));
    out->scores = NEW_ARRAY(c->arena, struct lifetime_score, out->n + 1);
    for (size_t i = 0; i < out->n; i++)
        take_score(&out->facts[i], report.scores[i], &out->scores[i]);
    return OK;
}

/* What the company asked for when they were fitted. */
static struct str asked_of(const json_t *j) {
    const json_t *asked = json_object_get(j, "asked");
    return json_is_string(asked) ? json_str(asked) : choices[0].name;
}

/* Are there models of the grading before that can be used, and is it time for
 * others? */
static enum err keep(struct ctx *c, const struct graded *g, struct str asked,
                     struct lifetime_run *out) {
    int32_t as_of = g->ruler.as_of;
    int64_t from;
    bool found;
    json_t *j;
    *out = (struct lifetime_run){0};
    TRY(settings_i64(c, SETTING_VALUE_FIT_WEEKLY_FROM, &from));
    TRY(lifetimes_fitted(c, &out->fitted, &out->as_of, &found));
    if (out->fitted.n == 0 || g->report.n < (size_t)from || as_of < out->as_of)
        return OK;
    TRY(json_read(c, out->fitted, &j));
    int64_t customers = json_integer_value(json_object_get(j, "customers"));
    int64_t orders = json_integer_value(json_object_get(j, "orders"));
    if (customers == 0)
        return OK;
    out->due = !str_eq(asked, asked_of(j)) || as_of - out->as_of >= KEPT_DAYS ||
               !kept_near(customers, (int64_t)g->report.n) ||
               !kept_near(orders, g->orders);
    churn_models_read(json_object_get(j, "churn"), &out->churn);
    TRY(read_models(c, j, &out->models));
    return churn_is_current(c, &out->churn, &out->kept);
}

/* The models with what the next grading asks of them. */
static void fitted_text(struct ctx *c, const struct graded *g, struct str asked,
                        struct lifetime_run *run) {
    struct str models = lifetime_models_json(c, &run->models, &run->churn);
    run->fitted =
        str_fmt(c->arena,
                STR_FMT ",\"asked\":\"" STR_FMT "\",\"as_of\":\"" STR_FMT
                        "\",\"customers\":%lld,\"orders\":%lld}",
                STR_ARG(str_sub(models, 0, models.n - 1)), STR_ARG(asked),
                STR_ARG(day_text(c->arena, run->as_of)), (long long)g->report.n,
                (long long)g->orders);
}

/* The setting is read once: it may change while the models are fitted, which
 * would then be told to be of a kind that they are not. */
enum err lifetime_prepare(struct ctx *c, const struct graded *g, bool later,
                          struct lifetime_run *out) {
    struct str asked;
    TRY(settings_text(c, SETTING_VALUE_LIFETIME_MODEL, &asked));
    TRY(keep(c, g, asked, out));
    if (out->kept && (later || !out->due))
        return OK;
    TRY(fit(c, g->ruler.as_of, asked, out));
    fitted_text(c, g, asked, out);
    return OK;
}

/* --- in a run ------------------------------------------------------------- */

static_assert(offsetof(struct lifetime_facts, id) == 0, "ids_from_of");

static bool same_facts(const struct lifetime_facts *a,
                       const struct lifetime_facts *b) {
    return a->id == b->id && a->first_day == b->first_day &&
           a->last_day == b->last_day && a->days == b->days &&
           a->sales == b->sales && a->first_day_sales == b->first_day_sales;
}

void lifetime_score_in(const struct lifetime_run *run,
                       const struct lifetime_facts *f,
                       struct lifetime_score *out) {
    size_t at = run->n == 0 ? 0
                            : ids_from_of(run->facts, sizeof *run->facts,
                                          run->n, f->id);
    if (at < run->n && same_facts(&run->facts[at], f))
        *out = run->scores[at];
    else
        lifetime_score(&run->models, run->as_of, f, out);
}

/* --- the models as text --------------------------------------------------- */

static void put(struct jw *w, struct str key, double v) {
    jw_key(w, key);
    jw_f64(w, v);
}

/* A parameter; null where the data do not tell it. */
static void put_told(struct jw *w, struct str key, const char *why, double v) {
    jw_key(w, key);
    if (why == NULL)
        jw_f64(w, v);
    else
        jw_null(w);
}

static void put_why(struct jw *w, const char *why) {
    jw_key(w, S("why"));
    if (why == NULL)
        jw_null(w);
    else
        jw_str(w, str_of(why));
}

static void put_pareto_nbd(struct jw *w, const struct pareto_nbd_fit *f) {
    jw_key(w, S("pareto_nbd"));
    jw_object(w);
    if (f->has_values) {
        put_told(w, S("r"), f->why, f->p.r);
        put_told(w, S("alpha"), f->why, f->p.alpha);
        put_told(w, S("s"), f->why, f->p.s);
        put_told(w, S("beta"), f->why, f->p.beta);
        put(w, S("ll"), f->ll);
    }
    put_why(w, f->why);
    jw_object_end(w);
}

struct str lifetime_models_json(struct ctx *c, const struct clv_models *m,
                                const struct churn_models *churn) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 8192);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("scored_by"), clv_counters[m->counter]);
    jw_key(&w, S("bgnbd"));
    jw_object(&w);
    put_told(&w, S("r"), m->bgnbd.why, m->bgnbd.p.r);
    put_told(&w, S("alpha"), m->bgnbd.why, m->bgnbd.p.alpha);
    put_told(&w, S("a"), m->bgnbd.why, m->bgnbd.p.a);
    put_told(&w, S("b"), m->bgnbd.why, m->bgnbd.p.b);
    put(&w, S("ll"), m->bgnbd.ll);
    put_why(&w, m->bgnbd.why);
    jw_object_end(&w);
    jw_key(&w, S("nbd"));
    jw_object(&w);
    put_told(&w, S("r"), m->bgnbd.nbd.why, m->bgnbd.nbd.p.r);
    put_told(&w, S("alpha"), m->bgnbd.nbd.why, m->bgnbd.nbd.p.alpha);
    put_why(&w, m->bgnbd.nbd.why);
    jw_object_end(&w);
    put_pareto_nbd(&w, &m->pareto_nbd);
    jw_key(&w, S("gamma_gamma"));
    jw_object(&w);
    put_told(&w, S("p"), m->gamma_gamma.why, m->gamma_gamma.p.p);
    put_told(&w, S("q"), m->gamma_gamma.why, m->gamma_gamma.p.q);
    put_told(&w, S("v"), m->gamma_gamma.why, m->gamma_gamma.p.v);
    put(&w, S("correlation"), m->gamma_gamma.correlation);
    jw_kbool(&w, S("used"), m->has_spend);
    put_why(&w, m->gamma_gamma.why);
    jw_object_end(&w);
    jw_key(&w, S("churn"));
    churn_models_json(churn, &w);
    jw_object_end(&w);
    return buf_view(&b);
}

static double get(const json_t *j, const char *model, const char *key) {
    return json_number_value(json_object_get(json_object_get(j, model), key));
}

static enum err read_models(struct ctx *c, const json_t *j,
                            struct clv_models *out) {
    const char *by = json_string_value(json_object_get(j, "scored_by"));
    *out = (struct clv_models){
        .bgnbd.p = {get(j, "bgnbd", "r"), get(j, "bgnbd", "alpha"),
                    get(j, "bgnbd", "a"), get(j, "bgnbd", "b")},
        .bgnbd.nbd.p = {get(j, "nbd", "r"), get(j, "nbd", "alpha")},
        .pareto_nbd.p = {get(j, "pareto_nbd", "r"),
                         get(j, "pareto_nbd", "alpha"),
                         get(j, "pareto_nbd", "s"),
                         get(j, "pareto_nbd", "beta")},
        .gamma_gamma.p = {get(j, "gamma_gamma", "p"),
                          get(j, "gamma_gamma", "q"),
                          get(j, "gamma_gamma", "v")},
        .has_spend = json_is_true(
            json_object_get(json_object_get(j, "gamma_gamma"), "used"))};
    for (size_t i = 0; by != NULL && i < COUNT_OF(clv_counters); i++) {
        if (!str_eqc(clv_counters[i], by))
            continue;
        out->counter = (enum clv_counter)i;
        return OK;
    }
    return fail(c, ERR_INTERNAL, "", "bad_ruler");
}

enum err lifetime_models_read(struct ctx *c, struct str json,
                              struct clv_models *out) {
    json_t *j;
    TRY(json_read(c, json, &j));
    return read_models(c, j, out);
}
