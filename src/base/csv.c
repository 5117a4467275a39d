/* CSV reader. Owns one text buffer that slides over the input; a row is split
 * only when all of it is in the buffer, so its cells are slices. When a row is
 * cut off by the buffer's end, twice as much is read and the row is split
 * again: each byte is looked at twice on average. One thread at a time.
 * Invariant: pos <= end <= cap; everything before pos was handed out. */
#include "base/csv.h"

#include <string.h>

#define FIRST_BUFFER (256 * 1024)
#define SAMPLE_LINES 30
#define HEAD 4096 /* a NUL in here: no text at all */

/* A cell of the row at hand, as offsets from its beginning. */
struct span {
    size_t from, to;
    bool doubled; /* holds "" that stand for one quote */
};

struct csv {
    struct charset *in;
    struct table_opts opts;
    char *buf;
    size_t cap, pos, end;
    uint64_t gone; /* text before buf */
    bool eof;
    bool broken; /* bytes behind `end` are not of the encoding */
    char delimiter;
    bool stop[256]; /* bytes that end an unquoted cell */
    int64_t line;   /* of buf[pos] */
    size_t width;   /* cells of the first row, 0 before it */
    struct arena *arena;
    VEC(struct span) spans;
    struct str *cells;
    size_t cap_cells;
};

enum scan { SCAN_ROW, SCAN_MORE, SCAN_TOO_WIDE };

/* Reads until at least `want` bytes lie behind pos, or the end. */
static enum err refill(struct ctx *c, struct csv *r, size_t want) {
    memmove(r->buf, r->buf + r->pos, r->end - r->pos);
    r->end -= r->pos;
    r->gone += r->pos;
    r->pos = 0;
    if (want + 64 > r->cap) {
        r->buf = arena_grow(r->arena, r->buf, r->cap, want + 64);
        r->cap = want + 64;
    }
    while (!r->eof && !r->broken && r->end < want) {
        size_t n;
        TRY(charset_read(c, r->in, r->buf + r->end, r->cap - r->end, &n));
        r->broken = charset_broken(r->in);
        r->eof = n == 0 && !r->broken;
        r->end += n;
    }
    return OK;
}

/* --- the delimiter ------------------------------------------------------ */

/* Occurrences of d outside quotes in the first record of s, which is cut off
 * *s. */
static size_t count_in_record(struct str *s, char d) {
    size_t n = 0, i = 0;
    bool quoted = false;
    for (; i < s->n && (quoted || (s->p[i] != '\n' && s->p[i] != '\r')); i++) {
        if (s->p[i] == '"')
            quoted = !quoted;
        else if (!quoted && s->p[i] == d)
            n++;
    }
    while (i < s->n && (s->p[i] == '\n' || s->p[i] == '\r'))
        i++;
    *s = str_sub(*s, i, s->n);
    return n;
}

/* How well d splits the sample: records with as many as the first. */
static size_t agreement(struct str sample, char d, size_t *first_out) {
    size_t same = 0, first = count_in_record(&sample, d);
    *first_out = first;
    for (int i = 0; first > 0 && i < SAMPLE_LINES && sample.n > 0; i++)
        same += count_in_record(&sample, d) == first;
    return same;
}

static char detect(struct str sample) {
    static const char candidates[] = {',', ';', '\t', '|'};
    char best = ',';
    size_t best_same = 0, best_first = 0;
    for (size_t i = 0; i < COUNT_OF(candidates); i++) {
        size_t first, same = agreement(sample, candidates[i], &first);
        if (first > 0 && (best_first == 0 || same > best_same ||
                          (same == best_same && first > best_first))) {
            best = candidates[i];
            best_same = same;
            best_first = first;
        }
    }
    return best;
}

/* "sep=;" as the first line. */
static bool named_delimiter(struct csv *r, struct str sample, char *out) {
    if (!str_starts(sample, S("sep=")) || sample.n < 6)
        return false;
    size_t n = sample.p[5] == '\r' && sample.n > 6 ? 7 : 6;
    if (sample.p[n - 1] != '\n')
        return false;
    *out = sample.p[4];
    r->pos += n;
    r->line++;
    return true;
}

enum err csv_open(struct ctx *c, struct charset *in,
                  const struct table_opts *opts, struct csv **out) {
    struct csv *r = NEW(c->arena, struct csv);
    r->in = in;
    r->opts = *opts;
    r->arena = c->arena;
    r->line = 1;
    r->cap = FIRST_BUFFER;
    r->buf = arena_alloc(c->arena, r->cap);
    TRY(refill(c, r, 32 * 1024));
    struct str sample = {r->buf, r->end};
    if (memchr(r->buf, 0, r->end < HEAD ? r->end : HEAD) != NULL)
        return fail(c, ERR_MEDIA_TYPE, "file", "file_not_table");
    bool named = named_delimiter(r, sample, &r->delimiter);
    if (opts->delimiter != 0)
        r->delimiter = opts->delimiter;
    else if (!named)
        r->delimiter = detect(sample);
    r->stop[(unsigned char)r->delimiter] = true;
    r->stop['\n'] = r->stop['\r'] = true;
    *out = r;
    return OK;
}

char csv_delimiter(const struct csv *r) {
    return r->delimiter;
}

uint64_t csv_taken(const struct csv *r, size_t *width) {
    *width = r->width;
    return r->gone + r->pos;
}

/* --- rows --------------------------------------------------------------- */

/* One pass over the row at pos. */
struct pass {
    const char *start, *p, *end;
    int64_t newlines; /* met inside quotes */
    bool bad_quotes;
};

