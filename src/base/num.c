/* Exact decimals. Pure functions on 64-bit integers; 128 bits for products.
 * Invariant: digits are accumulated in an unsigned 64-bit magnitude, so that
 * INT64_MIN is readable and nothing overflows silently. */
#include "base/num.h"

#include "base/narrow.h"
#include "base/wide.h"

#define MAX_TEXT 256

static const int64_t powers[NUM_MAX_SCALE + 1] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool push_digit(uint64_t *v, char c) {
    return !__builtin_mul_overflow(*v, 10u, v) &&
           !__builtin_add_overflow(*v, (uint64_t)(c - '0'), v);
}

/* Commas stand before groups of exactly three digits, after one to three. */
static bool groups_ok(struct str whole) {
    struct str first;
    if (!str_has_byte(whole, ','))
        return true;
    if (!str_cut(&whole, ',', &first) || first.n == 0 || first.n > 3 ||
        first.p[0] == '0' || whole.n == 0)
        return false;
    while (whole.n > 0) {
        if (whole.n < 3 || !is_digit(whole.p[0]) || !is_digit(whole.p[1]) ||
            !is_digit(whole.p[2]))
            return false;
        if (whole.n > 3 && (whole.p[3] != ',' || whole.n == 4))
            return false;
        whole = str_sub(whole, 4, whole.n);
    }
    return true;
}

static enum num_result bad_char(char c) {
    return c == 'e' || c == 'E' ? NUM_EXPONENT : NUM_SYNTAX;
}

/* Reads the part before the point; commas were checked. */
static enum num_result read_whole(struct str s, uint64_t *v) {
    if (!groups_ok(s))
        return NUM_SYNTAX;
    bool fits = true;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ',')
            continue;
        if (!is_digit(s.p[i]))
            return bad_char(s.p[i]);
        fits = fits && push_digit(v, s.p[i]);
    }
    return fits ? NUM_OK : NUM_RANGE;
}

/* Reads the digits behind the point and fills up to the scale. */
static enum num_result read_fraction(struct str s, int scale,
                                     enum num_excess excess, uint64_t *v) {
    enum num_result r = NUM_OK;
    bool fits = true;
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i]))
            return bad_char(s.p[i]);
        if (i < (size_t)scale)
            fits = fits && push_digit(v, s.p[i]);
        else if (excess == NUM_EXACT && s.p[i] != '0')
            r = NUM_DECIMALS;
    }
    for (size_t i = s.n; i < (size_t)scale; i++)
        fits = fits && push_digit(v, '0');
    if (excess == NUM_ROUND && s.n > (size_t)scale && s.p[scale] >= '5')
        fits = fits && !__builtin_add_overflow(*v, 1u, v);
    return r != NUM_OK ? r : fits ? NUM_OK : NUM_RANGE;
}

/* What nearly all cells hold: a minus, digits, perhaps a point and digits, few
 * enough to fit. False: num_parse has to look closer. */
static bool parse_plain(struct str s, int scale, int64_t *out) {
    bool minus = s.n > 0 && s.p[0] == '-';
    size_t i = minus, point = 0;
    int64_t v = 0;
    if (s.n > NUM_MAX_SCALE || i == s.n || !is_digit(s.p[i]))
        return false;
    for (; i < s.n; i++) {
        if (s.p[i] == '.' && point == 0 && i + 1 < s.n)
            point = i + 1;
        else if (is_digit(s.p[i]))
            v = v * 10 + (s.p[i] - '0');
        else
            return false;
    }
    int more = scale - (point == 0 ? 0 : (int)(s.n - point));
    if (more < 0 || s.n + (size_t)more > NUM_MAX_SCALE)
        return false;
    v *= powers[more];
    *out = minus ? -v : v;
    return true;
}

enum num_result num_parse(struct str text, int scale, enum num_excess excess,
                          int64_t *out) {
    char tmp[MAX_TEXT];
    if (parse_plain(text, scale, out))
        return NUM_OK;
    struct str s = narrow(text, tmp, sizeof tmp);
    if (s.n == 0)
        return NUM_EMPTY;
    bool minus = s.p[0] == '-';
    if (minus || s.p[0] == '+')
        s = str_sub(s, 1, s.n);
    size_t point = str_find(s, S("."));
    struct str whole = str_sub(s, 0, point);
    struct str fraction =
        point == SIZE_MAX ? S("") : str_sub(s, point + 1, s.n);
    if (whole.n + fraction.n == 0)
        return NUM_SYNTAX;
    uint64_t v = 0;
    enum num_result r = read_whole(whole, &v);
    if (r != NUM_OK && r != NUM_RANGE)
        return r;
    uint64_t scratch = r == NUM_RANGE ? 0 : v;
    enum num_result f = read_fraction(fraction, scale, excess, &scratch);
    if (f != NUM_OK || r != NUM_OK)
        return f == NUM_SYNTAX || f == NUM_EXPONENT || r == NUM_OK ? f : r;
    v = scratch;
    if (v > (uint64_t)INT64_MAX + (minus ? 1 : 0))
        return NUM_RANGE;
    *out = minus ? (int64_t)(0 - v) : (int64_t)v;
    return NUM_OK;
}

