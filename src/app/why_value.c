/* Why a customer is worth what the models say, and why it is of its type. Reads
 * what scoring reads, through the same functions. One thread a call. */
#include "app/why.h"

#include "analytics/matrix.h"
#include "app/lifetime.h"
#include "app/matrix.h"
#include "base/num.h"
#include "base/time.h"
#include "model/value.h"
#include "store/sight.h"

#define CENT 2

static const struct entity_info *customer(const struct ctx *c) {
    return registry_find(c->registry, S("customer"));
}

void why_decimal(struct ctx *c, struct jw *w, struct str key, int64_t v,
                 int scale) {
    jw_kstr(w, key, num_text(c->arena, v, scale));
}

bool why_seen(const struct ctx *c, struct str field) {
    const struct entity_info *i = customer(c);
    const struct field *f = info_field(i, field);
    return sight_field(c, i, f) && sight_of(c, i, f) >= SEE_LISTED;
}

void why_field(struct ctx *c, struct jw *w, const struct record *r,
               struct str field) {
    const struct field *f = info_field(customer(c), field);
    jw_key(w, field);
    value_to_json(c, w, f, record_get(r, field));
}

static void put_day(struct ctx *c, struct jw *w, struct str key, int32_t day) {
    jw_kstr(w, key, day_text(c->arena, day));
}

static void put_real(struct jw *w, struct str key, double v) {
    jw_key(w, key);
    jw_f64(w, v);
}

/* --- lifetimes ------------------------------------------------------------ */

static void put_models(struct jw *w, const struct clv_models *m) {
    jw_key(w, S("parameters"));
    jw_object(w);
    if (m->counter == CLV_BGNBD) {
        put_real(w, S("r"), m->bgnbd.p.r);
        put_real(w, S("alpha"), m->bgnbd.p.alpha);
        put_real(w, S("a"), m->bgnbd.p.a);
        put_real(w, S("b"), m->bgnbd.p.b);
    } else if (m->counter == CLV_PARETO_NBD) {
        put_real(w, S("r"), m->pareto_nbd.p.r);
        put_real(w, S("alpha"), m->pareto_nbd.p.alpha);
        put_real(w, S("s"), m->pareto_nbd.p.s);
        put_real(w, S("beta"), m->pareto_nbd.p.beta);
    } else if (m->counter == CLV_NBD) {
        put_real(w, S("r"), m->bgnbd.nbd.p.r);
        put_real(w, S("alpha"), m->bgnbd.nbd.p.alpha);
    }
    if (m->has_spend) {
        put_real(w, S("p"), m->gamma_gamma.p.p);
        put_real(w, S("q"), m->gamma_gamma.p.q);
        put_real(w, S("v"), m->gamma_gamma.p.v);
    }
    jw_object_end(w);
}

/* Why no lifetime value is known: the data tell no model of purchases, or none
 * of what one is worth, or what these say is beyond what may be shown. */
static const char *clv_unknown(const struct clv_models *m) {
    return m->counter == CLV_NONE ? "no_model"
           : m->has_spend         ? "too_large"
                                  : "no_spend_model";
}

static void put_history(struct ctx *c, struct jw *w, int32_t as_of,
                        const struct lifetime_facts *f) {
    struct purchase_days d = {.first_day = f->first_day,
                              .last_day = f->last_day,
                              .days = f->days,
                              .repeat = f->sales - f->first_day_sales};
    struct history h =
        purchase_history(&d, as_of > f->last_day ? as_of : f->last_day);
    put_day(c, w, S("as_of"), as_of);
    put_day(c, w, S("first_order_on"), f->first_day);
    put_day(c, w, S("last_order_on"), f->last_day);
    jw_ki64(w, S("purchase_days"), f->days);
    jw_ki64(w, S("x"), h.x);
    put_real(w, S("t_x"), h.t_x);
    put_real(w, S("T"), h.T);
    why_decimal(c, w, S("repeat_sales"), d.repeat, NUM_AMOUNT);
    put_real(w, S("m"), purchase_mean(&d));
}

