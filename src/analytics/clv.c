/* Customer lifetime value. Pure; any thread. Invariant: a customer's score
 * depends on the models and on that customer's own facts alone, so one scored
 * later equals one scored in the full run, bit by bit. */
#include "analytics/clv.h"

#include <math.h>

const struct str clv_counters[CLV_COUNTERS] = {
    [CLV_NONE] = S_INIT("none"),
    [CLV_BGNBD] = S_INIT("bgnbd"),
    [CLV_NBD] = S_INIT("nbd"),
    [CLV_PARETO_NBD] = S_INIT("pareto_nbd"),
};

/* Purchases in t, but for the NBD of one who is alive. */
static double expected(const struct clv_models *m, struct bgnbd_series *series,
                       struct history h, double t) {
    if (m->counter == CLV_PARETO_NBD)
        return pareto_nbd_expected_alive(&m->pareto_nbd.p, h, t);
    return m->counter == CLV_BGNBD ? bgnbd_expected_alive(series, h, t)
                                   : nbd_expected(&m->bgnbd.nbd.p, h, t);
}

/* What purchases alone tell of one who is alive at T or (NBD) of anybody:
 * depends on x and T. */
struct outlook {
    double discounted;  /* purchases of the months */
    double expected_52; /* of the next year */
};

static struct outlook outlook_of(const struct clv_models *m,
                                 struct bgnbd_series *series,
                                 struct history h) {
    double before = 0, sum = 0, discount = 1;
    if (m->counter == CLV_NONE)
        return (struct outlook){NAN, NAN};
    for (int month = 1; month <= CLV_MONTHS; month++) {
        double now = expected(m, series, h, month * CLV_MONTH);
        discount *= 1 + CLV_DISCOUNT;
        sum += (now - before) / discount;
        before = now;
    }
    return (struct outlook){sum, expected(m, series, h, CLV_YEAR)};
}

/* The outlook of this customer; clv_12m holds discounted purchases, which times
 * the mean value are the worth. */
static struct clv_score count_of(const struct clv_models *m, struct history h,
                                 struct outlook o) {
    if (m->counter != CLV_BGNBD && m->counter != CLV_PARETO_NBD)
        return (struct clv_score){NAN, o.expected_52, o.discounted};
    double alive = m->counter == CLV_BGNBD
                       ? bgnbd_alive(&m->bgnbd.p, h)
                       : pareto_nbd_alive(&m->pareto_nbd.p, h);
    return (struct clv_score){alive, alive * o.expected_52,
                              alive * o.discounted};
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
    struct bgnbd_series series;
    bgnbd_series_set(&series, &m->bgnbd.p, h.x);
    struct clv_score s = count_of(m, h, outlook_of(m, &series, h));
    s.clv_12m = worth(m, s.clv_12m, (double)h.x, mean);
    return s;
}

/* Of those that the data identify the one asked for. */
static enum clv_counter choose(const struct clv_models *m, enum clv_choice by) {
    bool bgnbd = m->bgnbd.why == NULL && by != CLV_BY_PARETO_NBD;
    bool pareto = m->pareto_nbd.why == NULL && by != CLV_BY_BGNBD;
    if (bgnbd && pareto)
        bgnbd = m->bgnbd.ll >= m->pareto_nbd.ll;
    return bgnbd                      ? CLV_BGNBD
           : pareto                   ? CLV_PARETO_NBD
           : m->bgnbd.nbd.why == NULL ? CLV_NBD
                                      : CLV_NONE;
}

static void fit_purchases(struct arena *a, const struct history_cells *cells,
                          struct clv_given how, struct clv_models *m) {
    const struct bgnbd *given = how.bgnbd;
    if (given == NULL) {
        struct history_cells exact = *cells;
        if (how.fit_on != NULL)
            history_group(a, how.fit_on, (size_t)cells->customers, &exact);
        bgnbd_fit(a, &exact, &m->bgnbd);
        if (how.without_pareto && how.by == CLV_BY_BGNBD)
            m->pareto_nbd.why = FIT_NOT_FITTED;
        else
            pareto_nbd_fit(&exact, &m->pareto_nbd);
        m->counter = choose(m, how.by);
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

/* Scores each cell. Cells stand by x; of those with the same x and T the
 * outlook is computed once. */
static void score_cells(struct arena *a, const struct clv_models *m,
                        const struct history_cells *cells,
                        struct clv_score *out) {
    struct outlook *of_T = NEW_ARRAY(a, struct outlook, cells->n_times + 1);
    int64_t *x_of_T = NEW_ARRAY(a, int64_t, cells->n_times + 1);
    struct bgnbd_series series = {.x = -1};
    for (size_t i = 0; i < cells->n_times; i++)
        x_of_T[i] = -1;
    for (size_t i = 0; i < cells->n; i++) {
        struct history h = history_of(cells, i);
        uint32_t T_at = cells->p[i].T_at;
        if (h.x != series.x)
            bgnbd_series_set(&series, &m->bgnbd.p, h.x);
        if (x_of_T[T_at] != h.x) {
            of_T[T_at] = outlook_of(m, &series, h);
            x_of_T[T_at] = h.x;
        }
        out[i] = count_of(m, h, of_T[T_at]);
    }
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
    score_cells(a, &out->models, &cells, of_cell);
    for (size_t i = 0; i < n; i++) {
        struct clv_score s = of_cell[cells.of[i]];
        s.clv_12m =
            worth(&out->models, s.clv_12m, (double)all[i].x, customers[i].m);
        out->scores[i] = s;
    }
}
