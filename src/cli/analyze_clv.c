/* Customers of a file to their value. One thread. Invariant: figures that the
 * data do not tell are null, and why stands beside them and on stderr. */
#include "cli/analyze_clv.h"

#include "cli/analyze_bgbb.h"
#include "cli/analyze_file.h"
#include "cli/analyze_output.h"
#include "cli/analyze_read.h"

#include "analytics/clv.h"
#include "analytics/purchases.h"
#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_ROWS 20

struct people {
    struct clv_customer *p;
    size_t n;
};

/* --- sale lines --------------------------------------------------------- */

struct taking {
    const struct analyze_request *rq;
    struct purchases *purchases;
};

bool analyze_is_purchase(const struct sale_line *l, struct str cancel_prefix) {
    enum line_kind kind = line_kind(l, cancel_prefix);
    return kind == LINE_SALE ||
           (kind == LINE_FREE && l->has_amount && l->amount == 0 && !l->no_day);
}

static enum err take_line_of(struct ctx *c, void *user,
                             const struct sale_line *l, struct str product) {
    struct taking *t = user;
    int64_t amount;
    if (!analyze_is_purchase(l, t->rq->cancel_prefix))
        return OK;
    if (!line_amount(l, &amount))
        return fail(c, ERR_INVALID, "amount", "amount_overflow");
    return purchases_add(c, t->purchases, l->customer, l->day, amount);
}

static enum err read_lines(struct ctx *c, struct str path,
                           const struct analyze_request *rq,
                           struct people *out) {
    struct taking t = {rq, purchases_new(c->arena)};
    struct line_reader rd = {.rq = rq, .take = take_line_of, .user = &t};
    int32_t end, last = DAY_MIN;
    TRY(analyze_read(c, path, &rd));
    struct purchase_days *days =
        purchases_customers(t.purchases, c->arena, &out->n);
    for (size_t i = 0; i < out->n; i++)
        last = days[i].last_day > last ? days[i].last_day : last;
    TRY(analyze_as_of(c, rq, rq->has_until ? rq->until : rd.last_day, last,
                      &end));
    out->p = NEW_ARRAY(c->arena, struct clv_customer, out->n + 1);
    for (size_t i = 0; i < out->n; i++)
        out->p[i] =
            (struct clv_customer){days[i].id, purchase_history(&days[i], end),
                                  purchase_mean(&days[i])};
    return OK;
}

/* --- histories ---------------------------------------------------------- */

struct places {
    struct history_columns h;
    size_t T;
};

static enum err find_places(struct ctx *c, const struct datafile *s,
                            const struct analyze_request *rq,
                            struct places *out) {
    static const char *const Ts[] = {"t", "age", NULL};
    TRY(datafile_histories(c, s, rq->id, &out->h));
    return datafile_column(c, s, S(""), Ts, true, &out->T);
}

struct summary {
    struct datafile file;
    struct places at;
    VEC(struct clv_customer) all;
};

static enum err take_history(struct ctx *c, void *arg) {
    struct summary *t = arg;
    const struct datafile *s = &t->file;
    const struct places *at = &t->at;
    struct clv_customer *out = VEC_PUSH(c->arena, &t->all);
    double x;
    *out = (struct clv_customer){.m = 0};
    TRY(datafile_number(c, s, at->h.x, &x));
    TRY(datafile_number(c, s, at->h.t_x, &out->h.t_x));
    TRY(datafile_number(c, s, at->T, &out->h.T));
    if (at->h.m != DATAFILE_NONE && datafile_cell(s, at->h.m).n > 0)
        TRY(datafile_number(c, s, at->h.m, &out->m));
    if (!(x >= 0 && x <= 1e9 && x == floor(x)) || out->h.t_x < 0 ||
        out->h.t_x > out->h.T || (x == 0 && out->h.t_x > 0) || out->m < 0)
        return datafile_bad(c, &s->row, "analyze_history");
    out->h.x = (int64_t)x;
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
    *out = (struct people){t.all.p, t.all.n};
    return OK;
}

/* A time in weeks is one of whole days printed with two decimals. */
static bool is_rounded_day(double v) {
    double days = round(v * HISTORY_DAYS), cents = round(v * 100);
    return fabs(v - cents / 100) < 1e-9 &&
           fabs(v - days / HISTORY_DAYS) <= 0.005 + 1e-9;
}

/* Where all times are whole days printed with two decimals (one number in
 * fourteen is), the days themselves; NULL elsewhere. */
static const struct history *whole_days(struct ctx *c,
                                        const struct people *people) {
    struct history *out = NEW_ARRAY(c->arena, struct history, people->n + 1);
    for (size_t i = 0; i < people->n; i++) {
        const struct history *h = &people->p[i].h;
        if (!is_rounded_day(h->t_x) || !is_rounded_day(h->T))
            return NULL;
        out[i] =
            (struct history){h->x, round(h->t_x * HISTORY_DAYS) / HISTORY_DAYS,
                             round(h->T * HISTORY_DAYS) / HISTORY_DAYS};
    }
    return out;
}

/* --- output ------------------------------------------------------------- */

/* What a reader must know before trusting the figures. */
static void warn(const struct clv_models *m) {
    static const char *const instead[] = {
        [CLV_NONE] = "nothing is expected of anybody",
        [CLV_BGNBD] = "",
        [CLV_NBD] = "counted by the NBD, which loses nobody",
        [CLV_PARETO_NBD] = "",
    };
    if (m->bgnbd.why != NULL)
        fprintf(stderr, "guanxi: bgnbd is not identified (%s): %s\n",
                m->bgnbd.why, instead[m->counter]);
    output_warn_spend(m->gamma_gamma.why, m->gamma_gamma.correlation);
}