enum err why_lifetime(struct ctx *c, const struct record *r, struct jw *w) {
    static const struct str scores[] = {
        S_INIT("interval_days"), S_INIT("due_on"), S_INIT("p_alive"),
        S_INIT("expected_52w"), S_INIT("clv_12m")};
    struct lifetime_facts f;
    struct clv_models m = {0};
    struct str json;
    int32_t as_of;
    bool found;
    TRY(lifetimes_one(c, record_id(r), &f));
    TRY(lifetimes_fitted(c, &json, &as_of, &found));
    if (f.days == 0 || !found || !why_seen(c, S("clv_12m")) ||
        !why_seen(c, S("p_alive")))
        return OK;
    if (json.n > 0)
        TRY(lifetime_models_read(c, json, &m));
    jw_key(w, S("lifetime"));
    jw_object(w);
    put_history(c, w, as_of, &f);
    jw_kstr(w, S("model"), clv_counters[m.counter]);
    if (sight_everybody(c))
        put_models(w, &m);
    for (size_t k = 0; k < COUNT_OF(scores); k++)
        why_field(c, w, r, scores[k]);
    if (record_get(r, S("clv_12m")).type == VAL_NULL)
        jw_kstr(w, S("clv_unknown"), str_of(clv_unknown(&m)));
    jw_object_end(w);
    return OK;
}

/* --- the value matrix ----------------------------------------------------- */

/* What makes the others similar, as far as the actor may know of himself. */
static void put_alike(struct ctx *c, struct jw *w, const struct record *r,
                      const struct matrix_facts *f,
                      const struct matrix_group *peers) {
    static const struct str person[] = {S_INIT("kind"), S_INIT("city")};
    static const struct str other[] = {S_INIT("kind"), S_INIT("industry"),
                                       S_INIT("organization_scale")};
    struct str keys[MATRIX_LEVELS];
    bool human = str_eqc(f->kind, "person");
    const struct str *names = human ? person : other;
    size_t levels = matrix_keys(c->arena, f, keys), of = 0;
    for (size_t k = 0; k < levels; k++)
        if (str_eq(keys[k], peers->key))
            of = levels - k;
    jw_key(w, S("alike"));
    jw_array(w);
    for (size_t k = 0; k < of; k++) {
        if (!why_seen(c, names[k]))
            continue;
        jw_object(w);
        jw_kstr(w, S("field"), names[k]);
        jw_kstr(w, S("value"), record_str(r, names[k]));
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_peers(struct ctx *c, struct jw *w, const struct record *r,
                      const struct matrix_facts *f,
                      const struct matrix_group *peers) {
    jw_key(w, S("peers"));
    jw_object(w);
    put_alike(c, w, r, f, peers);
    if (sight_everybody(c))
        jw_ki64(w, S("customers"), peers->customers);
    why_decimal(c, w, S("upper_quarter"), peers->reference, NUM_AMOUNT);
    jw_object_end(w);
}

static void put_typed(struct ctx *c, struct jw *w, const struct record *r) {
    static const struct str typed[] = {
        S_INIT("wallet_amount"),    S_INIT("wallet_source"),
        S_INIT("wallet_on"),        S_INIT("prospects_score"),
        S_INIT("prospects_source"), S_INIT("prospects_on")};
    for (size_t k = 0; k < COUNT_OF(typed); k++)
        if (why_seen(c, typed[k]))
            why_field(c, w, r, typed[k]);
}

enum err why_matrix(struct ctx *c, const struct record *r, struct jw *w) {
    static const struct str scores[] = {
        S_INIT("matrix_type"), S_INIT("year_sales"), S_INIT("potential"),
        S_INIT("share_of_customer")};
    struct matrix_run run;
    struct matrix_facts f;
    struct matrix_group peers;
    bool found;
    TRY(matrix_newest(c, &run, &found));
    if (!found || !why_seen(c, S("potential")) ||
        record_get(r, S("potential")).type == VAL_NULL)
        return OK;
    TRY(matrix_facts_one(c, run.from_day, record_id(r), &f, &found));
    if (!found)
        return OK;
    TRY(matrix_peers(c, &f, &peers));
    jw_key(w, S("matrix"));
    jw_object(w);
    put_day(c, w, S("as_of"), run.as_of);
    put_day(c, w, S("from"), run.from_day);
    why_decimal(c, w, S("current_cut"), run.current_cut, NUM_AMOUNT);
    why_decimal(c, w, S("potential_cut"), run.potential_cut, NUM_AMOUNT);
    put_typed(c, w, r);
    if (why_seen(c, S("clv_12m")))
        why_field(c, w, r, S("clv_12m"));
    put_peers(c, w, r, &f, &peers);
    for (size_t k = 0; k < COUNT_OF(scores); k++)
        why_field(c, w, r, scores[k]);
    jw_object_end(w);
    return OK;
}
