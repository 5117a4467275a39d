/* Dates and instants as text and as numbers. Pure functions; the calendar
 * arithmetic is Howard Hinnant's days_from_civil / civil_from_days. */
#include "base/time.h"

#include <time.h>

#include "base/narrow.h"

#define MAX_TEXT 64

static bool is_leap(int y) {
    return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int month_days(int y, int m) {
    static const signed char days[] = {31, 28, 31, 30, 31, 30,
                                       31, 31, 30, 31, 30, 31};
    return m == 2 && is_leap(y) ? 29 : days[m - 1];
}

bool day_exists(int y, int m, int d) {
    return y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 &&
           d <= month_days(y, m);
}

int32_t day_of(int y, int m, int d) {
    y -= m <= 2;
    int era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return (int32_t)(era * 146097 + doe - 719468);
}

void day_split(int32_t day, int *year, int *month, int *mday) {
    int z = day + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;
    *mday = doy - (153 * mp + 2) / 5 + 1;
    *month = mp + (mp < 10 ? 3 : -9);
    *year = yoe + era * 400 + (*month <= 2);
}

int day_weekday(int32_t d) {
    int w = (d + 3) % 7; /* 1970-01-01 was a Thursday */
    return w < 0 ? w + 7 : w;
}

int32_t day_add_months(int32_t d, int n) {
    int y, m, md;
    day_split(d, &y, &m, &md);
    int months = y * 12 + m - 1 + n;
    y = months / 12;
    m = months % 12 + 1;
    if (y < 1)
        return DAY_MIN;
    if (y > 9999)
        return DAY_MAX;
    int last = month_days(y, m);
    return day_of(y, m, md < last ? md : last);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Takes min…max digits from the front. */
static bool take_int(struct str *s, size_t min, size_t max, int *out) {
    size_t n = 0;
    int v = 0;
    while (n < max && n < s->n && is_digit(s->p[n]))
        v = v * 10 + (s->p[n++] - '0');
    if (n < min || (n < s->n && is_digit(s->p[n])))
        return false;
    *s = str_sub(*s, n, s->n);
    *out = v;
    return true;
}

static bool take(struct str *s, struct str what) {
    if (!str_starts(*s, what))
        return false;
    *s = str_sub(*s, what.n, s->n);
    return true;
}

static bool take_separator(struct str *s, char sep) {
    return take(s, (struct str){&sep, 1});
}

static bool is_separator(char c) {
    return c == '-' || c == '/' || c == '.';
}

static bool year_first(struct str *s, int *y, int *m, int *d) {
    if (!take_int(s, 4, 4, y))
        return false;
    if (take(s, S("年")))
        return take_int(s, 1, 2, m) && take(s, S("月")) &&
               take_int(s, 1, 2, d) && take(s, S("日"));
    if (s->n == 0 || !is_separator(s->p[0]))
        return false;
    char sep = s->p[0];
    return take_separator(s, sep) && take_int(s, 1, 2, m) &&
           take_separator(s, sep) && take_int(s, 1, 2, d);
}

static bool year_last(struct str *s, enum date_order order, int *y, int *m,
                      int *d) {
    int a, b;
    if (!take_int(s, 1, 2, &a) || s->n == 0 || !is_separator(s->p[0]))
        return false;
    char sep = s->p[0];
    if (!take_separator(s, sep) || !take_int(s, 1, 2, &b) ||
        !take_separator(s, sep) || !take_int(s, 4, 4, y))
        return false;
    *d = order == DATE_DMY ? a : b;
    *m = order == DATE_DMY ? b : a;
    return true;
}

static enum time_result take_day(struct str *s, enum date_order order,
                                 int32_t *out) {
    int y = 0, m = 0, d = 0;
    struct str rest = *s;
    if (year_first(&rest, &y, &m, &d)) {
        *s = rest;
    } else {
        rest = *s;
        if (order == DATE_YMD || !year_last(&rest, order, &y, &m, &d))
            return TIME_SYNTAX;
        *s = rest;
    }
    if (!day_exists(y, m, d))
        return TIME_NO_SUCH;
    *out = day_of(y, m, d);
    return TIME_OK;
}

static bool take_fraction(struct str *s, int *ms) {
    size_t n = 0;
    *ms = 0;
    for (int unit = 100; n < s->n && is_digit(s->p[n]); n++, unit /= 10)
        *ms += (s->p[n] - '0') * unit;
    *s = str_sub(*s, n, s->n);
    return n > 0;
}

static enum time_result take_clock(struct str *s, struct stamp *out) {
    int h, min, sec = 0, ms = 0;
    if (!take_int(s, 1, 2, &h) || !take(s, S(":")) || !take_int(s, 2, 2, &min))
        return TIME_SYNTAX;
    if (take(s, S(":")) && !take_int(s, 2, 2, &sec))
        return TIME_SYNTAX;
    if (take(s, S(".")) && !take_fraction(s, &ms))
        return TIME_SYNTAX;
    if (h > 23 || min > 59 || sec > 59)
        return TIME_NO_SUCH;
    out->ms = ((h * 60 + min) * 60 + sec) * 1000 + ms;
    out->has_time = true;
    return TIME_OK;
}

static enum time_result take_offset(struct str *s, struct stamp *out) {
    int h, min;
    if (take(s, S("Z")) || take(s, S("z"))) {
        out->has_offset = true;
        return TIME_OK;
    }
    bool minus = str_starts(*s, S("-"));
    if (!minus && !str_starts(*s, S("+")))
        return TIME_SYNTAX;
    struct str digits = str_sub(*s, 1, s->n);
    if (digits.n == 4) { /* +0800 */
        h = (digits.p[0] - '0') * 10 + digits.p[1] - '0';
        for (size_t i = 0; i < 2; i++)
            if (!is_digit(digits.p[i]))
                return TIME_SYNTAX;
        digits = str_sub(digits, 2, 4);
    } else if (!take_int(&digits, 2, 2, &h) || !take(&digits, S(":"))) {
        return TIME_SYNTAX;
    }
    if (!take_int(&digits, 2, 2, &min))
        return TIME_SYNTAX;
    *s = digits;
    if (h > 18 || min > 59)
        return TIME_NO_SUCH;
    out->has_offset = true;
    out->offset_min = (minus ? -1 : 1) * (h * 60 + min);
    return TIME_OK;
}

static struct str skip_spaces(struct str s) {
    while (s.n > 0 && s.p[0] == ' ')
        s = str_sub(s, 1, s.n);
    return s;
}

static int two(const char *p) {
    return (p[0] - '0') * 10 + p[1] - '0';
}

/* 2026-03-21 and 2026-03-21 08:30:00 that exist, which nearly all are. False:
 * stamp_parse has to look closer. */
static bool parse_plain(struct str s, struct stamp *out) {
    static const char shape[] = "dddd-dd-dd dd:dd:dd";
    if (s.n != 10 && s.n != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (shape[i] == 'd' ? !is_digit(s.p[i]) : s.p[i] != shape[i])
            return false;
    int y = two(s.p) * 100 + two(s.p + 2), m = two(s.p + 5), d = two(s.p + 8);
    if (!day_exists(y, m, d))
        return false;
    struct stamp t = {.day = day_of(y, m, d), .has_time = s.n > 10};
    if (t.has_time) {
        int h = two(s.p + 11), min = two(s.p + 14), sec = two(s.p + 17);
        if (h > 23 || min > 59 || sec > 59)
            return false;
        t.ms = ((h * 60 + min) * 60 + sec) * 1000;
    }
    *out = t;
    return true;
}

enum time_result stamp_parse(struct str text, enum date_order order,
                             struct stamp *out) {
    char tmp[MAX_TEXT];
    if (parse_plain(text, out))
        return TIME_OK;
    struct str s = narrow(text, tmp, sizeof tmp);
    struct stamp t = {0};
    if (s.n == 0)
        return TIME_EMPTY;
    enum time_result r = take_day(&s, order, &t.day);
    if (r != TIME_OK)
        return r;
    if (s.n > 0) {
        if (!take(&s, S("T")) && !take(&s, S("t")) && s.p[0] != ' ')
            return TIME_SYNTAX;
        s = skip_spaces(s);
        r = take_clock(&s, &t);
        s = skip_spaces(s);
        if (r == TIME_OK && s.n > 0)
            r = take_offset(&s, &t);
        if (r != TIME_OK)
            return r;
    }
    if (s.n > 0)
        return TIME_SYNTAX;
    *out = t;
    return TIME_OK;
}

enum time_result day_parse(struct str text, enum date_order order,
                           int32_t *out) {
    struct stamp t;
    enum time_result r = stamp_parse(text, order, &t);
    if (r == TIME_OK && t.has_time)
        r = TIME_SYNTAX;
    if (r == TIME_OK)
        *out = t.day;
    return r;
}

const char *time_code(enum time_result r) {
    switch (r) {
    case TIME_OK:
        return NULL;
    case TIME_EMPTY:
        return "date_empty";
    case TIME_SYNTAX:
        return "date_syntax";
    case TIME_NO_SUCH:
        return "date_no_such";
    }
    return "date_syntax";
}

static void print_digits(struct buf *b, int v, int width) {
    char tmp[12];
    for (int i = width - 1; i >= 0; i--, v /= 10)
        tmp[i] = (char)('0' + v % 10);
    buf_str(b, (struct str){tmp, (size_t)width});
}

void day_print(struct buf *b, int32_t d) {
    int y, m, md;
    day_split(d, &y, &m, &md);
    print_digits(b, y, 4);
    buf_byte(b, '-');
    print_digits(b, m, 2);
    buf_byte(b, '-');
    print_digits(b, md, 2);
}

struct str day_text(struct arena *a, int32_t d) {
    struct buf b;
    buf_init(&b, a, 32);
    day_print(&b, d);
    return buf_view(&b);
}

void instant_print(struct buf *b, int64_t ms) {
    int64_t day = ms / DAY_MS, rest = ms % DAY_MS;
    if (rest < 0) {
        rest += DAY_MS;
        day--;
    }
    int t = (int)(rest / 1000), fraction = (int)(rest % 1000);
    day_print(b, (int32_t)day);
    buf_byte(b, 'T');
    print_digits(b, t / 3600, 2);
    buf_byte(b, ':');
    print_digits(b, t / 60 % 60, 2);
    buf_byte(b, ':');
    print_digits(b, t % 60, 2);
    if (fraction != 0) {
        buf_byte(b, '.');
        print_digits(b, fraction, 3);
    }
    buf_byte(b, 'Z');
}

struct str instant_text(struct arena *a, int64_t ms) {
    struct buf b;
    buf_init(&b, a, 64);
    instant_print(&b, ms);
    return buf_view(&b);
}

int64_t clock_monotonic_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void) {
    return clock_monotonic_us() / 1000;
}