static void print_csv(struct buf *b, const struct clv_report *r) {
    struct csv_writer w;
    csv_init(&w, b);
    buf_cstr(b, "id,x,t_x,T,m,p_alive,expected_52w,clv_12m\r\n");
    for (size_t i = 0; i < r->n; i++) {
        const struct clv_customer *one = &r->customers[i];
        csv_cell(&w, one->id);
        output_count(&w, one->h.x);
        output_real(&w, one->h.t_x);
        output_real(&w, one->h.T);
        output_real(&w, one->m > 0 ? one->m : NAN);
        output_real(&w, r->scores[i].p_alive);
        output_real(&w, r->scores[i].expected_52);
        output_real(&w, r->scores[i].clv_12m);
        csv_row_end(&w);
        output_flush(b);
    }
}

/* A customer's place by value; those without one last. */
struct ranked {
    double value;
    size_t at;
};

static int by_value(const void *x, const void *y) {
    const struct ranked *a = x, *b = y;
    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return a->at < b->at ? -1 : 1;
}

static void print_fit(struct buf *b, const char *name, const double *p,
                      const char *const *names, size_t n) {
    buf_fmt(b, "%-12s", name);
    for (size_t i = 0; i < n; i++)
        buf_fmt(b, " %s %.6g", names[i], p[i]);
}

static void print_verdict(struct buf *b, bool values, double ll,
                          const char *why) {
    if (values) {
        buf_cstr(b, "  ll");
        output_figure(b, 0, 4, ll);
    }
    buf_fmt(b, "%s%s\n",
            why == NULL ? "" : "  not identified: ", why == NULL ? "" : why);
}

static void print_models(struct buf *b, const struct clv_models *m) {
    static const char *const bg[] = {"r", "alpha", "a", "b"};
    static const char *const pa[] = {"r", "alpha", "s", "beta"};
    static const char *const gg[] = {"p", "q", "v"};
    const struct bgnbd *f = &m->bgnbd.p;
    const struct pareto_nbd *g = &m->pareto_nbd.p;
    const struct gamma_gamma *h = &m->gamma_gamma.p;
    print_fit(b, "bgnbd", (const double[]){f->r, f->alpha, f->a, f->b}, bg,
              m->bgnbd.why == NULL ? 4 : 0);
    print_verdict(b, m->bgnbd.has_values, m->bgnbd.ll, m->bgnbd.why);
    print_fit(b, "pareto_nbd", (const double[]){g->r, g->alpha, g->s, g->beta},
              pa, m->pareto_nbd.why == NULL ? 4 : 0);
    print_verdict(b, m->pareto_nbd.has_values, m->pareto_nbd.ll,
                  m->pareto_nbd.why);
    print_fit(b, "gamma_gamma", (const double[]){h->p, h->q, h->v}, gg,
              m->gamma_gamma.why == NULL ? 3 : 0);
    print_verdict(b, m->gamma_gamma.has_values, m->gamma_gamma.ll,
                  m->gamma_gamma.why);
}

static void print_table(struct ctx *c, struct buf *b,
                        const struct clv_report *r) {
    struct ranked *order = NEW_ARRAY(c->arena, struct ranked, r->n + 1);
    for (size_t i = 0; i < r->n; i++) {
        double v = r->scores[i].clv_12m;
        order[i] = (struct ranked){isfinite(v) ? v : -1, i};
    }
    qsort(order, r->n, sizeof *order, by_value);
    print_models(b, &r->models);
    buf_fmt(b, "customers    %zu\n\n%6s %10s %10s %12s %12s %12s  id\n", r->n,
            "x", "t_x", "T", "p_alive", "expect 52w", "clv 12m");
    for (size_t k = 0; k < r->n && k < TABLE_ROWS; k++) {
        const struct clv_customer *one = &r->customers[order[k].at];
        const struct clv_score *s = &r->scores[order[k].at];
        buf_fmt(b, "%6lld %10.2f %10.2f", (long long)one->h.x, one->h.t_x,
                one->h.T);
        output_figure(b, 12, 4, s->p_alive);
        output_figure(b, 12, 3, s->expected_52);
        output_figure(b, 12, 2, s->clv_12m);
        buf_cstr(b, "  ");
        output_id(b, one->id);
        buf_byte(b, '\n');
    }
    if (r->n > TABLE_ROWS)
        buf_fmt(b, "%zu more: --format csv or json\n", r->n - TABLE_ROWS);
}

enum err analyze_clv(struct ctx *c, struct str path,
                     const struct analyze_request *rq) {
    if (rq->by_occasions)
        return analyze_bgbb(c, path, rq);
    struct people people;
    struct clv_report report;
    struct buf b;
    const double *g = rq->given;
    struct bgnbd bgnbd = {g[0], g[1], g[2], g[3]};
    struct gamma_gamma spend = {g[4], g[5], g[6]};
    struct clv_given given = {.bgnbd = rq->n_given >= 4 ? &bgnbd : NULL,
                              .gamma_gamma =
                                  rq->n_given == GIVEN_MAX ? &spend : NULL};
    if (rq->summary) {
        TRY(read_summary(c, path, rq, &people));
        given.fit_on = whole_days(c, &people);
    } else {
        TRY(read_lines(c, path, rq, &people));
    }
    clv_report(c->arena, people.p, people.n, given, &report);
    warn(&report.models);
    output_init(&b, c);
    if (rq->format == PRINT_JSON) {
        struct jw w;
        jw_init(&w, &b);
        clv_json(&report, &w, output_flush, &b);
        buf_byte(&b, '\n');
    } else if (rq->format == PRINT_CSV) {
        print_csv(&b, &report);
    } else {
        print_table(c, &b, &report);
    }
    return output_end(c, &b);
}
