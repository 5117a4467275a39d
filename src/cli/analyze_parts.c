/* Parts of a file, each scanned and summed by a thread of its own into memory
 * of its own, then joined in the order of the file. Owns those threads for the
 * time of a call. Invariant: what is not a plain row makes all of it void, so
 * that errors and odd cells have one place, the row by row reading. */
#include "cli/analyze_parts.h"

#include "base/num.h"
#include "base/thread.h"

#include <pthread.h>
#include <string.h>

#define PARTS_MAX 8
#define PART_BYTES (4 << 20) /* less is not worth a thread */
#define DAY_TEXT 32

struct part {
    const struct line_reader *rd;
    struct csv_scan *scan;
    struct arena *arena;
    struct transactions *sums;
    pthread_t thread;
    bool running;
    enum csv_scan_result end;
    int64_t lines, left_out;
    bool dated;
    int32_t last_day;
    /* The day read last: lines of an order have the same. */
    char day_text[DAY_TEXT];
    size_t day_n;
    int32_t day;
};

static inline bool is_space(char ch) {
    return (unsigned char)ch <= ' ';
}

static inline struct str cell(const struct part *p, const struct str *cells,
                              enum column_role r) {
    size_t at = p->rd->columns.at[r];
    struct str s = at == COLUMN_NONE ? S("") : cells[at];
    return s.n > 0 && (is_space(s.p[0]) || is_space(s.p[s.n - 1])) ? str_trim(s)
                                                                   : s;
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* Up to eight digits with or without a point among them, all at once. False:
 * num_parse has to look. */
static inline bool read_short(struct str s, int scale, int64_t *out) {
    static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    uint64_t w;
    int decimals = 0;
    if (s.n - 1 >= sizeof w || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return false;
    _Static_assert(sizeof w <= CSV_SCAN_BEHIND, "reads beyond the cell");
    memcpy(&w, s.p, sizeof w);
    if (s.n < sizeof w) /* zeros in front */
        w = w << (64 - 8 * s.n) | EACH('0') >> (8 * s.n);
    uint64_t x = w ^ EACH('.'), point = (x - EACH(1)) & ~x & EACH(0x80);
    if (point != 0) {
        int at = __builtin_ctzll(point) & ~7; /* what stands before moves up */
        uint64_t before = ((uint64_t)1 << at) - 1;
        decimals = 7 - at / 8;
        w = (w & ~(before << 8 | 0xff)) | (w & before) << 8 | '0';
    }
    if ((w & EACH(0xf0)) != EACH('0') ||
        ((w + EACH(6)) & EACH(0xf0)) != EACH('0') || decimals > scale ||
        s.p[s.n - 1] == '.' || s.p[0] == '.')
        return false;
    w = (w & EACH(0xf)) * 2561 >> 8;
    w = (w & 0x00ff00ff00ff00ffu) * 6553601 >> 16;
    w = (w & 0x0000ffff0000ffffu) * 42949672960001u >> 32;
    *out = (int64_t)w * powers[scale - decimals];
    return true;
}

static inline bool read_number(const struct part *p, const struct str *cells,
                               enum column_role r, int64_t *out) {
    int scale = r == COLUMN_QUANTITY ? NUM_QUANTITY : NUM_AMOUNT;
    struct str text = cell(p, cells, r);
    if (read_short(text, scale, out))
        return true;
    enum num_result got = num_parse(text, scale, NUM_EXACT, out);
    if (got == NUM_EMPTY)
        *out = 0;
    return got == NUM_OK || got == NUM_EMPTY;
}

static bool read_line(const struct part *p, const struct str *cells,
                      struct sale_line *l) {
    const size_t *at = p->rd->columns.at;
    *l = (struct sale_line){.customer = cell(p, cells, COLUMN_CUSTOMER),
                            .order = cell(p, cells, COLUMN_ORDER),
                            .quantity = 1000,
                            .has_amount = at[COLUMN_AMOUNT] != COLUMN_NONE};
    if (at[COLUMN_QUANTITY] != COLUMN_NONE &&
        !read_number(p, cells, COLUMN_QUANTITY, &l->quantity))
        return false;
    return l->has_amount ? read_number(p, cells, COLUMN_AMOUNT, &l->amount)
                         : read_number(p, cells, COLUMN_PRICE, &l->price);
}

/* As in the row by row reading: only a line that is no sale may lack a day. */
static bool read_day(struct part *p, const struct str *cells,
                     struct sale_line *l) {
    struct str text = cell(p, cells, COLUMN_DATE);
    struct stamp t;
    if (text.n > 0 && str_same(text, (struct str){p->day_text, p->day_n})) {
        l->day = p->day;
        return true;
    }
    enum time_result got = stamp_parse(text, p->rd->rq->order, &t);
    if (got != TIME_OK) {
        l->no_day = true;
        return got == TIME_EMPTY &&
               line_kind(l, p->rd->rq->cancel_prefix) != LINE_SALE;
    }
    l->day = p->day = t.day;
    p->day_n = text.n <= DAY_TEXT ? text.n : 0;
    memcpy(p->day_text, text.p, p->day_n);
    return true;
}

static bool take_row(struct part *p, const struct str *cells) {
    const struct analyze_request *rq = p->rd->rq;
    struct sale_line l;
    if (!read_line(p, cells, &l))
        return false;
    if (p->rd->columns.at[COLUMN_DATE] != COLUMN_NONE &&
        !read_day(p, cells, &l))
        return false;
    if (rq->has_until && !l.no_day && l.day > rq->until) {
        p->left_out++;
        return true;
    }
    p->lines++;
    if (!l.no_day && (!p->dated || l.day > p->last_day)) {
        p->dated = true;
        p->last_day = l.day;
    }
    return transactions_take(p->sums, &l);
}

static void *run(void *arg) {
    struct part *p = arg;
    const struct str *cells;
    while ((p->end = csv_scan_next(p->scan, &cells)) == CSV_SCAN_ROW)
        if (!take_row(p, cells)) {
            p->end = CSV_SCAN_DECLINED;
            break;
        }
    return NULL;
}

static size_t processors(void) {
    int n = thread_processors();
    return n > PARTS_MAX ? PARTS_MAX : (size_t)n;
}

static void free_arena(void *a) {
    arena_free(a);
}

static bool prepare(struct ctx *c, const struct line_reader *rd,
                    const struct csv_text *t, struct part *p) {
    uint64_t wanted = 0;
    for (enum column_role r = 0; r < COLUMN_ROLES; r++)
        if (rd->columns.at[r] < CSV_SCAN_WIDTH)
            wanted |= (uint64_t)1 << rd->columns.at[r];
    *p = (struct part){.rd = rd, .arena = arena_new()};
    arena_defer(c->arena, free_arena, p->arena);
    p->scan = csv_scan_new(p->arena, t, wanted);
    p->sums = transactions_new(p->arena, rd->rq->cancel_prefix);
    return p->scan != NULL;
}

/* The first part on this thread; a thread that can't be had is done without. */
static void run_all(struct part *p, size_t n) {
    for (size_t i = 1; i < n; i++)
        p[i].running = pthread_create(&p[i].thread, NULL, run, &p[i]) == 0;
    for (size_t i = 0; i < n; i++)
        if (!p[i].running)
            run(&p[i]);
    for (size_t i = 1; i < n; i++)
        if (p[i].running)
            pthread_join(p[i].thread, NULL);
}

static bool join(struct part *p, size_t n, struct line_reader *rd) {
    rd->sums = p[0].sums;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && !transactions_join(rd->sums, p[i].sums))
            return false;
        rd->lines += p[i].lines;
        rd->left_out += p[i].left_out;
        if (p[i].dated && (!rd->dated || p[i].last_day > rd->last_day))
            rd->last_day = p[i].last_day;
        rd->dated = rd->dated || p[i].dated;
    }
    return true;
}

