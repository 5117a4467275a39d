/* Customer lifetime value. Pure; any thread. Invariant: a customer's score
 * depends on the models and on that customer's own facts alone, so one scored
 * later equals one scored in the full run, bit by bit. */
#include "analytics/clv.h"

#include <math.h>

static struct clv_score nothing(void) {
    return (struct clv_score){NAN, NAN, NAN};
}

static double expected(const struct clv_models *m, struct history h, double t) {
    return m->counter == CLV_BGNBD ? bgnbd_expected(&m->bgnbd.p, h, t)
                                   : nbd_expected(&m->bgnbd.nbd.p, h, t);
}

/* What purchases alone tell; clv_12m holds the discounted purchases, which
 * times the mean value are the worth. */
static struct clv_score count_of(const struct clv_models *m, struct history h) {
    struct clv_score s = nothing();
    double before = 0, sum = 0, discount = 1;
    if (m->counter == CLV_NONE)
        return s;
    for (int month = 1; month <= CLV_MONTHS; month++) {
        double now = expected(m, h, month * CLV_MONTH);
        discount *= 1 + CLV_DISCOUNT;
        sum += (now - before) / discount;
        before = now;
    }
    s.clv_12m = sum;
    s.expected_52 = expected(m, h, CLV_YEAR);
    if (m->counter == CLV_BGNBD)
        s.p_alive = bgnbd_alive(&m->bgnbd.p, h);
    return s;
}

static double worth(const struct clv_models *m, double purchases, double x,
                    double mean) {
    if (!m->has_spend)
        return NAN;
    return purchases *
           gamma_gamma_mean(&m->gamma_gamma.p, (struct spend){x, mean});
}

struct clv_score clv_score_of(const struct clv_models *m, struct history h,
                              double mean) {
    struct clv_score s = count_of(m, h);
    s.clv_12m = worth(m, s.clv_12m, (double)h.x, mean);
    return s;
}

static void fit_purchases(struct arena *a, const struct history_cells *cells,
                          struct clv_given how, struct clv_models *m) {
    const struct bgnbd *given = how.bgnbd;
    if (given == NULL) {
        struct history_cells exact = *cells;
        if (how.fit_on != NULL)
            history_group(a, how.fit_on, (size_t)cells->customers, &exact);
        bgnbd_fit(a, &exact, &m->bgnbd);
        pareto_nbd_fit(&exact, &m->pareto_nbd);
        m->counter = m->bgnbd.why == NULL       ? CLV_BGNBD
                     : m->bgnbd.nbd.why == NULL ? CLV_NBD
                                                : CLV_NONE;
        return;
    }
    m->given_bgnbd = true;
    m->counter = CLV_BGNBD;
    m->bgnbd.p = *given;
    m->bgnbd.has_values = true;
    m->bgnbd.ll = bgnbd_cells_ll(given, cells);
    m->bgnbd.nbd.why = FIT_NOT_FITTED;
    m->pareto_nbd.why = FIT_NOT_FITTED;
}

static void fit_spend(struct arena *a, const struct clv_customer *customers,
                      size_t n, const struct gamma_gamma *given,
                      struct clv_models *m) {
    struct spend *all = NEW_ARRAY(a, struct spend, n + 1);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct spend){(double)customers[i].h.x, customers[i].m};
    if (given == NULL) {
        gamma_gamma_fit(a, all, n, &m->gamma_gamma);
        m->has_spend = m->gamma_gamma.why == NULL;
        return;
    }
    m->given_gamma_gamma = m->has_spend = m->gamma_gamma.has_values = true;
    m->gamma_gamma.p = *given;
    for (size_t i = 0; i < n; i++)
        m->gamma_gamma.ll += gamma_gamma_ll(given, all[i]);
}

void clv_report(struct arena *a, const struct clv_customer *customers, size_t n,
                struct clv_given given, struct clv_report *out) {
    struct history *all = NEW_ARRAY(a, struct history, n + 1);
    struct history_cells cells;
    *out = (struct clv_report){.customers = customers,
                               .scores = NEW_ARRAY(a, struct clv_score, n + 1),
                               .n = n};
    for (size_t i = 0; i < n; i++)
        all[i] = customers[i].h;
    history_group(a, all, n, &cells);
    fit_purchases(a, &cells, given, &out->models);
    fit_spend(a, customers, n, given.gamma_gamma, &out->models);
    struct clv_score *of_cell = NEW_ARRAY(a, struct clv_score, cells.n + 1);
    for (size_t i = 0; i < cells.n; i++)
        of_cell[i] = count_of(&out->models, history_of(&cells, i));
    for (size_t i = 0; i < n; i++) {
        struct clv_score s = of_cell[cells.of[i]];
        s.clv_12m =
            worth(&out->models, s.clv_12m, (double)all[i].x, customers[i].m);
        out->scores[i] = s;
    }
}
