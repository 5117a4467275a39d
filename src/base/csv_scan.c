/* Scans CSV by blocks of 64 bytes: one pass marks the bytes that can end a cell
 * or begin a quoted one, the rest is never looked at one by one. Owns a buffer
 * that slides over the text; a row is handed out when all of it is in there.
 * One thread a scanner. Invariants: [checked, pos) has been handed out and not
 * yet been checked for UTF-8; BLOCK bytes behind `end` may be read. */
#include "base/csv_scan.h"

#include "base/arena.h"
#include "base/utf8.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#define BLOCK 64
_Static_assert(BLOCK >= CSV_SCAN_BEHIND, "all of a last cell can be read");
#define BUFFER (256 * 1024)
#define LOOK (64 * 1024) /* for a line end, where text is split */
#define LAST_CONTROL '\r'

typedef uint64_t marks_fn(const char *p, char delimiter, bool *high);

struct csv_scan {
    struct csv_text text;
    marks_fn *marks_of;
    uint64_t wanted, at; /* next byte to read */
    char *buf, *end;
    char *checked, *pos; /* pos: beginning of the next row */
    bool high;           /* bytes above 0x7F are in the buffer */
    /* Marked bytes of the block at `block` that are still to come. */
    const char *block;
    uint64_t marks;
    struct str cells[CSV_SCAN_WIDTH];
};

enum step { STEP_ROW, STEP_BLANK, STEP_MORE, STEP_DECLINED };

/* --- marks ---------------------------------------------------------------- */

/* A bit for each of 64 bytes that is the delimiter, a quote or a control
 * character up to CR. */
#ifdef __SSE2__
static uint64_t marks_of(const char *p, char delimiter, bool *high) {
    const __m128i d = _mm_set1_epi8(delimiter), q = _mm_set1_epi8('"');
    const __m128i control = _mm_set1_epi8(LAST_CONTROL);
    uint64_t marks = 0;
    __m128i all = _mm_setzero_si128();
    for (int k = 0; k < BLOCK / 16; k++) {
        __m128i v = _mm_loadu_si128((const void *)(p + 16 * k));
        __m128i hit = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(v, d), _mm_cmpeq_epi8(v, q)),
            _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
        marks |= (uint64_t)(unsigned)_mm_movemask_epi8(hit) << (16 * k);
        all = _mm_or_si128(all, v);
    }
    *high |= _mm_movemask_epi8(all) != 0;
    return marks;
}

__attribute__((target("avx2"))) static uint64_t
marks_of_wide(const char *p, char delimiter, bool *high) {
    const __m256i d = _mm256_set1_epi8(delimiter), q = _mm256_set1_epi8('"');
    const __m256i control = _mm256_set1_epi8(LAST_CONTROL);
    uint64_t marks = 0;
    __m256i all = _mm256_setzero_si256();
    for (int k = 0; k < BLOCK / 32; k++) {
        __m256i v = _mm256_loadu_si256((const void *)(p + 32 * k));
        __m256i hit = _mm256_or_si256(
            _mm256_or_si256(_mm256_cmpeq_epi8(v, d), _mm256_cmpeq_epi8(v, q)),
            _mm256_cmpeq_epi8(_mm256_min_epu8(v, control), v));
        marks |= (uint64_t)(unsigned)_mm256_movemask_epi8(hit) << (32 * k);
        all = _mm256_or_si256(all, v);
    }
    *high |= _mm256_movemask_epi8(all) != 0;
    return marks;
}

static marks_fn *best_marks(void) {
    return __builtin_cpu_supports("avx2") ? marks_of_wide : marks_of;
}
#else
static uint64_t marks_of(const char *p, char delimiter, bool *high) {
    uint64_t marks = 0;
    for (int k = 0; k < BLOCK; k++) {
        unsigned char b = (unsigned char)p[k];
        bool hit = p[k] == delimiter || b == '"' || b <= LAST_CONTROL;
        marks |= (uint64_t)hit << k;
        *high |= b >= 0x80;
    }
    return marks;
}

