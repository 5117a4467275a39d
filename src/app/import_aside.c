/* Rows set aside: kept as CSV while a chunk is decoded, in the order of the
 * file. Owns nothing; any thread. */
#include "app/import_work.h"

#include "base/csv_write.h"
#include "base/message.h"

#include <stdlib.h>

#define ASIDE_MAX ((size_t)32 * 1024 * 1024)

void import_aside_begin(struct ctx *c, struct import_work *w) {
    buf_init(&w->aside, c->arena, ASIDE_MAX);
    w->pieces.p = NULL;
    w->pieces.n = w->pieces.cap = 0;
}

static int by_line(const void *a, const void *b) {
    const struct aside_piece *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* What is found wrong with a row late comes late: its place is by its line. */
enum err import_aside_end(struct ctx *c, struct import_work *w) {
    struct buf sorted;
    if (!buf_ok(&w->aside))
        return fail(c, ERR_TOO_LARGE, "", "row_too_long");
    if (w->pieces.n < 2)
        return OK;
    qsort(w->pieces.p, w->pieces.n, sizeof *w->pieces.p, by_line);
    buf_init(&sorted, c->arena, ASIDE_MAX);
    struct str all = buf_view(&w->aside);
    for (size_t i = 0; i < w->pieces.n; i++) {
        const struct aside_piece *p = &w->pieces.p[i];
        buf_str(&sorted, str_sub(all, p->at, p->at + p->n));
    }
    w->aside = sorted;
    return OK;
}

/* The imports that had this row and could not use it, the first one first: a
 * row of an errors file names those before. */
static struct str imports_of(struct ctx *c, const struct import_work *w,
                             const struct import_row *r) {
    size_t own = columns_own(&w->im->columns);
    struct str id = str_fmt(c->arena, "%lld", (long long)w->im->id);
    if (own == w->im->columns.n || r->cells[own].n == 0)
        return id;
    return str_cat(c->arena, str_cat(c->arena, r->cells[own], S(" ")), id);
}

void import_aside(struct ctx *c, struct import_work *w,
                  const struct import_row *r, size_t column,
                  struct aside_reason reason) {
    struct csv_writer csv;
    const struct columns *cols = &w->im->columns;
    struct aside_piece *p = VEC_PUSH(c->arena, &w->pieces);
    *p = (struct aside_piece){.line = r->line, .at = w->aside.n};
    csv_init(&csv, &w->aside);
    for (size_t i = 0; i < columns_own(cols); i++)
        csv_cell(&csv, r->cells[i]);
    csv_cell_raw(&csv, imports_of(c, w, r));
    csv_cell_raw(&csv, reason.code);
    csv_cell_raw(&csv, str_fmt(c->arena, "%lld", (long long)r->line));
    csv_cell(&csv, column < cols->n ? cols->p[column].header : S(""));
    csv_cell(&csv, reason.text);
    csv_row_end(&csv);
    p->n = w->aside.n - p->at;
}

void import_wrong(struct ctx *c, struct import_work *w,
                  const struct import_row *r, size_t column,
                  struct aside_reason reason) {
    w->chunk.n[COUNT_ERROR]++;
    import_aside(c, w, r, column, reason);
}

void import_error(struct ctx *c, struct import_work *w,
                  const struct import_row *r, size_t column, const char *code,
                  struct args args) {
    import_wrong(c, w, r, column,
                 (struct aside_reason){str_of(code),
                                       message_text(c, c->lang, code, args)});
}

/* The column that gives a field of the record, or SIZE_MAX. */
static size_t column_of(const struct import_work *w, struct str field) {
    for (size_t i = 0; i < w->im->columns.n; i++) {
        const struct target *t = w->im->columns.p[i].target;
        if (t != NULL && str_eq(t->field->name, field))
            return i;
    }
    return SIZE_MAX;
}

static struct aside_reason first_problem(struct ctx *c) {
    struct buf b;
    buf_init(&b, c->arena, 64 * 1024);
    if (c->problems.n == 0)
        return (struct aside_reason){.text = S("")};
    message_problem(&b, c->lang, &c->problems.p[0]);
    return (struct aside_reason){c->problems.p[0].code, buf_view(&b)};
}

bool import_reason(struct ctx *c, enum err e, struct aside_reason *reason) {
    if ((e != ERR_INVALID && e != ERR_MALFORMED) || c->problems.n == 0)
        return false;
    *reason = first_problem(c);
    fail_clear(c);
    return true;
}

bool import_row_failed(struct ctx *c, struct import_work *w,
                       const struct import_row *r, size_t column, enum err e) {
    struct aside_reason reason;
    if (column == SIZE_MAX && c->problems.n > 0)
        column = column_of(w, c->problems.p[0].field);
    if (!import_reason(c, e, &reason))
        return false;
    import_wrong(c, w, r, column, reason);
    return true;
}

void import_aside_head(const struct ctx *c, const struct import_work *w,
                       struct buf *b) {
    static const char *const said[] = {
        "import_errors_line", "import_errors_column", "import_errors_reason"};
    struct csv_writer csv;
    csv_init(&csv, b);
    csv_bom(&csv);
    for (size_t i = 0; i < columns_own(&w->im->columns); i++)
        csv_cell(&csv, w->im->columns.p[i].header);
    csv_cell(&csv, S(ERRORS_IMPORT));
    csv_cell(&csv, S(ERRORS_CODE));
    for (size_t i = 0; i < COUNT_OF(said); i++)
        csv_cell(&csv, message_find(str_of(said[i]))->text[c->lang]);
    csv_row_end(&csv);
}

void import_refused(struct ctx *c, struct import_work *w,
                    const struct import_row *r) {
    import_wrong(c, w, r, SIZE_MAX, first_problem(c));
    fail_clear(c);
}
