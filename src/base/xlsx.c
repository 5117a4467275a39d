/* Rows of a sheet. Owns the archive and one row at a time: expat is suspended
 * at each </row>, and goes on when the next row is asked for. One thread at a
 * time. Invariant: the row's cells are slices of shared strings, of `text` or
 * of `row_arena`, all valid until the next row. */
#include "base/xlsx.h"

#include "base/buf.h"
#include "base/xlsx_book.h"
#include "base/xlsx_part.h"
#include "base/xlsx_value.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_ENTRIES 10000
#define END_SEARCHED (64 * 1024 + 42) /* the longest comment, both ends */
#define MAX_LINE (INT64_C(1) << 40)

enum kind { NUMBER, SHARED, TEXT, BOOL };

struct xlsx {
    struct zip_archive archive;
    struct xlsx_book book;
    struct xlsx_part part;
    struct table_opts opts;
    struct arena *arena, *row_arena;
    struct str *cells; /* opts.max_cells */
    size_t n, width;
    int64_t line, next_line;
    bool row_done, too_wide;
    /* the cell at hand */
    size_t column;
    enum kind kind;
    bool date;
    int in_value, in_phonetic;
    struct buf text;
    size_t row_bytes, seen; /* of the row so far: text, cells */
};

/* "BC12" → 54; SIZE_MAX when there is no such column. */
static size_t column_of(const char *ref) {
    size_t v = 0, i = 0;
    for (; i < 4 && ref[i] >= 'A' && ref[i] <= 'Z'; i++)
        v = v * 26 + (size_t)(ref[i] - 'A') + 1;
    return v == 0 || i == 4 ? SIZE_MAX : v - 1;
}

static enum kind kind_of(const char *t) {
    if (t == NULL || strcmp(t, "n") == 0)
        return NUMBER;
    if (strcmp(t, "s") == 0)
        return SHARED;
    return strcmp(t, "b") == 0 ? BOOL : TEXT;
}

static void start_row(struct xlsx *x, const char **atts) {
    const char *r = xlsx_att(atts, "r");
    int64_t line = r == NULL ? 0 : strtoll(r, NULL, 10);
    bool sane = line >= x->next_line && line < MAX_LINE;
    x->line = sane ? line : x->next_line;
    x->next_line = x->line + 1;
    x->n = 0;
    x->column = 0;
    x->row_bytes = 0;
    x->seen = 0;
    x->too_wide = false;
    x->text = (struct buf){0};
    arena_reset(x->row_arena);
}

static void start_cell(struct xlsx *x, const char **atts) {
    const char *r = xlsx_att(atts, "r"), *s = xlsx_att(atts, "s");
    size_t at = r == NULL ? x->column : column_of(r);
    size_t style = s == NULL ? 0 : (size_t)strtoul(s, NULL, 10);
    x->column = at;
    x->kind = kind_of(xlsx_att(atts, "t"));
    x->date = style < x->book.n_dates && x->book.dates[style];
    x->in_value = x->in_phonetic = 0;
    /* Counted as well, so that one address written a million times over does
     * not take a million buffers. */
    if (at >= x->opts.max_cells || ++x->seen > x->opts.max_cells) {
        x->too_wide = true;
        x->column = x->opts.max_cells;
        x->text = (struct buf){0};
        return;
    }
    buf_init(&x->text, x->row_arena, x->opts.max_cell);
}

static void on_start(void *user, const char *name, const char **atts) {
    struct xlsx *x = user;
    if (strcmp(name, "row") == 0)
        start_row(x, atts);
    else if (strcmp(name, "c") == 0)
        start_cell(x, atts);
    else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
        x->in_value++;
    else if (strcmp(name, "rPh") == 0)
        x->in_phonetic++;
}

static void on_text(void *user, const char *s, int n) {
    struct xlsx *x = user;
    if (x->in_value > 0 && x->in_phonetic == 0 &&
        x->row_bytes <= x->opts.max_row) {
        x->row_bytes += (size_t)n;
        buf_str(&x->text, (struct str){s, (size_t)n});
    }
}

static struct str cell_value(struct xlsx *x) {
    struct str raw = buf_view(&x->text);
    switch (x->kind) {
    case SHARED: {
        char text[24] = {0};
        if (raw.n == 0 || raw.n >= sizeof text)
            return S("");
        memcpy(text, raw.p, raw.n);
        size_t i = (size_t)strtoul(text, NULL, 10);
        return i < x->book.n_shared ? x->book.shared[i] : S("");
    }
    case BOOL:
        return str_eqc(raw, "1") ? S("TRUE") : S("FALSE");
    case NUMBER:
        return x->date ? xlsx_date(x->row_arena, raw, x->book.since_1904)
                       : xlsx_number(x->row_arena, raw);
    case TEXT:
        break;
    }
    return raw;
}

static void end_cell(struct xlsx *x) {
    if (x->column >= x->opts.max_cells)
        return;
    while (x->n <= x->column)
        x->cells[x->n++] = S("");
    if (buf_ok(&x->text))
        x->cells[x->column] = cell_value(x);
    else
        x->row_bytes = SIZE_MAX; /* reported with the row */
    x->column++;
}

static void on_end(void *user, const char *name) {
    struct xlsx *x = user;
    if (strcmp(name, "row") == 0) {
        x->row_done = true;
        XML_StopParser(x->part.parser, XML_TRUE);
    } else if (strcmp(name, "c") == 0) {
        end_cell(x);
    } else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        x->in_value--;
    } else if (strcmp(name, "rPh") == 0) {
        x->in_phonetic--;
    }
}

