/* CSV writer. Pure but for the buffer it appends to. */
#include "base/csv_write.h"

#include "base/num.h"

void csv_init(struct csv_writer *w, struct buf *out) {
    *w = (struct csv_writer){.out = out, .delimiter = ','};
}

void csv_bom(struct csv_writer *w) {
    buf_cstr(w->out, "\xEF\xBB\xBF");
}

/* Length of a character at the front that a reader may skip: controls, spaces
 * of every kind, zero-width and byte order marks. 0 for anything else. */
static size_t skippable(struct str s) {
    static const char *const wide[] = {
        "\xC2\xA0",     "\xC2\x85",     "\xC2\xAD",     "\xE3\x80\x80",
        "\xEF\xBB\xBF", "\xE2\x81\xA0", "\xE2\x81\x9F", "\xE2\x80\xAF",
        "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE1\x9A\x80", "\xE1\xA0\x8E",
    };
    unsigned char c = (unsigned char)s.p[0];
    if (c <= ' ' || c == 0x7F)
        return 1;
    for (size_t i = 0; i < COUNT_OF(wide); i++)
        if (str_starts(s, str_of(wide[i])))
            return str_of(wide[i]).n;
    /* U+2000…U+200F: spaces, zero-width and direction marks; U+202A…U+202E */
    if (s.n >= 3 && c == 0xE2 && s.p[1] == '\x80') {
        unsigned char d = (unsigned char)s.p[2];
        if (d <= 0x8F || (d >= 0xAA && d <= 0xAE))
            return 3;
    }
    if (s.n >= 2 && c == 0xC2 && (unsigned char)s.p[1] < 0xA0)
        return 2; /* C1 controls */
    return 0;
}

bool csv_is_formula(struct str s) {
    static const char *const signs[] = {
        "=",
        "+",
        "-",
        "@",
        "\xEF\xBC\x9D",
        "\xEF\xBC\x8B",
        "\xEF\xBC\x8D",
        "\xEF\xBC\xA0",
        "\xE2\x88\x92",
        "\xEF\xB9\xA2",
        "\xEF\xB9\xA3",
        "\xEF\xB9\xA6",
        "\xEF\xB9\xAB",
    };
    if (num_is_plain(str_trim(s)) && !str_has_byte(s, '\t') &&
        !str_has_byte(s, '\r') && !str_has_byte(s, '\n'))
        return false;
    size_t n;
    while (s.n > 0 && (n = skippable(s)) > 0) {
        if (s.p[0] == '\t' || s.p[0] == '\r' || s.p[0] == '\n')
            return true;
        s = str_sub(s, n, s.n);
    }
    for (size_t i = 0; i < COUNT_OF(signs); i++)
        if (str_starts(s, str_of(signs[i])))
            return true;
    return false;
}

static bool needs_quotes(const struct csv_writer *w, struct str s) {
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == w->delimiter || s.p[i] == '"' || s.p[i] == '\r' ||
            s.p[i] == '\n')
            return true;
    return s.p[0] == ' ' || s.p[s.n - 1] == ' ';
}

static void put(struct csv_writer *w, struct str s, bool neutral) {
    if (w->in_row)
        buf_byte(w->out, w->delimiter);
    w->in_row = true;
    bool quotes = needs_quotes(w, s);
    if (quotes)
        buf_byte(w->out, '"');
    if (neutral)
        buf_byte(w->out, '\'');
    for (size_t i = 0; quotes && i < s.n; i++) {
        if (s.p[i] == '"')
            buf_byte(w->out, '"');
        buf_byte(w->out, s.p[i]);
    }
    if (!quotes)
        buf_str(w->out, s);
    if (quotes)
        buf_byte(w->out, '"');
}

void csv_cell(struct csv_writer *w, struct str cell) {
    put(w, cell, csv_is_formula(cell));
}

void csv_cell_raw(struct csv_writer *w, struct str cell) {
    put(w, cell, false);
}

void csv_row_end(struct csv_writer *w) {
    buf_cstr(w->out, "\r\n");
    w->in_row = false;
}
