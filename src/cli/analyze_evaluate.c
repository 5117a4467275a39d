/* Evaluates purchase models row by row. One thread. Invariant: a row that
 * cannot be evaluated leaves nothing on stdout: all rows are computed first. */
#include "cli/analyze_evaluate.h"

#include "cli/analyze_file.h"
#include "cli/analyze_output.h"

#include "analytics/bgnbd.h"
#include "analytics/gamma_gamma.h"
#include "analytics/pareto_nbd.h"
#include "base/json.h"

#include <math.h>

enum { P1, P2, P3, P4, X, T_X, T_END, T_NEXT, NUMBERS };

/* Headings as datafile_column compares them. */
static const char *const names[NUMBERS][2] = {
    {"p1"}, {"p2"}, {"p3"}, {"p4"}, {"x"}, {"tx"}, {"T"}, {"t"},
};

struct places {
    size_t model, at[NUMBERS];
};

struct result {
    double ll, alive, expected;
};

typedef struct result evaluator(const double *v);

static struct history history_in(const double *v) {
    return (struct history){(int64_t)v[X], v[T_X], v[T_END]};
}

static struct result bgnbd(const double *v) {
    struct bgnbd m = {v[P1], v[P2], v[P3], v[P4]};
    struct history h = history_in(v);
    return (struct result){bgnbd_ll(&m, h), bgnbd_alive(&m, h),
                           bgnbd_expected(&m, h, v[T_NEXT])};
}

static struct result pareto(const double *v) {
    struct pareto_nbd m = {v[P1], v[P2], v[P3], v[P4]};
    struct history h = history_in(v);
    return (struct result){pareto_nbd_ll(&m, h), pareto_nbd_alive(&m, h),
                           pareto_nbd_expected(&m, h, v[T_NEXT])};
}

/* The column t_x holds the mean value; there is nobody to be alive. */
static struct result gamma_gamma(const double *v) {
    struct gamma_gamma m = {v[P1], v[P2], v[P3]};
    struct spend s = {v[X], v[T_X]};
    return (struct result){gamma_gamma_ll(&m, s), 0, gamma_gamma_mean(&m, s)};
}

static const struct model {
    const char *name;
    evaluator *fn;
    size_t parameters;
    bool history;
} models[] = {
    {"bgnbd", bgnbd, 4, true},
    {"pnbd", pareto, 4, true},
    {"gg", gamma_gamma, 3, false},
};

/* t and T differ in case alone: taken as written. */
static enum err find_places(struct ctx *c, const struct datafile *s,
                            struct places *out) {
    static const char *const model[] = {"model", NULL};
    TRY(datafile_column(c, s, S(""), model, true, &out->model));
    for (size_t i = 0; i < T_END; i++) {
        const char *const one[] = {names[i][0], NULL};
        TRY(datafile_column(c, s, S(""), one, true, &out->at[i]));
    }
    for (size_t i = T_END; i < NUMBERS; i++)
        TRY(datafile_column_exact(c, s, str_of(names[i][0]), &out->at[i]));
    return OK;
}

static const struct model *model_of(struct str name) {
    for (size_t i = 0; i < COUNT_OF(models); i++)
        if (str_eqc(name, models[i].name))
            return &models[i];
    return NULL;
}

struct evaluation {
    struct datafile f;
    struct places at;
    VEC(struct result) all;
};

static enum err take_row(struct ctx *c, void *arg) {
    struct evaluation *e = arg;
    const struct datafile *s = &e->f;
    const struct places *at = &e->at;
    double v[NUMBERS];
    const struct model *m = model_of(datafile_cell(s, at->model));
    if (m == NULL)
        return datafile_bad_cell(c, &s->row, s->headings[at->model],
                                 datafile_cell(s, at->model), "analyze_model");
    for (size_t i = 0; i < NUMBERS; i++) {
        bool used = m->history || i < m->parameters || i == X || i == T_X;
        v[i] = 0;
        if (used)
            TRY(datafile_number(c, s, at->at[i], &v[i]));
    }
    for (size_t i = 0; i < m->parameters; i++)
        if (!(v[i] > 0))
            return datafile_bad_cell(c, &s->row, s->headings[at->at[i]],
                                     datafile_cell(s, at->at[i]),
                                     "analyze_parameter");
    if (!(v[X] >= 0 && v[X] <= 1e9 && v[X] == floor(v[X])) || v[T_X] < 0 ||
        v[T_NEXT] < 0 ||
        (m->history && (v[T_X] > v[T_END] || (v[X] == 0 && v[T_X] > 0))))
        return datafile_bad(c, &s->row, "analyze_history");
    *VEC_PUSH(c->arena, &e->all) = m->fn(v);
    return OK;
}

/* 17 digits; nothing for what is no number. */
static void print_cell(struct buf *b, double v, char end) {
    if (isfinite(v))
        buf_fmt(b, "%.17g", v);
    buf_byte(b, end);
}

static void print_rows(struct buf *b, enum print_format format,
                       const struct result *r, size_t n) {
    struct jw w;
    jw_init(&w, b);
    if (format == PRINT_JSON)
        jw_array(&w);
    else
        buf_cstr(b, "ll,palive,expected_t\r\n");
    for (size_t i = 0; i < n; i++) {
        if (format == PRINT_JSON) {
            jw_object(&w);
            jw_key(&w, S("ll"));
            jw_f64(&w, r[i].ll);
            jw_key(&w, S("palive"));
            jw_f64(&w, r[i].alive);
            jw_key(&w, S("expected_t"));
            jw_f64(&w, r[i].expected);
            jw_object_end(&w);
        } else {
            print_cell(b, r[i].ll, ',');
            print_cell(b, r[i].alive, ',');
            print_cell(b, r[i].expected, '\r');
            buf_byte(b, '\n');
        }
        output_flush(b);
    }
    if (format == PRINT_JSON) {
        jw_array_end(&w);
        buf_byte(b, '\n');
    }
}

enum err analyze_evaluate(struct ctx *c, struct str path,
                          const struct analyze_request *rq) {
    struct evaluation e = {0};
    struct buf b;
    TRY(datafile_open(c, path, &rq->opts, &e.f));
    TRY(find_places(c, &e.f, &e.at));
    TRY(datafile_rows(c, &e.f, take_row, &e));
    if (e.all.n == 0)
        return fail(c, ERR_INVALID, "file", "file_no_lines");
    output_init(&b, c);
    print_rows(&b, rq->format, e.all.p, e.all.n);
    return output_end(c, &b);
}