static marks_fn *best_marks(void) {
    return marks_of;
}
#endif

/* Marks from p on. */
static void look_at(struct csv_scan *s, const char *p) {
    s->block = p;
    s->marks = s->marks_of(p, s->text.delimiter, &s->high);
}

/* --- the buffer ----------------------------------------------------------- */

struct csv_scan *csv_scan_new(struct arena *a, const struct csv_text *t,
                              uint64_t wanted) {
    unsigned char d = (unsigned char)t->delimiter;
    if (t->width == 0 || t->width > CSV_SCAN_WIDTH || d >= 0x80 || d == '"' ||
        d == '\n' || d == '\r' || d == 0)
        return NULL;
    struct csv_scan *s = NEW(a, struct csv_scan);
    s->text = *t;
    s->wanted = wanted;
    s->marks_of = best_marks();
    s->at = t->from;
    s->buf = arena_alloc(a, BUFFER + BLOCK);
    s->end = s->checked = s->pos = s->buf;
    look_at(s, s->buf);
    return s;
}

static bool is_checked(struct csv_scan *s) {
    struct str done = {s->checked, (size_t)(s->pos - s->checked)};
    s->checked = s->pos;
    return !s->high || utf8_valid(done);
}

static bool at_end(const struct csv_scan *s) {
    return s->at == s->text.to;
}

/* Moves what is left to the front and reads behind it. False: nothing could be
 * read, though there is more. */
