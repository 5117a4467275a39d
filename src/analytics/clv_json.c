/* The JSON of a value report: the one place for its shape (docs/analyze.md).
 * Pure. Invariant: a number that is none is null. */
#include "analytics/clv.h"

static void member(struct jw *w, struct str key, bool known, double v) {
    jw_key(w, key);
    if (known)
        jw_f64(w, v);
    else
        jw_null(w);
}

/* The end of a model's object. */
static void verdict(struct jw *w, bool given, const char *why) {
    jw_kbool(w, S("identified"), why == NULL);
    if (given)
        jw_kbool(w, S("given"), true);
    if (why != NULL)
        jw_kstr(w, S("why"), str_of(why));
    jw_object_end(w);
}

static void json_bgnbd(const struct clv_models *m, struct jw *w) {
    const struct bgnbd_fit *f = &m->bgnbd;
    jw_key(w, S("bgnbd"));
    jw_object(w);
    member(w, S("r"), f->has_values, f->p.r);
    member(w, S("alpha"), f->has_values, f->p.alpha);
    member(w, S("a"), f->has_values, f->p.a);
    member(w, S("b"), f->has_values, f->p.b);
    member(w, S("ll"), f->has_values, f->ll);
    verdict(w, m->given_bgnbd, f->why);
}

static void json_pareto_nbd(const struct clv_models *m, struct jw *w) {
    const struct pareto_nbd_fit *f = &m->pareto_nbd;
    jw_key(w, S("pareto_nbd"));
    jw_object(w);
    member(w, S("r"), f->has_values, f->p.r);
    member(w, S("alpha"), f->has_values, f->p.alpha);
    member(w, S("s"), f->has_values, f->p.s);
    member(w, S("beta"), f->has_values, f->p.beta);
    member(w, S("ll"), f->has_values, f->ll);
    verdict(w, false, f->why);
}

static void json_gamma_gamma(const struct clv_models *m, struct jw *w) {
    const struct gamma_gamma_fit *f = &m->gamma_gamma;
    jw_key(w, S("gamma_gamma"));
    jw_object(w);
    member(w, S("p"), f->has_values, f->p.p);
    member(w, S("q"), f->has_values, f->p.q);
    member(w, S("v"), f->has_values, f->p.v);
    member(w, S("ll"), f->has_values, f->ll);
    member(w, S("correlation"), f->has_values && !m->given_gamma_gamma,
           f->correlation);
    verdict(w, m->given_gamma_gamma, f->why);
}

static void json_nbd(const struct clv_models *m, struct jw *w) {
    const struct nbd_fit *f = &m->bgnbd.nbd;
    jw_key(w, S("nbd"));
    jw_object(w);
    member(w, S("r"), f->why == NULL, f->p.r);
    member(w, S("alpha"), f->why == NULL, f->p.alpha);
    member(w, S("ll"), f->why == NULL, f->ll);
    verdict(w, false, f->why);
}

static void json_customer(const struct clv_customer *c,
                          const struct clv_score *s, struct jw *w) {
    jw_object(w);
    jw_kstr(w, S("id"), c->id);
    jw_ki64(w, S("x"), c->h.x);
    member(w, S("t_x"), true, c->h.t_x);
    member(w, S("T"), true, c->h.T);
    member(w, S("m"), c->m > 0, c->m);
    member(w, S("p_alive"), true, s->p_alive);
    member(w, S("expected_52w"), true, s->expected_52);
    member(w, S("clv_12m"), true, s->clv_12m);
    jw_object_end(w);
}

void clv_json(const struct clv_report *r, struct jw *w, void (*flush)(void *),
              void *user) {
    static const char *const counters[] = {NULL, "bgnbd", "nbd"};
    const char *counter = counters[r->models.counter];
    jw_object(w);
    jw_key(w, S("model"));
    jw_object(w);
    json_bgnbd(&r->models, w);
    json_pareto_nbd(&r->models, w);
    json_gamma_gamma(&r->models, w);
    json_nbd(&r->models, w);
    jw_key(w, S("scored_by"));
    if (counter == NULL)
        jw_null(w);
    else
        jw_str(w, str_of(counter));
    jw_object_end(w);
    jw_key(w, S("customers"));
    jw_array(w);
    for (size_t i = 0; i < r->n; i++) {
        json_customer(&r->customers[i], &r->scores[i], w);
        if (flush != NULL)
            flush(user);
    }
    jw_array_end(w);
    jw_object_end(w);
}
