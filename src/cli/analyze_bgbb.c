/* Customers of a file who may buy once a week, month or year. One thread.
 * Invariant: only periods that are over count as occasions; figures that the
 * data do not tell are null, and why stands beside them and on stderr. */
#include "cli/analyze_bgbb.h"

#include "cli/analyze_clv.h"
#include "cli/analyze_file.h"
#include "cli/analyze_output.h"
#include "cli/analyze_read.h"

#include "analytics/model_json.h"
#include "analytics/purchases.h"
#include "base/num.h"

#include <math.h>
#include <stdio.h>

#define TABLE_ROWS 20
#define PERIODS_MAX 10000

static const char *const periods[] = {"week", "month", "year"};

struct people {
    struct occasion_customer *p;
    size_t n;
    int32_t end; /* the last day counted; DAY_MIN: of a summary */
};

/* --- sale lines ----------------------------------------------------------- */

/* A line of the newest period so far: that may not be over. */
struct pending {
    struct str customer;
    int64_t amount;
};

struct taking {
    const struct analyze_request *rq;
    struct purchases *purchases; /* by periods in place of days */
    VEC(struct pending) pending;
    struct arena *names; /* of pending */
    int32_t newest;
    int32_t last_day; /* of a purchase */
    bool any;
};

static enum err settle(struct ctx *c, struct taking *t) {
    for (size_t i = 0; i < t->pending.n; i++)
        TRY(purchases_add(c, t->purchases, t->pending.p[i].customer, t->newest,
                          t->pending.p[i].amount));
    t->pending.n = 0;
    arena_reset(t->names);
    return OK;
}

static enum err take_line_of(struct ctx *c, void *user,
                             const struct sale_line *l, struct str product) {
    struct taking *t = user;
    int32_t period = occasion_of(t->rq->period, l->day);
    int64_t amount;
    if (!analyze_is_purchase(l, t->rq->cancel_prefix))
        return OK;
    if (!line_amount(l, &amount))
        return fail(c, ERR_INVALID, "amount", "amount_overflow");
    if (!t->any || l->day > t->last_day)
        t->last_day = l->day;
    if (t->any && period < t->newest)
        return purchases_add(c, t->purchases, l->customer, period, amount);
    if (t->any && period > t->newest)
        TRY(settle(c, t));
    t->newest = period;
    t->any = true;
    *VEC_PUSH(c->arena, &t->pending) =
        (struct pending){str_dup(t->names, l->customer), amount};
    return OK;
}

/* The last period that is over on the evening of a day. */
static int32_t last_over(enum occasion o, int32_t day) {
    int32_t at = occasion_of(o, day);
    return occasion_of(o, day + 1) > at ? at : at - 1;
}

static enum err customers_of(struct ctx *c, const struct taking *t,
                             int32_t last, struct people *out) {
    struct purchase_days *days =
        purchases_customers(t->purchases, c->arena, &out->n);
    out->p = NEW_ARRAY(c->arena, struct occasion_customer, out->n + 1);
    for (size_t i = 0; i < out->n; i++) {
        const struct purchase_days *d = &days[i];
        if (last - d->first_day > PERIODS_MAX)
            return fail(c, ERR_INVALID, "date", "analyze_span");
        out->p[i] = (struct occasion_customer){
            .id = d->id,
            .cell = {.x = (int32_t)d->days - 1,
                     .t_x = d->last_day - d->first_day,
                     .n = last - d->first_day,
                     .weight = 1},
            .m = purchase_mean(d)};
    }
    return out->n == 0 ? fail(c, ERR_INVALID, "file", "analyze_no_period") : OK;
}

static enum err finish(struct ctx *c, struct taking *t, struct line_reader *rd,
                       struct people *out) {
    const struct analyze_request *rq = t->rq;
    int32_t last_line = rd->dated ? rd->last_day : DAY_MIN;
    TRY(analyze_as_of(c, rq, rq->has_until ? rq->until : last_line,
                      t->any ? t->last_day : DAY_MIN, &out->end));
    int32_t last = last_over(rq->period, out->end);
    if (t->any && t->newest <= last)
        TRY(settle(c, t));
    else if (t->pending.n > 0)
        fprintf(stderr,
                "guanxi: %zu lines of a %s that is not over by the end are "
                "left out\n",
                t->pending.n, periods[rq->period]);
    return customers_of(c, t, last, out);
}

