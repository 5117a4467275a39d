/* A file of one row a customer to risks. One thread. Invariant: the outcome,
 * the id and nothing else are kept from the facts; what is known only after the
 * outcome has to be named with --leave-out. */
#include "cli/analyze_churn.h"

#include "cli/analyze_file.h"
#include "cli/analyze_output.h"

#include "analytics/churn.h"

#include <math.h>
#include <stdio.h>

#define TABLE_ROWS 20

struct places {
    size_t id, event, duration;
};

/* All cells, row by row. */
struct cells {
    struct datafile f;
    struct places at;
    VEC(struct str) all;
    VEC(bool) lost;
    VEC(double) times;
    VEC(struct str) ids;
};

static enum err find_places(struct ctx *c, const struct datafile *f,
                            const struct analyze_request *rq,
                            struct places *out) {
    static const char *const events[] = {"churn", "churned", "exited",   "lost",
                                         "event", "流失",    "是否流失", NULL};
    static const char *const durations[] = {
        "tenure", "duration", "months", "在网时长", "时长", "月数", NULL};
    TRY(datafile_customers(c, f, rq->id, &out->id));
    TRY(datafile_column(c, f, rq->event, events, true, &out->event));
    return datafile_column(c, f, rq->duration, durations, false,
                           &out->duration);
}

static bool read_outcome(struct str text, bool *out) {
    static const char *const yes[] = {"yes", "1", "true", "y", "是"};
    static const char *const no[] = {"no", "0", "false", "n", "否"};
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        *out = str_eq_nocase(text, str_of(yes[i]));
        if (*out || str_eq_nocase(text, str_of(no[i])))
            return true;
    }
    return false;
}

static enum err take_row(struct ctx *c, void *arg) {
    struct cells *s = arg;
    const struct datafile *f = &s->f;
    bool lost;
    double time = 0;
    struct str outcome = datafile_cell(f, s->at.event);
    if (!read_outcome(outcome, &lost))
        return datafile_bad_cell(c, &f->row, f->headings[s->at.event], outcome,
                                 "analyze_event");
    if (s->at.duration != DATAFILE_NONE) {
        TRY(datafile_number(c, f, s->at.duration, &time));
        if (time < 0)
            return datafile_bad_cell(c, &f->row, f->headings[s->at.duration],
                                     datafile_cell(f, s->at.duration),
                                     "analyze_duration");
    }
    *VEC_PUSH(c->arena, &s->lost) = lost;
    *VEC_PUSH(c->arena, &s->times) = time;
    *VEC_PUSH(c->arena, &s->ids) = datafile_id(c, f, s->at.id);
    for (size_t i = 0; i < f->n; i++)
        *VEC_PUSH(c->arena, &s->all) =
            i < f->row.n ? str_dup(c->arena, datafile_cell(f, i)) : S("");
    return OK;
}

static enum err read_cells(struct ctx *c, struct str path,
                           const struct analyze_request *rq, struct cells *s) {
    TRY(datafile_open(c, path, &rq->opts, &s->f));
    TRY(find_places(c, &s->f, rq, &s->at));
    TRY(datafile_rows(c, &s->f, take_row, s));
    if (s->lost.n == 0)
        return fail(c, ERR_INVALID, "file", "file_no_lines");
    return OK;
}

/* Numbers where all cells are some or empty, else words. */
static struct design_column column_of(struct ctx *c, const struct cells *s,
                                      size_t at) {
    size_t n = s->lost.n, known = 0;
    double *numbers = NEW_ARRAY(c->arena, double, n);
    struct str *words = NEW_ARRAY(c->arena, struct str, n);
    bool numeric = true;
    for (size_t i = 0; i < n; i++) {
        words[i] = s->all.p[i * s->f.n + at];
        numbers[i] = NAN;
        if (words[i].n == 0)
            continue;
        known++;
        numeric = numeric && datafile_real(words[i], &numbers[i]);
    }
    return (struct design_column){.name = s->f.headings[at],
                                  .numbers =
                                      numeric && known > 0 ? numbers : NULL,
                                  .words = words};
}

/* Those of --leave-out a,b,c are no facts. */
static enum err leave_out(struct ctx *c, const struct cells *s, struct str list,
                          bool *fact) {
    struct str part;
    size_t at;
    while (str_cut(&list, ',', &part)) {
        bool found = false;
        part = str_trim(part);
        for (size_t i = 0; i < s->f.n; i++) {
            if (!str_eq_nocase(s->f.headings[i], part))
                continue;
            if (i == s->at.id || i == s->at.event)
                return failv(c, ERR_INVALID, S("leave-out"), "analyze_no_fact",
                             ARGS(V(part)));
            fact[i] = false;
            found = true;
        }
        if (!found && part.n > 0)
            return datafile_column(c, &s->f, part, NULL, true, &at);
    }
    return OK;
}

