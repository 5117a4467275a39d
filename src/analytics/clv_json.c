/* The JSON of a value report: the one place for its shape (docs/analyze.md).
 * Pure. Invariant: a number that is none is null. */
#include "analytics/clv.h"

#include "analytics/model_json.h"

#include <math.h>

static void put_models(const struct clv_models *m, struct jw *w) {
    static const char *const bg[] = {"r", "alpha", "a", "b", "ll"};
    static const char *const pa[] = {"r", "alpha", "s", "beta", "ll"};
    static const char *const gg[] = {"p", "q", "v", "ll", "correlation"};
    static const char *const nbd[] = {"r", "alpha", "ll"};
    const struct bgnbd_fit *b = &m->bgnbd;
    const struct pareto_nbd_fit *p = &m->pareto_nbd;
    const struct gamma_gamma_fit *g = &m->gamma_gamma;
    const struct nbd_fit *n = &b->nbd;
    json_model(w, S("bgnbd"), bg,
               (double[]){b->p.r, b->p.alpha, b->p.a, b->p.b, b->ll}, 5,
               (struct model_told){4, b->has_values, m->given_bgnbd, b->why});
    json_model(w, S("pareto_nbd"), pa,
               (double[]){p->p.r, p->p.alpha, p->p.s, p->p.beta, p->ll}, 5,
               (struct model_told){4, p->has_values, false, p->why});
    json_model(
        w, S("gamma_gamma"), gg,
        (double[]){g->p.p, g->p.q, g->p.v, g->ll,
                   m->given_gamma_gamma ? NAN : g->correlation},
        5, (struct model_told){3, g->has_values, m->given_gamma_gamma, g->why});
    json_model(w, S("nbd"), nbd, (double[]){n->p.r, n->p.alpha, n->ll}, 3,
               (struct model_told){2, n->why == NULL, false, n->why});
}

static void json_customer(const struct clv_customer *c,
                          const struct clv_score *s, struct jw *w) {
    jw_object(w);
    jw_kstr(w, S("id"), c->id);
    jw_ki64(w, S("x"), c->h.x);
    json_number(w, S("t_x"), true, c->h.t_x);
    json_number(w, S("T"), true, c->h.T);
    json_number(w, S("m"), c->m > 0, c->m);
    json_number(w, S("p_alive"), true, s->p_alive);
    json_number(w, S("expected_52w"), true, s->expected_52);
    json_number(w, S("clv_12m"), true, s->clv_12m);
    jw_object_end(w);
}

void clv_json(const struct clv_report *r, struct jw *w, void (*flush)(void *),
              void *user) {
    jw_object(w);
    jw_key(w, S("model"));
    jw_object(w);
    put_models(&r->models, w);
    jw_key(w, S("scored_by"));
    if (r->models.counter == CLV_NONE)
        jw_null(w);
    else
        jw_str(w, clv_counters[r->models.counter]);
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