static const struct xlsx_handlers sheet_handlers = {on_start, on_end, on_text};

static void release(void *arg) {
    struct xlsx *x = arg;
    if (x->archive.zip != NULL)
        x->archive.discard(x->archive.zip);
    arena_free(x->row_arena);
}

static uint64_t little(const unsigned char *p, int n) {
    uint64_t v = 0;
    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

/* How many entries the archive says it has, told by its last bytes, before a
 * library makes room for each of them. What pretends several ends counts by its
 * largest. */
static uint64_t claimed_entries(int fd) {
    unsigned char tail[END_SEARCHED];
    off_t size = lseek(fd, 0, SEEK_END);
    off_t from = size > (off_t)sizeof tail ? size - (off_t)sizeof tail : 0;
    ssize_t n = pread(fd, tail, sizeof tail, from);
    uint64_t most = 0;
    for (ssize_t i = 0; i + 20 <= n; i++) {
        const unsigned char *p = tail + i;
        unsigned char wide[56];
        uint64_t count = 0;
        if (memcmp(p, "PK\5\6", 4) == 0)
            count = little(p + 10, 2) == 0xFFFF ? 0 : little(p + 10, 2);
        else if (memcmp(p, "PK\6\7", 4) == 0 &&
                 pread(fd, wide, sizeof wide, (off_t)little(p + 8, 8)) ==
                     (ssize_t)sizeof wide)
            count = little(wide + 32, 8);
        if (count > most)
            most = count;
    }
    return most;
}

static enum err open_zip(struct ctx *c, int fd, struct xlsx *x) {
    if (!zip_library_open(&x->archive))
        return failv(c, ERR_UNAVAILABLE, S("file"), "library_missing",
                     ARGS(V("libzip4")));
    int code, own = dup(fd);
    if (own < 0 || lseek(own, 0, SEEK_SET) != 0) {
        if (own >= 0)
            close(own);
        return fail(c, ERR_INVALID, "file", "xlsx_pipe");
    }
    if (claimed_entries(own) > MAX_ENTRIES) {
        close(own);
        return failv(c, ERR_TOO_LARGE, S("file"), "xlsx_bomb",
                     ARGS(V("entries")));
    }
    if (lseek(own, 0, SEEK_SET) != 0) {
        close(own);
        return fail(c, ERR_IO, "file", "file_read");
    }
    x->archive.zip = x->archive.open(own, 0, &code);
    if (x->archive.zip == NULL)
        close(own);
    if (x->archive.zip == NULL)
        return failv(c, ERR_MALFORMED, S("file"), "xlsx_broken",
                     ARGS(V("zip")));
    return OK;
}

enum err xlsx_open(struct ctx *c, int fd, const struct table_opts *opts,
                   struct xlsx **out) {
    struct xlsx *x = NEW(c->arena, struct xlsx);
    bool found;
    x->arena = c->arena;
    x->row_arena = arena_new();
    arena_defer(c->arena, release, x);
    x->opts = *opts;
    x->next_line = 1;
    x->cells = NEW_ARRAY(c->arena, struct str, opts->max_cells);
    TRY(open_zip(c, fd, x));
    TRY(xlsx_book_read(c, &x->archive, opts, &x->book));
    TRY(xlsx_part_open(c, &x->archive, x->book.sheet_path, opts->max_bytes,
                       &x->part, &found));
    if (!found)
        return failv(c, ERR_MALFORMED, S("file"), "xlsx_broken",
                     ARGS(V(x->book.sheet_path)));
    xlsx_part_handlers(&x->part, &sheet_handlers, x);
    *out = x;
    return OK;
}

struct str xlsx_sheet(const struct xlsx *x) {
    return x->book.sheet;
}

void xlsx_progress(const struct xlsx *x, uint64_t *done, uint64_t *total) {
    *done = x->part.done;
    *total = x->part.total;
}

static enum err check_row(struct ctx *c, const struct xlsx *x) {
    if (x->too_wide)
        return failv(
            c, ERR_TOO_LARGE, S("file"), "row_too_wide",
            ARGS(V((long long)x->line), V((long long)x->opts.max_cells)));
    if (x->row_bytes > x->opts.max_row)
        return failv(
            c, ERR_TOO_LARGE, S("file"), "row_too_long",
            ARGS(V((long long)x->line), V((long long)x->opts.max_row)));
    return OK;
}

enum err xlsx_next(struct ctx *c, struct xlsx *x, struct table_row *row,
                   bool *more) {
    *more = false;
    do {
        x->row_done = false;
        if (x->part.finished && !x->part.suspended)
            return OK;
        TRY(xlsx_part_run(c, &x->part));
        if (!x->row_done)
            return OK;
        TRY(check_row(c, x));
        while (x->n > 0 && x->cells[x->n - 1].n == 0)
            x->n--;
    } while (x->n == 0);
    if (x->width == 0)
        x->width = x->n;
    while (x->n < x->width)
        x->cells[x->n++] = S("");
    *row = (struct table_row){
        .cells = x->cells,
        .n = x->n,
        .line = x->line,
        .problem = x->n == x->width ? NULL : "row_ragged",
    };
    *more = true;
    return OK;
}
