/* Rows under headings. One thread; everything lives in the context's arena.
 * Invariant: a row that cannot be read never stops the reading of the next
 * one, so that one run shows what has to be mended. */
#include "cli/analyze_file.h"

#include "base/message.h"
#include "base/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_HEADING 200
#define MAX_NUMBER 64

struct str datafile_place(struct ctx *c, const struct table_row *row) {
    return message_text(c, c->lang, "at_line", ARGS(V((long long)row->line)));
}

enum err datafile_bad(struct ctx *c, const struct table_row *row,
                      const char *code) {
    return failv(c, ERR_INVALID, datafile_place(c, row), code,
                 ARGS(V((long long)row->line)));
}

enum err datafile_bad_cell(struct ctx *c, const struct table_row *row,
                           struct str column, struct str text,
                           const char *code) {
    struct str shown = str_sub(text, 0, 80);
    struct str at =
        message_text(c, c->lang, "at_cell",
                     ARGS(V((long long)row->line), V(column), V(shown)));
    return failv(c, ERR_INVALID, at, code, ARGS(V(shown)));
}

enum err datafile_open(struct ctx *c, struct str path,
                       const struct table_opts *opts, struct datafile *out) {
    bool more;
    *out = (struct datafile){0};
    if (str_eqc(path, "-"))
        TRY(table_open(c, STDIN_FILENO, opts, &out->table));
    else
        TRY(table_open_path(c, path, opts, &out->table));
    TRY(table_next(c, out->table, &out->row, &more));
    if (!more)
        return fail(c, ERR_INVALID, "file", "file_empty");
    if (out->row.problem != NULL)
        return datafile_bad(c, &out->row, out->row.problem);
    out->n = out->row.n;
    out->headings = NEW_ARRAY(c->arena, struct str, out->n + 1);
    for (size_t i = 0; i < out->n; i++)
        out->headings[i] = str_dup(c->arena, str_trim(out->row.cells[i]));
    return OK;
}

/* Without case, blanks and ASCII punctuation. */
static struct str squeeze(struct str s, char out[MAX_HEADING]) {
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < MAX_HEADING; i++) {
        char ch = s.p[i];
        if (ch >= 'A' && ch <= 'Z')
            ch = (char)(ch + 32);
        if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') ||
            (unsigned char)ch >= 0x80)
            out[n++] = ch;
    }
    return (struct str){out, n};
}

static bool is_called(struct str heading, struct str name,
                      const char *const *others) {
    char text[MAX_HEADING];
    if (name.n > 0)
        return str_eq_nocase(heading, name);
    struct str s = squeeze(heading, text);
    for (; *others != NULL; others++)
        if (str_eqc(s, *others))
            return true;
    return false;
}

/* Every heading, or those that are called so. */
static struct str heading_list(struct ctx *c, const struct datafile *s,
                               const char *const *called) {
    struct buf b;
    buf_init(&b, c->arena, 16 * 1024);
    for (size_t i = 0; i < s->n; i++) {
        if (called != NULL && !is_called(s->headings[i], S(""), called))
            continue;
        buf_cstr(&b, buf_view(&b).n == 0 ? "" : ", ");
        buf_str(&b, str_sub(s->headings[i], 0, MAX_HEADING));
    }
    return buf_view(&b);
}

static enum err no_column(struct ctx *c, const struct datafile *s,
                          struct str name) {
    return failv(c, ERR_INVALID, S(""), "analyze_no_column",
                 ARGS(V(name), V(heading_list(c, s, NULL))));
}

