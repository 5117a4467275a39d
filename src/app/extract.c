/* Three ways to write rows. Owns: the workbook (a library object) until
 * extract_end or the end of its arena, and a temporary path for it. Threads:
 * one at a time. Memory: a buffer, whatever the number of rows. */
#include "app/extract.h"

#include "app/workbook.h"
#include "base/csv_write.h"
#include "base/io.h"
#include "base/json.h"
#include "model/value.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define FLUSH_BYTES ((size_t)64 * 1024)
#define BUFFER_MAX ((size_t)16 * 1024 * 1024)
#define EXCEL_EPOCH 25569 /* day number of 1970-01-01 */
#define EXCEL_ROWS 1048576
#define EXCEL_CHARS 32767
#define AMOUNT_DIGITS 3 /* the most a currency has */
#define WIDTH_MIN 8     /* of a column, in characters */
#define WIDTH_MAX 50
#define WIDTH_MARGIN 2
#define WIDTH_SUM 4
#define DOUBLE_EXACT 999999999999999 /* 15 digits: what a sheet keeps */

struct extract {
    enum extract_format format;
    int fd;
    struct arena *arena;
    struct buf out;
    struct csv_writer csv;
    struct jw json;
    struct workbook_library lib;
    lxw_workbook *book;
    lxw_worksheet *page;
    lxw_format *date, *bold, *amount[AMOUNT_DIGITS + 1];
    VEC(int) widths; /* of the columns, in characters */
    char *path;      /* of the workbook while it is written */
    int64_t row;
    uint16_t column;
};

static const struct {
    const char *name, *type;
} formats[] = {
    [EXTRACT_CSV] = {"csv", "text/csv; charset=utf-8"},
    [EXTRACT_XLSX] = {"xlsx", "application/vnd.openxmlformats-officedocument."
                              "spreadsheetml.sheet"},
    [EXTRACT_JSON] = {"json", "application/json"},
};

bool extract_parse(struct str name, enum extract_format *out) {
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        if (!str_eqc(name, formats[i].name))
            continue;
        *out = (enum extract_format)i;
        return true;
    }
    return false;
}

const char *extract_name(enum extract_format f) {
    return formats[f].name;
}

const char *extract_media_type(enum extract_format f) {
    return formats[f].type;
}

/* --- opening ------------------------------------------------------------- */

static const char *folder(void) {
    const char *dir = getenv("TMPDIR");
    return dir == NULL || dir[0] == '\0' ? "/tmp" : dir;
}

static void drop_book(void *arg) {
    struct extract *s = arg;
    if (s->book != NULL)
        s->lib.discard(s->book);
    s->book = NULL;
    if (s->path != NULL)
        unlink(s->path);
    s->path = NULL;
}

static enum err open_book(struct ctx *c, struct extract *s) {
    if (!workbook_library_open(&s->lib))
        return failv(c, ERR_UNAVAILABLE, S(""), "library_missing",
                     ARGS(V("libxlsxwriter4")));
    struct str name = str_fmt(c->arena, "%s/guanxi-XXXXXX", folder());
    char *path = arena_alloc(c->arena, name.n + 1);
    memcpy(path, name.p, name.n);
    int fd = mkstemp(path);
    if (fd < 0)
        return fail(c, ERR_IO, "", "file_write");
    close(fd);
    s->path = path;
    arena_defer(c->arena, drop_book, s);
    lxw_workbook_options o = {.constant_memory = LXW_TRUE,
                              .tmpdir = (char *)(uintptr_t)folder(),
                              .use_zip64 = LXW_TRUE};
    s->book = s->lib.create(path, &o);
    s->page = s->book == NULL ? NULL : s->lib.add_page(s->book, NULL);
    if (s->page == NULL)
        return fail(c, ERR_IO, "", "file_write");
    s->date = s->lib.add_format(s->book);
    s->lib.set_number_format(s->date, "yyyy-mm-dd");
    s->bold = s->lib.add_format(s->book);
    s->lib.set_bold(s->bold);
    for (int k = 0; k <= AMOUNT_DIGITS; k++) {
        static const char *const shapes[] = {"#,##0", "#,##0.0", "#,##0.00",
                                             "#,##0.000"};
        s->amount[k] = s->lib.add_format(s->book);
        s->lib.set_number_format(s->amount[k], shapes[k]);
    }
    s->lib.freeze(s->page, 1, 0);
    return OK;
}