static enum err gather(struct ctx *c, const struct cells *s,
                       const struct analyze_request *rq,
                       struct churn_input *out) {
    struct design_column *columns =
        NEW_ARRAY(c->arena, struct design_column, s->f.n + 1);
    bool *fact = NEW_ARRAY(c->arena, bool, s->f.n + 1);
    size_t k = 0;
    for (size_t i = 0; i < s->f.n; i++)
        fact[i] = i != s->at.id && i != s->at.event;
    TRY(leave_out(c, s, rq->leave_out, fact));
    for (size_t i = 0; i < s->f.n; i++)
        if (fact[i])
            columns[k++] = column_of(c, s, i);
    *out = (struct churn_input){
        .n = s->lost.n,
        .ids = s->ids.p,
        .lost = s->lost.p,
        .times = s->at.duration == DATAFILE_NONE ? NULL : s->times.p,
        .columns = columns,
        .n_columns = k,
        .ridge = rq->ridge,
        .method = rq->method};
    return OK;
}

/* --- output ------------------------------------------------------------- */

static void print_csv(struct buf *b, const struct churn_report *r) {
    struct csv_writer w;
    csv_init(&w, b);
    buf_cstr(b, "id,risk\r\n");
    for (size_t i = 0; i < r->in->n; i++) {
        csv_cell(&w, r->in->ids[i]);
        output_real(&w, r->why == NULL ? r->risk[i] : NAN);
        csv_row_end(&w);
        output_flush(b);
    }
}

static void print_quality(struct buf *b, const char *name,
                          const struct logistic_quality *q) {
    buf_fmt(b,
            "  %-8s  auc %.4f, log loss %.4f, Brier %.4f, lift of the top "
            "tenth %.2f\n",
            name, q->auc, q->log_loss, q->brier, q->lift);
}

static void print_model(struct buf *b, const struct churn_report *r) {
    if (r->why != NULL) {
        buf_fmt(b, "no model: %s\n", r->why);
        return;
    }
    buf_cstr(b, "by fits to other customers:\n");
    print_quality(b, "logistic", &r->quality);
    if (r->in->method != CHURN_LOGISTIC)
        print_quality(b, "boosted", &r->boost_quality);
    buf_fmt(b, "risks are by: %s\n\n",
            r->scored_by == CHURN_BOOSTED ? "boosted" : "logistic");
    for (size_t j = 0; j < r->design.k; j++) {
        const struct design_fact *f = &r->design.facts[j];
        buf_fmt(b, "%9.4f +- %7.4f  ", r->fit.beta[j], r->fit.error[j]);
        output_id(b, r->in->columns[f->column].name);
        if (f->sd == 0) {
            buf_cstr(b, " = ");
            output_id(b, f->level);
        } else {
            buf_fmt(b, " per %.6g", f->sd);
        }
        buf_byte(b, '\n');
        output_flush(b);
    }
}

static void print_table(struct buf *b, const struct churn_report *r) {
    const struct survival *s = &r->survival;
    buf_fmt(b, "customers %zu\n", r->in->n);
    print_model(b, r);
    if (r->in->times == NULL)
        return;
    buf_fmt(b, "\n%10s %9s %7s %9s %9s\n", "t", "at risk", "lost", "survival",
            "se");
    for (size_t i = 0; i < s->n; i += 1 + s->n / TABLE_ROWS)
        buf_fmt(b, "%10.6g %9lld %7lld %9.6f %9.6f\n", s->rows[i].time,
                (long long)s->rows[i].at_risk, (long long)s->rows[i].lost,
                s->rows[i].survival, s->rows[i].error);
}

enum err analyze_churn(struct ctx *c, struct str path,
                       const struct analyze_request *rq) {
    struct cells cells = {0};
    struct churn_input in;
    struct churn_report report;
    struct buf b;
    TRY(read_cells(c, path, rq, &cells));
    TRY(gather(c, &cells, rq, &in));
    churn_report(c->arena, &in, &report);
    if (report.why != NULL)
        fprintf(stderr, "guanxi: no churn model (%s)\n", report.why);
    output_init(&b, c);
    if (rq->format == PRINT_JSON) {
        struct jw w;
        jw_init(&w, &b);
        churn_json(&report, &w, output_flush, &b);
        buf_byte(&b, '\n');
    } else if (rq->format == PRINT_CSV) {
        print_csv(&b, &report);
    } else {
        print_table(&b, &report);
    }
    return output_end(c, &b);
}
