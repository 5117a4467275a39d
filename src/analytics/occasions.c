/* Set occasions. Pure: arrays in, arrays out. Invariant: histories that are the
 * same are fitted and scored once, so that the sums don't depend on the order
 * of customers. */
#include "analytics/occasions.h"

#include "analytics/clv.h"
#include "base/time.h"

#include <math.h>
#include <stdlib.h>

#define DAYS_A_WEEK 7
#define MONDAY_OFF 3 /* 1970-01-01 was a Thursday */
#define MONTHS_A_YEAR 12

int32_t occasion_of(enum occasion o, int32_t day) {
    int year, month, of_month;
    if (o == OCCASION_WEEK) {
        int32_t d = day + MONDAY_OFF;
        return d >= 0 ? d / DAYS_A_WEEK
                      : -((DAYS_A_WEEK - 1 - d) / DAYS_A_WEEK);
    }
    day_split(day, &year, &month, &of_month);
    return o == OCCASION_YEAR ? year : year * MONTHS_A_YEAR + month - 1;
}

#define OCCASIONS_MOST 52

int occasions_a_year(enum occasion o) {
    static const int all[OCCASION_COUNT] = {OCCASIONS_MOST, 12, 1};
    return all[o];
}

/* From now to the j-th occasion. */
static double months_to(enum occasion o, int j) {
    return o == OCCASION_WEEK    ? j / CLV_MONTH
           : o == OCCASION_MONTH ? j
                                 : j * (double)MONTHS_A_YEAR;
}

/* --- histories that are the same ------------------------------------------ */

struct place {
    struct bgbb_cell cell;
    size_t at;
};

static int by_cell(const void *x, const void *y) {
    const struct place *a = x, *b = y;
    if (a->cell.n != b->cell.n)
        return a->cell.n < b->cell.n ? -1 : 1;
    if (a->cell.x != b->cell.x)
        return a->cell.x < b->cell.x ? -1 : 1;
    if (a->cell.t_x != b->cell.t_x)
        return a->cell.t_x < b->cell.t_x ? -1 : 1;
    return a->at < b->at ? -1 : 1;
}

struct cells {
    struct bgbb_cell *p;
    size_t n;
    size_t *of; /* of each customer */
};

static struct cells gather(struct arena *a, const struct occasion_customer *all,
                           size_t n) {
    struct place *places = NEW_ARRAY(a, struct place, n + 1);
    struct cells out = {NEW_ARRAY(a, struct bgbb_cell, n + 1), 0,
                        NEW_ARRAY(a, size_t, n + 1)};
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){all[i].cell, i};
    qsort(places, n, sizeof *places, by_cell);
    for (size_t i = 0; i < n; i++) {
        const struct bgbb_cell *one = &places[i].cell;
        struct bgbb_cell *last = out.n > 0 ? &out.p[out.n - 1] : NULL;
        if (last != NULL && last->n == one->n && last->x == one->x &&
            last->t_x == one->t_x)
            last->weight += one->weight;
        else
            out.p[out.n++] = *one;
        out.of[places[i].at] = out.n - 1;
    }
    return out;
}

/* --- scores --------------------------------------------------------------- */

/* clv_12m holds discounted occasions. */
static struct occasion_score count_of(const struct bgbb *m, struct bgbb_cell c,
                                      enum occasion o) {
    struct occasion_score s = {.p_alive = bgbb_alive(m, c, 1)};
    double chances[OCCASIONS_MOST];
    int n = occasions_a_year(o);
    s.expected = bgbb_expected(m, c, n, chances);
    for (int j = 1; j <= n; j++)
        s.clv_12m += chances[j - 1] / pow(1 + CLV_DISCOUNT, months_to(o, j));
    return s;
}

static void fit(struct arena *a, const struct occasion_customer *all, size_t n,
                const struct cells *cells, const struct bgbb *bgbb,
                const struct gamma_gamma *spend, struct occasion_report *out) {
    struct spend *values = NEW_ARRAY(a, struct spend, n + 1);
    for (size_t i = 0; i < n; i++)
        values[i] = (struct spend){all[i].cell.x, all[i].m};
    out->given_bgbb = bgbb != NULL;
    out->given_spend = spend != NULL;
    if (bgbb == NULL) {
        bgbb_fit(a, cells->p, cells->n, &out->bgbb);
    } else {
        out->bgbb = (struct bgbb_fit){.p = *bgbb, .has_values = true};
        for (size_t k = 0; k < cells->n; k++)
            out->bgbb.ll += cells->p[k].weight * bgbb_ll(bgbb, cells->p[k]);
    }
    if (spend == NULL) {
        gamma_gamma_fit(a, values, n, &out->spend);
        return;
    }
    out->spend = (struct gamma_gamma_fit){.p = *spend, .has_values = true};
    for (size_t i = 0; i < n; i++)
        out->spend.ll += gamma_gamma_ll(spend, values[i]);
}

void occasions_report(struct arena *a, const struct occasion_customer *all,
                      size_t n, enum occasion o, const struct bgbb *bgbb,
                      const struct gamma_gamma *spend,
                      struct occasion_report *out) {
    struct cells cells = gather(a, all, n);
    struct occasion_score *of_cell =
        NEW_ARRAY(a, struct occasion_score, cells.n + 1);
    *out = (struct occasion_report){
        .scores = NEW_ARRAY(a, struct occasion_score, n + 1)};
    fit(a, all, n, &cells, bgbb, spend, out);
    bool known = out->bgbb.why == NULL, worth = out->spend.why == NULL;
    for (size_t k = 0; known && k < cells.n; k++)
        of_cell[k] = count_of(&out->bgbb.p, cells.p[k], o);
    for (size_t i = 0; i < n; i++) {
        struct occasion_score *s = &out->scores[i];
        *s = known ? of_cell[cells.of[i]]
                   : (struct occasion_score){NAN, NAN, NAN};
        s->clv_12m *=
            worth ? gamma_gamma_mean(&out->spend.p,
                                     (struct spend){all[i].cell.x, all[i].m})
                  : NAN;
    }
}