enum err extract_new(struct ctx *c, int fd, enum extract_format f,
                     struct extract **out) {
    struct extract *s = NEW(c->arena, struct extract);
    s->format = f;
    s->fd = fd;
    s->arena = c->arena;
    buf_init(&s->out, c->arena, BUFFER_MAX);
    csv_init(&s->csv, &s->out);
    jw_init(&s->json, &s->out);
    *out = s;
    if (f == EXTRACT_XLSX)
        return open_book(c, s);
    if (f == EXTRACT_CSV)
        csv_bom(&s->csv);
    else
        jw_array(&s->json);
    return OK;
}

/* --- cells --------------------------------------------------------------- */

static void book_text(struct extract *s, struct str text, lxw_format *format) {
    if (text.n == 0)
        return;
    struct arena *a = arena_new();
    struct str cut =
        text.n > EXCEL_CHARS ? str_sub(text, 0, EXCEL_CHARS) : text;
    while (cut.n > 0 && cut.n < text.n &&
           ((unsigned char)text.p[cut.n] & 0xC0) == 0x80)
        cut.n--;
    s->lib.write_string(s->page, (lxw_row_t)s->row, s->column, str_cstr(a, cut),
                        format);
    arena_free(a);
}

/* As many digits as the currency has; prices and exact sums show two. */
static lxw_format *amount_format(const struct extract *s, const struct field *f,
                                 struct str shown) {
    size_t point = str_find(shown, S("."));
    size_t digits = point == SIZE_MAX ? 0 : shown.n - point - 1;
    if (f->type == FT_DECIMAL && f->scale == 6)
        return s->amount[2];
    if (f->type != FT_MONEY)
        return NULL;
    return s->amount[digits > AMOUNT_DIGITS ? AMOUNT_DIGITS : digits];
}

/* Chinese takes two places; a sum has its commas and digits besides. */
static void widen(struct extract *s, struct str shown, bool sum) {
    int width = WIDTH_MARGIN + (sum ? WIDTH_SUM : 0);
    for (size_t i = 0; i < shown.n && width < WIDTH_MAX; i++) {
        unsigned char b = (unsigned char)shown.p[i];
        if (b == '\n')
            break;
        width += b < 0x80 ? 1 : b >= 0xE0 ? 2 : b >= 0xC0 ? 1 : 0;
    }
    while (s->widths.n <= s->column)
        *VEC_PUSH(s->arena, &s->widths) = WIDTH_MIN;
    if (width > s->widths.p[s->column])
        s->widths.p[s->column] = width;
}

/* Numbers a sheet keeps exactly are numbers, days are dates, all else text. */
static void book_cell(struct extract *s, const struct field *f, struct val v,
                      struct str shown) {
    bool number =
        f->type == FT_INT || f->type == FT_DECIMAL || f->type == FT_MONEY;
    lxw_row_t row = (lxw_row_t)s->row;
    widen(s, shown, f->type == FT_MONEY || f->type == FT_DECIMAL);
    if (v.type == VAL_I64 && number && v.i <= DOUBLE_EXACT &&
        v.i >= -DOUBLE_EXACT)
        s->lib.write_number(s->page, row, s->column, strtod(shown.p, NULL),
                            amount_format(s, f, shown));
    else if (v.type == VAL_I64 && f->type == FT_DATE)
        s->lib.write_number(s->page, row, s->column,
                            (double)(v.i + EXCEL_EPOCH), s->date);
    else
        book_text(s, shown, NULL);
}