static bool refill(struct csv_scan *s) {
    size_t left = (size_t)(s->end - s->pos);
    if (left == BUFFER || !is_checked(s))
        return false;
    memmove(s->buf, s->pos, left);
    s->checked = s->pos = s->buf;
    s->end = s->buf + left;
    while (s->end < s->buf + BUFFER && !at_end(s)) {
        uint64_t want = s->text.to - s->at;
        size_t room = (size_t)(s->buf + BUFFER - s->end);
        ssize_t n =
            pread(s->text.fd, s->end, want < room ? want : room, (off_t)s->at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s->end += n;
        s->at += (uint64_t)n;
    }
    memset(s->end, 0, BLOCK);
    s->high = false;
    look_at(s, s->pos);
    return true;
}

/* --- rows ----------------------------------------------------------------- */

/* The next marked byte; s->end when there is none. */
static const char *next_mark(struct csv_scan *s) {
    while (s->marks == 0) {
        if (s->block + BLOCK >= s->end)
            return s->end;
        look_at(s, s->block + BLOCK);
    }
    const char *at = s->block + __builtin_ctzll(s->marks);
    s->marks &= s->marks - 1;
    return at < s->end ? at : s->end;
}

/* What is jumped over counts as looked at. */
static void jump(struct csv_scan *s, const char *to) {
    unsigned char all = 0;
    for (const char *p = s->block + BLOCK; p < to; p++)
        all |= (unsigned char)*p;
    s->high |= all >= 0x80;
    look_at(s, to);
}

/* The cell behind the opening quote at p; goes on behind the closing one. */
static enum step quoted(struct csv_scan *s, const char *p, size_t column,
                        struct str *cell) {
    const char *from = p + 1, *q = from;
    for (;; q += 2) {
        q = memchr(q, '"', (size_t)(s->end - q));
        if (q == NULL || (q + 1 == s->end && !at_end(s)))
            return STEP_MORE;
        if (q + 1 == s->end || q[1] != '"')
            break;
        if (s->wanted >> column & 1)
            return STEP_DECLINED; /* "" stands for one quote */
    }
    *cell = (struct str){from, (size_t)(q - from)};
    if (memchr(from, 0, cell->n) != NULL)
        return STEP_DECLINED;
    jump(s, q + 1);
    if (q + 1 == s->end)
        return STEP_ROW;
    return q[1] == s->text.delimiter || q[1] == '\n' || q[1] == '\r'
               ? STEP_ROW
               : STEP_DECLINED;
}

/* The row that ends behind its last cell at `at`, a line end or the end of the
 * text. */
static enum step end_of_row(struct csv_scan *s, const char *at, size_t n,
                            bool blank) {
    if (at < s->end && *at == '\r') {
        if (at + 1 == s->end)
            return at_end(s) ? STEP_DECLINED : STEP_MORE;
        if (*++at != '\n')
            return STEP_DECLINED;
        if (next_mark(s) != at)
            return STEP_DECLINED;
    }
    if (n != s->text.width && !blank)
        return STEP_DECLINED;
    s->pos = s->buf + (at - s->buf) + (at < s->end);
    return blank ? STEP_BLANK : STEP_ROW;
}

static enum step scan_row(struct csv_scan *s) {
    const char *from = s->pos;
    size_t n = 0;
    bool in_quotes = false; /* the cell at hand was a quoted one */
    for (;;) {
        const char *at = next_mark(s);
        if (at == s->end && !at_end(s))
            return STEP_MORE;
        char ch = at == s->end ? '\n' : *at;
        if (ch == '"') {
            if (at != from || in_quotes)
                continue; /* within a cell it is a character like others */
            enum step got = quoted(s, at, n, &s->cells[n]);
            if (got != STEP_ROW)
                return got;
            in_quotes = true;
            continue;
        }
        bool ends = ch == '\n' || ch == '\r';
        if (!ends && ch != s->text.delimiter) {
            if (ch == 0)
                return STEP_DECLINED;
            continue;
        }
        if (!in_quotes)
            s->cells[n] = (struct str){from, (size_t)(at - from)};
        n++;
        if (ends)
            return end_of_row(s, at, n, at == s->pos);
        if (n == s->text.width)
            return STEP_DECLINED;
        from = at + 1;
        in_quotes = false;
    }
}

enum csv_scan_result csv_scan_next(struct csv_scan *s,
                                   const struct str **cells) {
    *cells = s->cells;
    for (;;) {
        if (s->pos == s->end && at_end(s))
            return is_checked(s) ? CSV_SCAN_END : CSV_SCAN_DECLINED;
        enum step got = s->pos == s->end ? STEP_MORE : scan_row(s);
        if (got == STEP_ROW)
            return CSV_SCAN_ROW;
        if (got == STEP_DECLINED)
            return CSV_SCAN_DECLINED;
        if (got == STEP_MORE && at_end(s))
            return CSV_SCAN_CUT;
        if (got == STEP_MORE && !refill(s))
            return CSV_SCAN_DECLINED;
    }
}

/* --- parts ---------------------------------------------------------------- */

/* Behind the first line end from `at` on; text.to when there is none near. 0:
 * the file can't be read. */
static uint64_t line_behind(const struct csv_text *t, uint64_t at) {
    char look[LOOK];
    uint64_t left = t->to - at;
    ssize_t n = pread(t->fd, look, left < LOOK ? left : LOOK, (off_t)at);
    if (n <= 0)
        return 0;
    const char *nl = memchr(look, '\n', (size_t)n);
    return nl == NULL ? t->to : at + (uint64_t)(nl - look) + 1;
}

size_t csv_text_split(const struct csv_text *t, size_t n,
                      struct csv_text *parts) {
    uint64_t from = t->from, step = (t->to - t->from) / n;
    size_t made = 0;
    for (size_t i = 1; i <= n && from < t->to; i++) {
        uint64_t to = i < n ? t->from + step * i : t->to;
        if (to <= from)
            continue;
        if (to < t->to && (to = line_behind(t, to)) == 0)
            return 0;
        parts[made] = *t;
        parts[made].from = from;
        parts[made++].to = to;
        from = to;
    }
    return made;
}
