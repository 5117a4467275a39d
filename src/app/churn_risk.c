/* Risks: limits, scoring, reasons. One thread a call. Invariants: a run and an
 * order score by the same function from the same stored figures; nothing is
 * written that stands there already. */
#include "app/churn_risk.h"

#include "app/ruling.h"
#include "app/settings.h"
#include "base/num.h"
#include "base/time.h"
#include "store/ladder.h"
#include "store/sight.h"

#include <math.h>

#define CHANCE 10000 /* steps of a risk */

const struct str risk_band_names[RISK_COUNT] = {
    [RISK_LOW] = S_INIT("low"),
    [RISK_MEDIUM] = S_INIT("medium"),
    [RISK_HIGH] = S_INIT("high"),
    [RISK_LOST] = S_INIT("lost"),
};

/* --- limits --------------------------------------------------------------- */

static enum err read_limits(struct ctx *c, struct churn_limits *l) {
    TRY(settings_i64(c, SETTING_CHURN_MEDIUM, &l->medium));
    TRY(settings_i64(c, SETTING_CHURN_HIGH, &l->high));
    TRY(settings_i64(c, SETTING_CHURN_LOST_DAYS, &l->lost_days));
    TRY(settings_i64(c, SETTING_CHURN_LOST_INTERVALS, &l->lost_intervals));
    return settings_i64(c, SETTING_CHURN_HORIZON_DAYS, &l->horizon_days);
}

int64_t churn_lost_after(const struct churn_limits *l, int64_t interval) {
    int64_t by_rhythm =
        interval == CHURN_NONE ? 0 : (l->lost_intervals * interval + 9) / 10;
    return by_rhythm > l->lost_days ? by_rhythm : l->lost_days;
}

enum err churn_fit(struct ctx *c, int32_t as_of, bool everybody,
                   struct churn_models *out) {
    struct churn_event *e;
    size_t n;
    *out = (struct churn_models){.known = true};
    TRY(read_limits(c, &out->limits));
    TRY(churn_events(c, 0, INT64_MAX, everybody, &e, &n));
    churn_contract_fit(c, e, n, as_of, (int32_t)out->limits.horizon_days,
                       (int32_t)out->limits.lost_days, &out->contract);
    out->contract.everybody = everybody;
    return OK;
}

enum err churn_is_current(struct ctx *c, const struct churn_models *m,
                          bool *out) {
    struct churn_limits now;
    const struct churn_limits *was = &m->limits;
    TRY(read_limits(c, &now));
    *out = m->known && now.medium == was->medium && now.high == was->high &&
           now.lost_days == was->lost_days &&
           now.lost_intervals == was->lost_intervals &&
           now.horizon_days == was->horizon_days;
    return OK;
}

/* --- as text -------------------------------------------------------------- */

void churn_models_json(const struct churn_models *m, struct jw *w) {
    jw_object(w);
    jw_ki64(w, S("medium"), m->limits.medium);
    jw_ki64(w, S("high"), m->limits.high);
    jw_ki64(w, S("lost_days"), m->limits.lost_days);
    jw_ki64(w, S("lost_intervals"), m->limits.lost_intervals);
    jw_ki64(w, S("horizon_days"), m->limits.horizon_days);
    jw_key(w, S("contract"));
    churn_contract_json(&m->contract, w);
    jw_object_end(w);
}

static int64_t whole(const json_t *j, const char *key) {
    return json_integer_value(json_object_get(j, key));
}

void churn_models_read(const json_t *j, struct churn_models *out) {
    *out = (struct churn_models){.known = json_is_object(j)};
    out->limits =
        (struct churn_limits){.medium = whole(j, "medium"),
                              .high = whole(j, "high"),
                              .lost_days = whole(j, "lost_days"),
                              .lost_intervals = whole(j, "lost_intervals"),
                              .horizon_days = whole(j, "horizon_days")};
    churn_contract_read(json_object_get(j, "contract"), &out->contract);
}

/* --- one customer --------------------------------------------------------- */

struct scored {
    int64_t risk; /* 10^-4, CHURN_NONE */
    enum risk_band band;
    bool banded;      /* false: nothing can be told */
    bool by_contract; /* else by P(alive), where there is a risk */
    int64_t silent, lost_after;
    double facts[FACT_COUNT], effects[FACT_COUNT + 1]; /* by_contract */
};