static void csv_value(struct extract *s, const struct field *f, struct val v,
                      struct str shown) {
    bool ours = v.type == VAL_I64 && f->type != FT_REF;
    if (ours)
        csv_cell_raw(&s->csv, shown);
    else
        csv_cell(&s->csv, shown);
}

void extract_head(struct extract *s, const struct field *f, struct str label) {
    if (s->format == EXTRACT_CSV)
        csv_cell(&s->csv, label);
    else if (s->format == EXTRACT_XLSX) {
        widen(s, label, false);
        book_text(s, label, s->bold);
    }
    s->column++;
}

void extract_cell(struct ctx *c, struct extract *s, const struct field *f,
                  struct val v, struct str shown) {
    switch (s->format) {
    case EXTRACT_CSV:
        csv_value(s, f, v, shown);
        break;
    case EXTRACT_XLSX: {
        /* strtod needs an end */
        struct str text = str_dup(c->arena, shown);
        book_cell(s, f, v, (struct str){str_cstr(c->arena, text), text.n});
        break;
    }
    case EXTRACT_JSON:
        if (s->column == 0)
            jw_object(&s->json);
        jw_key(&s->json, f->name);
        value_to_json(c, &s->json, f, v);
        break;
    }
    s->column++;
}

/* --- rows ---------------------------------------------------------------- */

static enum err flush(struct ctx *c, struct extract *s) {
    struct str rest = buf_view(&s->out);
    if (!buf_ok(&s->out))
        return fail(c, ERR_TOO_LARGE, "", "row_too_long");
    while (rest.n > 0) {
        ssize_t n = io_write(s->fd, rest.p, rest.n);
        if (n < 0)
            return fail(c, errno == ENOSPC ? ERR_FULL : ERR_IO, "",
                        errno == ENOSPC ? "storage_full" : "file_write");
        rest = str_sub(rest, (size_t)n, rest.n);
    }
    buf_clear(&s->out);
    return OK;
}

enum err extract_row_end(struct ctx *c, struct extract *s) {
    bool head = s->row == 0;
    if (s->format == EXTRACT_CSV)
        csv_row_end(&s->csv);
    else if (s->format == EXTRACT_JSON && !head)
        jw_object_end(&s->json);
    s->column = 0;
    s->row++;
    if (s->format == EXTRACT_XLSX && s->row >= EXCEL_ROWS)
        return failv(c, ERR_INVALID, S("format"), "export_too_long",
                     ARGS(V(EXCEL_ROWS - 1)));
    return s->out.n >= FLUSH_BYTES ? flush(c, s) : OK;
}

static enum err copy_book(struct ctx *c, struct extract *s) {
    FILE *in = fopen(s->path, "rb");
    enum err e = OK;
    if (in == NULL)
        return fail(c, ERR_IO, "", "file_read");
    for (;;) {
        char *p = buf_room(&s->out, FLUSH_BYTES);
        size_t n = p == NULL ? 0 : fread(p, 1, FLUSH_BYTES, in);
        buf_added(&s->out, n);
        if (n > 0)
            e = flush(c, s);
        if (e != OK || n < FLUSH_BYTES)
            break;
    }
    if (e == OK && ferror(in))
        e = fail(c, ERR_IO, "", "file_read");
    fclose(in);
    return e;
}

enum err extract_end(struct ctx *c, struct extract *s) {
    if (s->format == EXTRACT_JSON) {
        jw_array_end(&s->json);
        buf_byte(&s->out, '\n');
    }
    if (s->format != EXTRACT_XLSX)
        return flush(c, s);
    for (size_t k = 0; k < s->widths.n; k++)
        s->lib.set_column(s->page, (lxw_col_t)k, (lxw_col_t)k, s->widths.p[k],
                          NULL);
    lxw_workbook *book = s->book;
    s->book = NULL; /* closing frees it, whatever comes of it */
    if (s->lib.close(book) != LXW_NO_ERROR)
        return fail(c, ERR_IO, "", "file_write");
    enum err e = copy_book(c, s);
    drop_book(s);
    return e;
}