static enum err read_lines(struct ctx *c, struct str path,
                           const struct analyze_request *rq,
                           struct people *out) {
    struct taking t = {
        .rq = rq, .purchases = purchases_new(c->arena), .names = arena_new()};
    struct line_reader rd = {.rq = rq, .take = take_line_of, .user = &t};
    enum err e = analyze_read(c, path, &rd);
    if (e == OK)
        e = finish(c, &t, &rd, out);
    arena_free(t.names);
    return e;
}

/* --- histories ------------------------------------------------------------ */

struct places {
    struct history_columns h;
    size_t n, weight;
};

static enum err find_places(struct ctx *c, const struct datafile *s,
                            const struct analyze_request *rq,
                            struct places *out) {
    static const char *const ns[] = {"n", "periods", NULL};
    static const char *const weights[] = {"weight", "weights", NULL};
    TRY(datafile_histories(c, s, rq->id, &out->h));
    TRY(datafile_column(c, s, S(""), ns, true, &out->n));
    return datafile_column(c, s, S(""), weights, false, &out->weight);
}

static bool whole(double v) {
    return v >= 0 && v <= PERIODS_MAX && v == floor(v);
}

struct summary {
    struct datafile file;
    struct places at;
    VEC(struct occasion_customer) all;
};

static enum err take_history(struct ctx *c, void *arg) {
    struct summary *t = arg;
    const struct datafile *s = &t->file;
    const struct places *at = &t->at;
    struct occasion_customer *out = VEC_PUSH(c->arena, &t->all);
    double x, t_x, n, weight = 1;
    *out = (struct occasion_customer){.m = 0};
    TRY(datafile_number(c, s, at->h.x, &x));
    TRY(datafile_number(c, s, at->h.t_x, &t_x));
    TRY(datafile_number(c, s, at->n, &n));
    if (at->weight != DATAFILE_NONE)
        TRY(datafile_number(c, s, at->weight, &weight));
    else if (at->h.m != DATAFILE_NONE && datafile_cell(s, at->h.m).n > 0)
        TRY(datafile_number(c, s, at->h.m, &out->m));
    if (!whole(x) || !whole(t_x) || !whole(n) || x > t_x || t_x > n ||
        (x == 0 && t_x > 0) || !(weight > 0 && weight <= 1e9) || out->m < 0)
        return datafile_bad(c, &s->row, "analyze_occasions");
    out->cell =
        (struct bgbb_cell){(int32_t)x, (int32_t)t_x, (int32_t)n, weight};
    out->id = datafile_id(c, s, at->h.id);
    return OK;
}

static enum err read_summary(struct ctx *c, struct str path,
                             const struct analyze_request *rq,
                             struct people *out) {
    struct summary t = {0};
    TRY(datafile_open(c, path, &rq->opts, &t.file));
    TRY(find_places(c, &t.file, rq, &t.at));
    TRY(datafile_rows(c, &t.file, take_history, &t));
    if (t.all.n == 0)
        return fail(c, ERR_INVALID, "file", "file_no_lines");
    *out = (struct people){t.all.p, t.all.n, DAY_MIN};
    return OK;
}

/* --- output --------------------------------------------------------------- */

static void warn(const struct occasion_report *r) {
    if (r->bgbb.why != NULL)
        fprintf(stderr,
                "guanxi: bgbb is not identified (%s): nothing is expected of "
                "anybody\n",
                r->bgbb.why);
    output_warn_spend(r->spend.why, r->spend.correlation);
}

static void put_models(struct jw *w, const struct occasion_report *r) {
    static const char *const bgbb[] = {"alpha", "beta", "gamma", "delta", "ll"};
    static const char *const spend[] = {"p", "q", "v", "ll"};
    const struct bgbb *b = &r->bgbb.p;
    const struct gamma_gamma *g = &r->spend.p;
    jw_key(w, S("model"));
    jw_object(w);
    json_model(
        w, S("bgbb"), bgbb,
        (double[]){b->alpha, b->beta, b->gamma, b->delta, r->bgbb.ll}, 5,
        (struct model_told){4, r->bgbb.has_values, r->given_bgbb, r->bgbb.why});
    json_model(w, S("gamma_gamma"), spend,
               (double[]){g->p, g->q, g->v, r->spend.ll}, 4,
               (struct model_told){3, r->spend.has_values, r->given_spend,
                                   r->spend.why});
    jw_object_end(w);
}