/* Is the customer told by the company's own model? */
static bool by_own(const struct churn_contract *m,
                   const struct churn_customer *k) {
    return m->why == NULL &&
           (k->contract || (m->everybody && k->p_alive == CHURN_NONE));
}

/* The day a customer is looked at from: all his sales lie before it. */
static int32_t looked_at(int32_t as_of, const struct churn_customer *k) {
    return as_of > k->last_day ? as_of : k->last_day + 1;
}

/* What facts are made of, where the model is the company's own. */
static enum err own_events(struct ctx *c, const struct churn_contract *m,
                           int32_t as_of, const struct churn_customer *k,
                           struct churn_event **e, size_t *n) {
    *e = NULL;
    *n = 0;
    return by_own(m, k)
               ? churn_events_since(c, k->id,
                                    looked_at(as_of, k) - CHURN_FACT_DAYS, e, n)
               : OK;
}

static void risk_of(const struct churn_models *m, int32_t as_of,
                    const struct churn_customer *k, const struct churn_event *e,
                    size_t n, struct scored *out) {
    int32_t day = looked_at(as_of, k);
    out->risk = k->p_alive == CHURN_NONE ? CHURN_NONE : CHANCE - k->p_alive;
    if (!by_own(&m->contract, k) || !churn_facts_at(e, n, day, out->facts))
        return;
    double p = churn_contract_risk(&m->contract, out->facts, out->effects);
    out->by_contract = true;
    out->risk = llround(p * CHANCE);
}

/* e: the customer's own n events. */
static void score(const struct churn_models *m, int32_t as_of,
                  const struct churn_customer *k, const struct churn_event *e,
                  size_t n, struct scored *out) {
    *out = (struct scored){.risk = CHURN_NONE};
    if (!m->known || k->days == 0)
        return;
    risk_of(m, as_of, k, e, n, out);
    out->silent = as_of > k->last_day ? as_of - k->last_day : 0;
    out->lost_after = churn_lost_after(&m->limits, k->interval);
    out->banded = out->risk != CHURN_NONE || out->silent >= out->lost_after;
    out->band = out->silent >= out->lost_after  ? RISK_LOST
                : out->risk >= m->limits.high   ? RISK_HIGH
                : out->risk >= m->limits.medium ? RISK_MEDIUM
                                                : RISK_LOW;
}

static struct str band_of(const struct scored *s) {
    return s->banded ? risk_band_names[s->band] : S("");
}

enum err churn_judge(struct ctx *c, const struct churn_models *m, int32_t as_of,
                     const struct churn_customer *k, int64_t *risk,
                     struct str *band) {
    struct churn_event *e;
    struct scored s;
    size_t n;
    TRY(own_events(c, &m->contract, as_of, k, &e, &n));
    score(m, as_of, k, e, n, &s);
    *risk = s.risk;
    *band = band_of(&s);
    return OK;
}

#define DENSE 4 /* ids of a span a customer: its events are read together */

static enum err judge_span(struct ctx *c, const struct churn_models *m,
                           int32_t as_of, const struct churn_customer *k,
                           size_t n, struct churn_verdict *out) {
    struct churn_event *e;
    size_t n_events, at = 0;
    TRY(churn_events(c, k[0].id, k[n - 1].id, m->contract.everybody, &e,
                     &n_events));
    for (size_t i = 0; i < n; i++) {
        struct scored s;
        while (at < n_events && e[at].customer < k[i].id)
            at++;
        size_t end = at;
        while (end < n_events && e[end].customer == k[i].id)
            end++;
        score(m, as_of, &k[i], n_events == 0 ? NULL : e + at, end - at, &s);
        out[i] = (struct churn_verdict){s.risk, band_of(&s)};
    }
    return OK;
}

enum err churn_judge_all(struct ctx *c, const struct churn_models *m,
                         int32_t as_of, const struct churn_customer *k,
                         size_t n, struct churn_verdict *out) {
    size_t own = 0;
    for (size_t i = 0; i < n; i++)
        own += by_own(&m->contract, &k[i]);
    if (own > 0 && k[n - 1].id - k[0].id < (int64_t)own * DENSE)
        return judge_span(c, m, as_of, k, n, out);
    for (size_t i = 0; i < n; i++)
        TRY(churn_judge(c, m, as_of, &k[i], &out[i].risk, &out[i].band));
    return OK;
}

/* --- why ------------------------------------------------------------------ */