enum err datafile_column(struct ctx *c, const struct datafile *s,
                         struct str name, const char *const *others,
                         bool needed, size_t *out) {
    size_t found = 0;
    struct str shown = name.n > 0 ? name : str_of(others[0]);
    *out = DATAFILE_NONE;
    for (size_t i = 0; i < s->n; i++) {
        if (is_called(s->headings[i], name, others)) {
            *out = i;
            found++;
        }
    }
    if (found > 1 && name.n > 0)
        return failv(c, ERR_INVALID, S(""), "analyze_column_twice",
                     ARGS(V(name)));
    if (found > 1)
        return failv(c, ERR_INVALID, S(""), "analyze_columns",
                     ARGS(V(heading_list(c, s, others))));
    return found == 0 && (needed || name.n > 0) ? no_column(c, s, shown) : OK;
}

enum err datafile_column_exact(struct ctx *c, const struct datafile *s,
                               struct str name, size_t *out) {
    size_t found = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (str_eq(s->headings[i], name)) {
            *out = i;
            found++;
        }
    }
    if (found > 1)
        return failv(c, ERR_INVALID, S(""), "analyze_column_twice",
                     ARGS(V(name)));
    return found == 0 ? no_column(c, s, name) : OK;
}

enum err datafile_customers(struct ctx *c, const struct datafile *s,
                            struct str name, size_t *out) {
    static const char *const ids[] = {"id",       "customerid", "customer",
                                      "客户编号", "客户",       NULL};
    return datafile_column(c, s, name, ids, false, out);
}

enum err datafile_histories(struct ctx *c, const struct datafile *s,
                            struct str id, struct history_columns *out) {
    static const char *const xs[] = {"x", "frequency", NULL};
    static const char *const t_xs[] = {"tx", "recency", NULL};
    static const char *const ms[] = {"m", "zbar", "mx", "monetaryvalue", NULL};
    TRY(datafile_customers(c, s, id, &out->id));
    TRY(datafile_column(c, s, S(""), xs, true, &out->x));
    TRY(datafile_column(c, s, S(""), t_xs, true, &out->t_x));
    return datafile_column(c, s, S(""), ms, false, &out->m);
}

enum err datafile_next(struct ctx *c, struct datafile *s, bool *more) {
    while (s->bad_rows < DATAFILE_MAX_PROBLEMS) {
        TRY(table_next(c, s->table, &s->row, more));
        if (!*more)
            return fail_any(c);
        if (s->row.problem == NULL)
            return OK;
        if (datafile_bad(c, &s->row, s->row.problem) != OK)
            s->bad_rows++;
    }
    return fail(c, ERR_INVALID, "", "analyze_stopped");
}

enum err datafile_rows(struct ctx *c, struct datafile *s,
                       enum err (*take)(struct ctx *c, void *arg), void *arg) {
    for (;;) {
        bool more;
        TRY(datafile_next(c, s, &more));
        if (!more)
            return OK;
        if (take(c, arg) != OK)
            s->bad_rows++;
    }
}

struct str datafile_id(struct ctx *c, const struct datafile *s, size_t at) {
    return at == DATAFILE_NONE ? num_text(c->arena, s->row.line, 0)
                               : str_dup(c->arena, datafile_cell(s, at));
}

struct str datafile_cell(const struct datafile *s, size_t at) {
    return at == DATAFILE_NONE ? S("") : str_trim(s->row.cells[at]);
}

bool datafile_real(struct str text, double *out) {
    char copy[MAX_NUMBER + 1];
    char *end;
    bool digit = false;
    if (text.n == 0 || text.n > MAX_NUMBER)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char ch = text.p[i];
        if (ch == 0 || strchr("0123456789+-.eE", ch) == NULL)
            return false;
        digit = digit || (ch >= '0' && ch <= '9');
        copy[i] = ch;
    }
    copy[text.n] = 0;
    *out = strtod(copy, &end) + 0.0;
    return digit && *end == 0 && isfinite(*out);
}

enum err datafile_number(struct ctx *c, const struct datafile *s, size_t at,
                         double *out) {
    struct str text = datafile_cell(s, at);
    if (datafile_real(text, out))
        return OK;
    return datafile_bad_cell(c, &s->row, s->headings[at], text,
                             text.n == 0 ? "number_empty" : "number_syntax");
}