const char *num_code(enum num_result r) {
    switch (r) {
    case NUM_OK:
        return NULL;
    case NUM_EMPTY:
        return "number_empty";
    case NUM_SYNTAX:
        return "number_syntax";
    case NUM_EXPONENT:
        return "number_exponent";
    case NUM_DECIMALS:
        return "number_decimals";
    case NUM_RANGE:
        return "number_range";
    }
    return "number_syntax";
}

enum err num_need(struct ctx *c, struct str field, struct str text, int scale,
                  int64_t *out) {
    enum num_result r = num_parse(text, scale, NUM_EXACT, out);
    if (r == NUM_OK)
        return OK;
    return failv(c, ERR_INVALID, field, num_code(r),
                 ARGS(V(str_sub(text, 0, 80)), V(scale)));
}

bool num_is_plain(struct str s) {
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
        s = str_sub(s, 1, s.n);
    size_t digits = 0, points = 0;
    for (size_t i = 0; i < s.n; i++) {
        digits += is_digit(s.p[i]);
        points += s.p[i] == '.';
    }
    return digits > 0 && points <= 1 && digits + points == s.n;
}

void num_print_fixed(struct buf *b, int64_t v, int scale, int decimals) {
    uint64_t u = v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;
    char tmp[48];
    char *end = tmp + sizeof tmp, *p = end;
    for (int i = 0; i < scale; i++, u /= 10)
        *--p = (char)('0' + u % 10);
    char *fraction = p;
    while (end > fraction && end - fraction > decimals && end[-1] == '0')
        end--;
    if (end > fraction)
        *--p = '.';
    do
        *--p = (char)('0' + u % 10);
    while ((u /= 10) != 0);
    if (v < 0)
        *--p = '-';
    buf_str(b, (struct str){p, (size_t)(end - p)});
    for (int i = scale; i < decimals; i++)
        buf_cstr(b, i == 0 ? ".0" : "0");
}

void num_print(struct buf *b, int64_t v, int scale) {
    num_print_fixed(b, v, scale, 0);
}

struct str num_text(struct arena *a, int64_t v, int scale) {
    struct buf b;
    buf_init(&b, a, 64);
    num_print(&b, v, scale);
    return buf_view(&b);
}

static bool fit(i128 v, int64_t *out) {
    if (v > INT64_MAX || v < INT64_MIN)
        return false;
    *out = (int64_t)v;
    return true;
}

static i128 divide_rounded(i128 v, int64_t by) {
    i128 q = v / by, rest = v % by;
    if (rest < 0)
        rest = -rest;
    if (rest >= by - rest)
        q += v < 0 ? -1 : 1;
    return q;
}

bool num_mul(int64_t a, int64_t b, int drop, int64_t *out) {
    int64_t narrow, by = powers[drop];
    /* the usual case, without a division of 128 bits; small enough to round */
    if (!__builtin_mul_overflow(a, b, &narrow) && narrow >= 0 &&
        narrow <= INT64_MAX / 2) {
        *out = (narrow + by / 2) / by;
        return true;
    }
    i128 v = (i128)a * b;
    return fit(drop == 0 ? v : divide_rounded(v, powers[drop]), out);
}

bool num_rescale(int64_t v, int from, int to, int64_t *out) {
    if (to >= from)
        return fit((i128)v * powers[to - from], out);
    return fit(divide_rounded(v, powers[from - to]), out);
}

bool num_add(int64_t *sum, int64_t v) {
    int64_t s;
    if (__builtin_add_overflow(*sum, v, &s))
        return false;
    *sum = s;
    return true;
}

bool num_is_whole(struct str s, size_t *digits) {
    size_t i = 0;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    *digits = i;
    if (i == 0 || i + 2 > s.n || s.p[i] != '.')
        return false;
    for (i++; i < s.n; i++)
        if (s.p[i] != '0')
            return false;
    return true;
}