static void put_number(struct jw *w, struct str key, double v) {
    jw_key(w, key);
    if (isfinite(v))
        jw_f64(w, v);
    else
        jw_null(w);
}

static void put_reason(struct jw *w, struct str fact, double value,
                       double usual, double effect) {
    jw_object(w);
    jw_kstr(w, S("fact"), fact);
    put_number(w, S("value"), value);
    put_number(w, S("usual"), usual);
    put_number(w, S("effect"), effect);
    jw_object_end(w);
}

/* The strongest for a loss first. */
static void put_contract(struct ctx *c, struct jw *w,
                         const struct churn_contract *m,
                         const struct scored *s) {
    bool told[FACT_COUNT] = {false};
    put_number(w, S("base"), s->effects[FACT_COUNT]);
    jw_key(w, S("reasons"));
    jw_array(w);
    for (int n = 0; n < FACT_COUNT; n++) {
        int best = -1;
        for (int k = 0; k < FACT_COUNT; k++)
            if (!told[k] && (best < 0 || s->effects[k] > s->effects[best]))
                best = k;
        told[best] = true;
        put_reason(w, churn_fact_names[best], s->facts[best],
                   expm1(m->mean[best]), s->effects[best]);
    }
    jw_array_end(w);
    if (!sight_everybody(c))
        return;
    jw_key(w, S("model"));
    churn_contract_json(m, w);
}

/* P(alive) of Pareto/NBD, which loses customers at any time: of its odds no
 * part is another fact's than the silence's, which counts against the usual
 * pace. */
static void put_pareto_nbd(struct jw *w, const struct pareto_nbd *p,
                           struct history h, double silent, double usual) {
    double alive = pareto_nbd_alive(p, h);
    put_number(w, S("base"), 0);
    jw_key(w, S("reasons"));
    jw_array(w);
    put_reason(w, S("silence_days"), silent, usual, log((1 - alive) / alive));
    jw_array_end(w);
    jw_key(w, S("model"));
    jw_object(w);
    put_number(w, S("r"), p->r);
    put_number(w, S("alpha"), p->alpha);
    put_number(w, S("s"), p->s);
    put_number(w, S("beta"), p->beta);
    put_number(w, S("x"), (double)h.x);
    put_number(w, S("t_x"), h.t_x);
    put_number(w, S("T"), h.T);
    jw_object_end(w);
}

/* P(alive) of BG/NBD: the odds of having been lost are a / (b + x - 1) times
 * ((alpha + T) / (alpha + t_x))^(r + x); nobody is lost before a second
 * purchase. */
static void put_purchases(struct jw *w, const struct clv_models *m,
                          const struct churn_customer *k,
                          const struct scored *s) {
    const struct bgnbd *p = &m->bgnbd.p;
    double x = (double)(k->days - 1);
    double t_x = (k->last_day - k->first_day) / HISTORY_DAYS;
    double T = t_x + (double)s->silent / HISTORY_DAYS;
    double usual = k->interval == CHURN_NONE ? NAN : (double)k->interval / 10.0;
    if (m->counter == CLV_PARETO_NBD) {
        put_pareto_nbd(w, &m->pareto_nbd.p,
                       (struct history){k->days - 1, t_x, T}, (double)s->silent,
                       usual);
        return;
    }
    put_number(w, S("base"), 0);
    jw_key(w, S("reasons"));
    jw_array(w);
    if (x > 0) {
        put_reason(w, S("silence_days"), (double)s->silent, usual,
                   (p->r + x) * log((p->alpha + T) / (p->alpha + t_x)));
        put_reason(w, S("repeat_purchases"), x, NAN,
                   log(p->a / (p->b + x - 1)));
    }
    jw_array_end(w);
    jw_key(w, S("model"));
    jw_object(w);
    put_number(w, S("r"), p->r);
    put_number(w, S("alpha"), p->alpha);
    put_number(w, S("a"), p->a);
    put_number(w, S("b"), p->b);
    put_number(w, S("x"), x);
    put_number(w, S("t_x"), t_x);
    put_number(w, S("T"), T);
    jw_object_end(w);
}

static void put_limits(struct ctx *c, struct jw *w,
                       const struct churn_limits *l) {
    jw_key(w, S("limits"));
    jw_object(w);
    jw_kstr(w, S("medium"), num_text(c->arena, l->medium, 4));
    jw_kstr(w, S("high"), num_text(c->arena, l->high, 4));
    jw_ki64(w, S("lost_days"), l->lost_days);
    jw_ki64(w, S("lost_intervals"), l->lost_intervals);
    jw_ki64(w, S("horizon_days"), l->horizon_days);
    jw_object_end(w);
}