/* Behind an opening quote. False when the buffer ends first. */
static bool scan_quoted(struct csv *r, struct pass *s, struct span *cell) {
    cell->from = (size_t)(s->p - s->start);
    for (;;) {
        const char *q = memchr(s->p, '"', (size_t)(s->end - s->p));
        const char *to = q == NULL ? s->end : q;
        for (const char *nl = s->p;
             (nl = memchr(nl, '\n', (size_t)(to - nl))) != NULL; nl++)
            s->newlines++;
        if (q == NULL || (q + 1 == s->end && !r->eof)) {
            s->bad_quotes = true; /* matters at the end of the file only */
            cell->to = (size_t)(s->end - s->start);
            s->p = s->end;
            return r->eof;
        }
        s->p = q + 1;
        if (s->p == s->end || *s->p != '"') {
            cell->to = (size_t)(q - s->start);
            return true;
        }
        cell->doubled = true;
        s->p++;
    }
}

static bool scan_cell(struct csv *r, struct pass *s, struct span *cell) {
    *cell = (struct span){.from = (size_t)(s->p - s->start)};
    bool quoted = s->p < s->end && *s->p == '"';
    if (quoted) {
        s->p++;
        if (!scan_quoted(r, s, cell))
            return false;
    }
    const char *p = s->p;
    while (p < s->end && !r->stop[(unsigned char)*p])
        p++;
    if (quoted && p > s->p)
        s->bad_quotes = true; /* "abc"x */
    if (!quoted)
        cell->to = (size_t)(p - s->start);
    s->p = p;
    return true;
}

/* Splits the row at pos. Sets *len to its length with the line end. */
static enum scan scan_row(struct csv *r, struct pass *s, size_t *len) {
    *s = (struct pass){
        .start = r->buf + r->pos, .p = r->buf + r->pos, .end = r->buf + r->end};
    r->spans.n = 0;
    for (;;) {
        struct span cell;
        if (!scan_cell(r, s, &cell))
            return SCAN_MORE;
        if (r->spans.n >= r->opts.max_cells)
            return SCAN_TOO_WIDE;
        *VEC_PUSH(r->arena, &r->spans) = cell;
        if (s->p == s->end) {
            *len = (size_t)(s->p - s->start);
            return r->eof ? SCAN_ROW : SCAN_MORE;
        }
        char at = *s->p++;
        if (at == r->delimiter)
            continue;
        s->newlines++;
        if (at == '\r' && s->p == s->end && !r->eof)
            return SCAN_MORE;
        if (at == '\r' && s->p < s->end && *s->p == '\n')
            s->p++;
        *len = (size_t)(s->p - s->start);
        return SCAN_ROW;
    }
}

static enum err too_large(struct ctx *c, const struct csv *r, const char *code,
                          size_t max) {
    return failv(c, ERR_TOO_LARGE, S("file"), code,
                 ARGS(V((long long)r->line), V((long long)max)));
}

/* The text ends within this row, but not the file. */
static enum err invalid(struct ctx *c, const struct csv *r) {
    return failv(c, ERR_MALFORMED, S("file"), "encoding_invalid",
                 ARGS(V((long long)r->line), V(charset_name(r->in))));
}

static enum err whole_row(struct ctx *c, struct csv *r, struct pass *s,
                          size_t *len) {
    for (;;) {
        size_t have = r->end - r->pos;
        enum scan got = scan_row(r, s, len);
        if (got == SCAN_TOO_WIDE)
            return too_large(c, r, "row_too_wide", r->opts.max_cells);
        if (got == SCAN_ROW && *len <= r->opts.max_row)
            return OK;
        if (r->broken)
            return invalid(c, r);
        if (have > r->opts.max_row)
            return too_large(c, r, "row_too_long", r->opts.max_row);
        size_t want = have * 2 < FIRST_BUFFER / 2 ? FIRST_BUFFER / 2 : have * 2;
        TRY(refill(c, r, want));
    }
}

/* "" becomes ", in place. */
static size_t undouble(char *p, size_t n) {
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        p[to++] = p[i];
        if (p[i] == '"' && i + 1 < n && p[i + 1] == '"')
            i++;
    }
    return to;
}

static enum err make_cells(struct ctx *c, struct csv *r) {
    if (r->spans.n > r->cap_cells) {
        r->cap_cells = r->spans.cap;
        r->cells = NEW_ARRAY(r->arena, struct str, r->cap_cells);
    }
    for (size_t i = 0; i < r->spans.n; i++) {
        struct span at = r->spans.p[i];
        char *p = r->buf + r->pos + at.from;
        size_t n = at.to - at.from;
        if (n > r->opts.max_cell)
            return too_large(c, r, "cell_too_long", r->opts.max_cell);
        r->cells[i] = (struct str){p, at.doubled ? undouble(p, n) : n};
    }
    return OK;
}

enum err csv_next(struct ctx *c, struct csv *r, struct table_row *row,
                  bool *more) {
    struct pass s;
    size_t len = 0, n;
    do {
        if (r->pos == r->end && !r->eof)
            TRY(refill(c, r, FIRST_BUFFER / 2));
        *more = r->pos < r->end;
        if (!*more)
            return r->broken ? invalid(c, r) : OK;
        TRY(whole_row(c, r, &s, &len));
        TRY(make_cells(c, r));
        n = r->spans.n;
        *row = (struct table_row){.cells = r->cells, .line = r->line};
        r->line += s.newlines;
        r->pos += len;
    } while (n == 1 && len <= 2 && r->cells[0].n == 0);
    while (r->width > 0 && n > r->width && r->cells[n - 1].n == 0)
        n--;
    if (r->width == 0)
        r->width = n;
    row->n = n;
    if (n != r->width)
        row->problem = "row_ragged";
    if (s.bad_quotes)
        row->problem = "row_quotes";
    if (memchr(s.start, 0, len) != NULL)
        row->problem = "row_nul";
    return OK;
}
