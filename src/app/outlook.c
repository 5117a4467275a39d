/* Counts of outlooks. One thread a call. Invariant: each customer in scope with
 * a value is in exactly one cell and one bar. */
#include "app/outlook.h"

#include "app/matrix.h"
#include "app/value.h"
#include "base/num.h"
#include "base/zone.h"
#include "store/matrix.h"
#include "store/outlooks.h"
#include "store/sight.h"

#define UNIT 1000000

/* What divides a power of ten, in tenths of it. */
struct scale {
    size_t n;
    int64_t steps[6];
};
static const struct scale fine = {6, {10, 15, 20, 30, 50, 70}};
static const struct scale coarse = {3, {10, 20, 50}};
#define FINE_STEPS 73
#define COARSE_STEPS 37

/* n spans: bounds[0] = 0, then those of the scale from 1 on; the last is open.
 */
static void money_bounds(const struct scale *s, int64_t *bounds, size_t n) {
    int64_t power = UNIT / 10;
    bounds[0] = 0;
    for (size_t k = 0; k + 1 < n; k++) {
        bounds[k + 1] = s->steps[k % s->n] * power;
        if (k % s->n == s->n - 1)
            power *= 10;
    }
    bounds[n] = INT64_MAX;
}

/* The k with bounds[k] <= v < bounds[k + 1]; what is below stands in 0. */
static size_t place_of(const int64_t *bounds, size_t n, int64_t v) {
    size_t lo = 0, hi = n;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (bounds[mid] <= v)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static enum err overflow(struct ctx *c) {
    return fail(c, ERR_INVALID, "", "amount_overflow");
}

/* --- the matrix ----------------------------------------------------------- */

struct counting {
    int64_t bounds[FINE_STEPS + 1];
    int64_t n[MATRIX_TYPES][FINE_STEPS][FINE_STEPS];
};

static enum err count_row(struct ctx *c, struct counting *k,
                          const struct outlook_row *r,
                          struct outlook_matrix *out) {
    enum matrix_type t;
    if (!matrix_named(r->type, &t) || r->potential == OUTLOOK_NONE)
        return OK;
    struct outlook_sum *sum = &out->types[t];
    sum->customers++;
    k->n[t][place_of(k->bounds, FINE_STEPS, r->current)]
        [place_of(k->bounds, FINE_STEPS, r->potential)]++;
    return num_add(&sum->current, r->current) &&
                   num_add(&sum->potential, r->potential)
               ? OK
               : overflow(c);
}

static void set_cells(struct ctx *c, const struct counting *k,
                      struct outlook_matrix *out) {
    VEC(struct outlook_cell) v = {0};
    for (int t = 0; t < MATRIX_TYPES; t++)
        for (size_t x = 0; x < FINE_STEPS; x++)
            for (size_t y = 0; y < FINE_STEPS; y++)
                if (k->n[t][x][y] > 0)
                    *VEC_PUSH(c->arena, &v) =
                        (struct outlook_cell){.type = (enum matrix_type)t,
                                              .current_from = k->bounds[x],
                                              .current_to = k->bounds[x + 1],
                                              .potential_from = k->bounds[y],
                                              .potential_to = k->bounds[y + 1],
                                              .customers = k->n[t][x][y]};
    out->cells = v.p;
    out->n = v.n;
}

enum err outlook_matrix(struct ctx *c, struct outlook_matrix *out) {
    struct outlook_row *rows;
    struct matrix_run run;
    struct counting *k = NEW(c->arena, struct counting);
    size_t n;
    bool found;
    *out = (struct outlook_matrix){0};
    static const char *const told[] = {"potential", "year_sales", "matrix_type",
                                       NULL};
    TRY(sight_told(c, told));
    TRY(outlooks_in_scope(c, &rows, &n));
    TRY(matrix_newest(c, &run, &found));
    if (!found)
        return OK;
    out->as_of = run.as_of;
    out->from_day = run.from_day;
    out->current_cut = run.current_cut;
    out->potential_cut = run.potential_cut;
    money_bounds(&fine, k->bounds, FINE_STEPS);
    for (size_t i = 0; i < n; i++)
        TRY(count_row(c, k, &rows[i], out));
    set_cells(c, k, out);
    return OK;
}

/* --- groups --------------------------------------------------------------- */

enum err outlook_groups(struct ctx *c, struct outlook_groups *out) {
    struct matrix_run run;
    bool found;
    *out = (struct outlook_groups){0};
    static const char *const told[] = {"value_group", "sales", NULL};
    TRY(sight_told(c, told));
    TRY(value_group_rows(c, &out->p, &out->n));
    TRY(matrix_newest(c, &run, &found));
    if (!found) {
        out->n = 0;
        return OK;
    }
    out->as_of = run.as_of;
    TRY(matrix_model(c, &run, &out->model));
    /* numbers of the run before, while one is at work */
    while (out->n > 0 && (size_t)out->p[out->n - 1].group > out->model.k)
        out->n--;
    for (size_t i = 0; i < out->n; i++) {
        out->customers += out->p[i].customers;
        if (!num_add(&out->sales, out->p[i].sales))
            return overflow(c);
    }
    return OK;
}

/* --- bars ----------------------------------------------------------------- */

static enum err count_bar(struct ctx *c, struct outlook_bars *b, int64_t v,
                          int64_t clv) {
    if (v == OUTLOOK_NONE) {
        b->unknown++;
        return OK;
    }
    size_t k = 0;
    while (k + 1 < b->n && v >= b->p[k].to)
        k++;
    b->p[k].customers++;
    b->customers++;
    if (clv == OUTLOOK_NONE)
        return OK;
    return num_add(&b->p[k].sum, clv) && num_add(&b->sum, clv) ? OK
                                                               : overflow(c);
}

static void bars_of(struct ctx *c, const int64_t *bounds, size_t n,
                    struct outlook_bars *out) {
    *out = (struct outlook_bars){
        .p = NEW_ARRAY(c->arena, struct outlook_bar, n), .n = n};
    for (size_t k = 0; k < n; k++)
        out->p[k] =
            (struct outlook_bar){.from = bounds[k], .to = bounds[k + 1]};
}

/* What is below the first twentieth goes into one bar: few customers stand
 * far apart there. */
static void join_low(struct outlook_bars *b) {
    int64_t below = 0;
    size_t k = 0;
    for (; k + 1 < b->n; k++) {
        below += b->p[k].customers;
        if (below * 20 > b->customers)
            break;
    }
    for (size_t i = 0; i < k; i++) {
        b->p[k].customers += b->p[i].customers;
        b->p[k].sum += b->p[i].sum;
    }
    b->p[k].from = b->p[0].from;
    b->p += k;
    b->n -= k;
}

static void set_bars(struct ctx *c, struct outlook_spread *out) {
    static const int32_t days[] = {-90, -30, 0, 7, 30, 90};
    int64_t money[COARSE_STEPS + 1], tenths[OUTLOOK_TENTHS + 1];
    int64_t due[COUNT_OF(days) + 2];
    money_bounds(&coarse, money, COARSE_STEPS);
    bars_of(c, money, COARSE_STEPS, &out->clv);
    for (int k = 0; k < OUTLOOK_TENTHS; k++)
        tenths[k] = k * 1000;
    tenths[OUTLOOK_TENTHS] = INT64_MAX; /* 1 belongs to the last */
    bars_of(c, tenths, OUTLOOK_TENTHS, &out->alive);
    due[0] = INT64_MIN;
    for (size_t k = 0; k < COUNT_OF(days); k++)
        due[k + 1] = out->today + days[k];
    due[COUNT_OF(due) - 1] = INT64_MAX;
    bars_of(c, due, COUNT_OF(due) - 1, &out->due);
}

/* Empty bars at both ends tell nothing. */
static void trim(struct outlook_bars *b) {
    while (b->n > 0 && b->p[b->n - 1].customers == 0)
        b->n--;
    while (b->n > 0 && b->p[0].customers == 0) {
        b->p++;
        b->n--;
    }
}

enum err outlook_spread(struct ctx *c, struct outlook_spread *out) {
    struct outlook_row *rows;
    size_t n;
    *out = (struct outlook_spread){.today = zone_day(c->zone, c->now_ms)};
    static const char *const told[] = {"clv_12m", "p_alive", "due_on", NULL};
    TRY(sight_told(c, told));
    TRY(outlooks_in_scope(c, &rows, &n));
    TRY(value_as_of(c, &out->as_of));
    set_bars(c, out);
    for (size_t i = 0; i < n; i++) {
        TRY(count_bar(c, &out->clv, rows[i].clv, rows[i].clv));
        TRY(count_bar(c, &out->alive, rows[i].p_alive, rows[i].clv));
        TRY(count_bar(c, &out->due, rows[i].due_on, rows[i].clv));
    }
    if (out->clv.customers > 0)
        join_low(&out->clv);
    trim(&out->clv);
    return OK;
}