static void put_decimal(struct ctx *c, struct jw *w, struct str key, int64_t v,
                        int scale) {
    if (v == CHURN_NONE) {
        jw_key(w, key);
        jw_null(w);
    } else {
        jw_kstr(w, key, num_text(c->arena, v, scale));
    }
}

static void put_scored(struct ctx *c, struct jw *w, const struct scored *s,
                       const struct churn_customer *k) {
    put_decimal(c, w, S("risk"), s->risk, 4);
    jw_key(w, S("band"));
    if (s->banded)
        jw_str(w, risk_band_names[s->band]);
    else
        jw_null(w);
    jw_kstr(w, S("method"),
            s->risk == CHURN_NONE ? S("none")
            : !s->by_contract     ? S("p_alive")
            : k->contract         ? S("contract")
                                  : S("company"));
    jw_ki64(w, S("purchase_days"), k->days);
    if (k->days == 0)
        return;
    jw_kstr(w, S("last_order_on"), day_text(c->arena, k->last_day));
    jw_ki64(w, S("silent_days"), s->silent);
    jw_ki64(w, S("lost_after_days"), s->lost_after);
    put_decimal(c, w, S("interval_days"), k->interval, 1);
}

static enum err rescore(struct ctx *c, const struct ruling *u,
                        int64_t customer_id) {
    struct churn_customer *k;
    struct str band;
    int64_t risk;
    size_t n;
    TRY(churn_customers(c, customer_id, customer_id, &k, &n));
    if (n == 0)
        return OK;
    TRY(churn_judge(c, &u->churn, u->as_of, k, &risk, &band));
    return risk == k->risk && str_eq(band, k->band)
               ? OK
               : churn_put(c, k->id, risk, band);
}

/* P(alive) knows neither contracts nor contacts. */
enum err churn_rescore(struct ctx *c, int64_t customer_id) {
    struct ruling u;
    TRY(ladder_lock(c, &customer_id, 1));
    TRY(ruling_now(c, &u));
    return u.churn.known && u.churn.contract.why == NULL
               ? rescore(c, &u, customer_id)
               : OK;
}

enum err churn_limits_now(struct ctx *c, struct churn_limits *out,
                          int32_t *as_of, bool *found) {
    struct ruling u;
    TRY(ruling_now(c, &u));
    *out = u.churn.limits;
    *as_of = u.as_of;
    *found = u.churn.known;
    return OK;
}

enum err churn_state(struct ctx *c, struct jw *w) {
    struct ruling u;
    TRY(ruling_now(c, &u));
    jw_key(w, S("as_of"));
    if (!u.churn.known) {
        jw_null(w);
        return OK;
    }
    jw_str(w, day_text(c->arena, u.as_of));
    put_limits(c, w, &u.churn.limits);
    if (!sight_everybody(c))
        return OK;
    jw_key(w, S("contract"));
    churn_contract_json(&u.churn.contract, w);
    return OK;
}

enum err churn_why(struct ctx *c, int64_t customer_id, struct jw *w) {
    struct ruling u;
    struct churn_customer *k, nobody = {.id = customer_id,
                                        .interval = CHURN_NONE,
                                        .p_alive = CHURN_NONE};
    struct churn_event *e = NULL;
    struct scored s;
    size_t n, n_events = 0;
    TRY(ruling_now(c, &u));
    TRY(churn_customers(c, customer_id, customer_id, &k, &n));
    if (n == 0)
        k = &nobody;
    if (u.churn.known)
        TRY(own_events(c, &u.churn.contract, u.as_of, k, &e, &n_events));
    score(&u.churn, u.as_of, k, e, n_events, &s);
    jw_object(w);
    jw_ki64(w, S("customer_id"), customer_id);
    jw_key(w, S("as_of"));
    if (u.churn.known)
        jw_str(w, day_text(c->arena, u.as_of));
    else
        jw_null(w);
    put_scored(c, w, &s, k);
    if (u.churn.known) {
        put_limits(c, w, &u.churn.limits);
        if (s.by_contract)
            put_contract(c, w, &u.churn.contract, &s);
        else if (s.risk != CHURN_NONE)
            put_purchases(w, &u.models, k, &s);
    }
    jw_object_end(w);
    return OK;
}
