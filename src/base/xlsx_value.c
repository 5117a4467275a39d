/* Numbers of a sheet as text. Pure. A workbook stores IEEE doubles; Excel shows
 * 15 digits of them, and so do we, so that 2.55 typed is 2.55 read. */
#include "base/xlsx_value.h"

#include "base/arena.h"
#include "base/num.h"
#include "base/time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_NUMBER 64
#define MAX_SERIAL 2958466.0 /* 10000-01-01 */

bool xlsx_builtin_date(int id) {
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || id == 45 ||
           id == 47 || (id >= 50 && id <= 58);
}

static bool is_elapsed(struct str inside) {
    for (size_t i = 0; i < inside.n; i++)
        if ((inside.p[i] | 32) != 'h' && (inside.p[i] | 32) != 'm' &&
            (inside.p[i] | 32) != 's')
            return false;
    return inside.n > 0;
}

/* Letters of a date outside quotes, brackets and escapes; [h]:mm counts hours
 * on and is no time of day. Only the first section is looked at. */
bool xlsx_code_date(struct str code) {
    for (size_t i = 0; i < code.n && code.p[i] != ';'; i++) {
        char c = code.p[i];
        struct str rest = str_sub(code, i + 1, code.n);
        size_t skip = 0;
        if (c == '"') {
            skip = str_find(rest, S("\""));
        } else if (c == '[') {
            skip = str_find(rest, S("]"));
            if (skip != SIZE_MAX && is_elapsed(str_sub(rest, 0, skip)))
                return false;
        } else if (c == '\\' || c == '_' || c == '*') {
            i++;
            continue;
        } else if (c != 0 && str_has_byte(S("ymdhsYMDHS"), c)) {
            return !str_eq_nocase(code, S("standard"));
        } else {
            continue;
        }
        if (skip == SIZE_MAX)
            return false;
        i += skip + 1;
    }
    return false;
}

static bool read_double(struct str raw, double *out) {
    char text[MAX_NUMBER + 1] = {0};
    if (raw.n == 0 || raw.n > MAX_NUMBER)
        return false;
    for (size_t i = 0; i < raw.n; i++) {
        if (!str_has_byte(S("0123456789+-.eE"), raw.p[i]))
            return false;
        text[i] = raw.p[i];
    }
    char *end;
    *out = strtod(text, &end);
    return end == text + raw.n && isfinite(*out);
}

/* Digits and exponent of "%.14e" as a plain decimal. */
static struct str plain(struct arena *a, double v) {
    char text[48];
    snprintf(text, sizeof text, "%.14e", v);
    int exponent = atoi(str_of(text).p + str_find(str_of(text), S("e")) + 1);
    if (exponent < -30 || exponent > 30)
        return str_dup(a, str_of(text));
    bool minus = text[0] == '-';
    char digits[16];
    size_t n = 0;
    for (const char *p = text + minus; *p != 'e'; p++)
        if (*p != '.')
            digits[n++] = *p;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    struct buf b;
    buf_init(&b, a, 128);
    if (minus)
        buf_byte(&b, '-');
    int whole = exponent + 1; /* digits before the point */
    if (whole <= 0)
        buf_byte(&b, '0');
    for (int i = 0; i < whole; i++)
        buf_byte(&b, i < (int)n ? digits[i] : '0');
    if ((int)n > whole)
        buf_byte(&b, '.');
    for (int i = whole; i < 0; i++)
        buf_byte(&b, '0');
    for (int i = whole > 0 ? whole : 0; i < (int)n; i++)
        buf_byte(&b, digits[i]);
    return buf_view(&b);
}

struct str xlsx_number(struct arena *a, struct str raw) {
    double v;
    bool whole = raw.n <= 15;
    for (size_t i = 0; i < raw.n && whole; i++)
        whole =
            (raw.p[i] >= '0' && raw.p[i] <= '9') || (i == 0 && raw.p[i] == '-');
    if (whole || !read_double(raw, &v))
        return raw;
    return v == 0 ? S("0") : plain(a, v);
}

static void print_clock(struct buf *b, int64_t seconds) {
    buf_fmt(b, "%02d:%02d:%02d", (int)(seconds / 3600),
            (int)(seconds / 60 % 60), (int)(seconds % 60));
}

struct str xlsx_date(struct arena *a, struct str raw, bool since_1904) {
    double v;
    if (!read_double(raw, &v) || v < 0 || v >= MAX_SERIAL)
        return xlsx_number(a, raw);
    int64_t seconds = llround(v * 86400.0);
    int64_t serial = seconds / 86400;
    seconds %= 86400;
    struct buf b;
    buf_init(&b, a, 64);
    if (serial == 0 && !since_1904) {
        print_clock(&b, seconds);
        return buf_view(&b);
    }
    /* The 1900 calendar counts a 29 February 1900 that never was: day 60. */
    int32_t base = since_1904 ? day_of(1904, 1, 1) : day_of(1899, 12, 30);
    if (!since_1904 && serial < 60)
        base++;
    if (!since_1904 && serial == 60)
        buf_cstr(&b, "1900-02-29");
    else
        day_print(&b, base + (int32_t)serial);
    if (seconds > 0) {
        buf_byte(&b, ' ');
        print_clock(&b, seconds);
    }
    return buf_view(&b);
}