/* In n parts. CSV_SCAN_CUT: a line began within quotes, so that fewer parts
 * may do. */
static enum csv_scan_result attempt(struct ctx *c, const struct csv_text *text,
                                    size_t n, struct line_reader *rd) {
    struct csv_text texts[PARTS_MAX];
    struct part parts[PARTS_MAX];
    enum csv_scan_result end = CSV_SCAN_END;
    n = csv_text_split(text, n, texts);
    if (n == 0)
        return CSV_SCAN_DECLINED;
    for (size_t i = 0; i < n; i++)
        if (!prepare(c, rd, &texts[i], &parts[i]))
            return CSV_SCAN_DECLINED;
    run_all(parts, n);
    for (size_t i = n; i-- > 0;)
        if (parts[i].end != CSV_SCAN_END)
            end = parts[i].end;
    if (end == CSV_SCAN_END && !join(parts, n, rd))
        end = CSV_SCAN_DECLINED;
    return end;
}

void analyze_parts(struct ctx *c, struct table *t, struct line_reader *rd,
                   bool *done) {
    struct csv_text text;
    struct line_reader got = *rd;
    *done = false;
    if (!table_text(t, &text))
        return;
    uint64_t bytes = text.to - text.from, most = processors();
    size_t n = (size_t)(bytes / PART_BYTES);
    n = n < 1 ? 1 : n > most ? (size_t)most : n;
    enum csv_scan_result end = attempt(c, &text, n, &got);
    if (end == CSV_SCAN_CUT && n > 1)
        end = attempt(c, &text, 1, &got);
    *done = end == CSV_SCAN_END;
    if (*done)
        *rd = got;
}