static void put_customer(struct jw *w, const struct occasion_customer *one,
                         const struct occasion_score *s) {
    jw_object(w);
    jw_kstr(w, S("id"), one->id);
    jw_ki64(w, S("x"), one->cell.x);
    jw_ki64(w, S("t_x"), one->cell.t_x);
    jw_ki64(w, S("n"), one->cell.n);
    json_number(w, S("m"), one->m > 0, one->m);
    json_number(w, S("p_alive"), true, s->p_alive);
    json_number(w, S("expected_year"), true, s->expected);
    json_number(w, S("clv_12m"), true, s->clv_12m);
    jw_object_end(w);
}

static void print_json(struct ctx *c, struct buf *b, enum occasion period,
                       const struct people *people,
                       const struct occasion_report *r) {
    struct jw w;
    jw_init(&w, b);
    jw_object(&w);
    jw_kstr(&w, S("period"), str_of(periods[period]));
    jw_key(&w, S("end"));
    if (people->end == DAY_MIN)
        jw_null(&w);
    else
        jw_str(&w, day_text(c->arena, people->end));
    put_models(&w, r);
    jw_key(&w, S("customers"));
    jw_array(&w);
    for (size_t i = 0; i < people->n; i++) {
        put_customer(&w, &people->p[i], &r->scores[i]);
        output_flush(b);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    buf_byte(b, '\n');
}

static void print_csv(struct buf *b, const struct people *people,
                      const struct occasion_report *r) {
    struct csv_writer w;
    csv_init(&w, b);
    buf_cstr(b, "id,x,t_x,n,m,p_alive,expected_year,clv_12m\r\n");
    for (size_t i = 0; i < people->n; i++) {
        const struct occasion_customer *one = &people->p[i];
        csv_cell(&w, one->id);
        output_count(&w, one->cell.x);
        output_count(&w, one->cell.t_x);
        output_count(&w, one->cell.n);
        output_real(&w, one->m > 0 ? one->m : NAN);
        output_real(&w, r->scores[i].p_alive);
        output_real(&w, r->scores[i].expected);
        output_real(&w, r->scores[i].clv_12m);
        csv_row_end(&w);
        output_flush(b);
    }
}

static void print_table(struct buf *b, enum occasion period,
                        const struct people *people,
                        const struct occasion_report *r) {
    const struct bgbb *m = &r->bgbb.p;
    buf_cstr(b, "bgbb");
    if (r->bgbb.why == NULL)
        buf_fmt(b, " alpha %.6g beta %.6g gamma %.6g delta %.6g ll %.4f",
                m->alpha, m->beta, m->gamma, m->delta, r->bgbb.ll);
    buf_fmt(b, "%s%s\noccasions a %s, customers %zu\n\n",
            r->bgbb.why == NULL ? "" : "  not identified: ",
            r->bgbb.why == NULL ? "" : r->bgbb.why, periods[period], people->n);
    buf_fmt(b, "%6s %6s %6s %12s %12s %12s  id\n", "x", "t_x", "n", "p_alive",
            "expect year", "clv 12m");
    for (size_t i = 0; i < people->n && i < TABLE_ROWS; i++) {
        const struct occasion_customer *one = &people->p[i];
        buf_fmt(b, "%6d %6d %6d", one->cell.x, one->cell.t_x, one->cell.n);
        output_figure(b, 12, 4, r->scores[i].p_alive);
        output_figure(b, 12, 3, r->scores[i].expected);
        output_figure(b, 12, 2, r->scores[i].clv_12m);
        buf_cstr(b, "  ");
        output_id(b, one->id);
        buf_byte(b, '\n');
    }
    if (people->n > TABLE_ROWS)
        buf_fmt(b, "%zu more: --format csv or json\n", people->n - TABLE_ROWS);
}

enum err analyze_bgbb(struct ctx *c, struct str path,
                      const struct analyze_request *rq) {
    struct people people;
    struct occasion_report report;
    struct buf b;
    const double *g = rq->given;
    struct bgbb bgbb = {g[0], g[1], g[2], g[3]};
    struct gamma_gamma spend = {g[4], g[5], g[6]};
    TRY(rq->summary ? read_summary(c, path, rq, &people)
                    : read_lines(c, path, rq, &people));
    occasions_report(c->arena, people.p, people.n, rq->period,
                     rq->n_given >= 4 ? &bgbb : NULL,
                     rq->n_given == GIVEN_MAX ? &spend : NULL, &report);
    warn(&report);
    output_init(&b, c);
    if (rq->format == PRINT_JSON)
        print_json(c, &b, rq->period, &people, &report);
    else if (rq->format == PRINT_CSV)
        print_csv(&b, &people, &report);
    else
        print_table(&b, rq->period, &people, &report);
    return output_end(c, &b);
}
