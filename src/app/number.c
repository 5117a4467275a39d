/* Making numbers. Owns nothing; runs inside the write that needs one.
 * Invariant: the row of the series is held until that write ends. */
#include "app/number.h"

#include "app/settings.h"
#include "base/time.h"
#include "base/utf8.h"
#include "store/order_rows.h"

#define NUMBER_PATTERN_MAX 40 /* characters */
#define DIGITS_MAX 9

/* The text before and behind the running number, and its digits. */
struct parts {
    struct str before, behind;
    size_t digits; /* 0: there is none */
};

static bool is_counter(struct str token) {
    for (size_t i = 0; i < token.n; i++)
        if (token.p[i] != 'n')
            return false;
    return token.n > 0 && token.n <= DIGITS_MAX;
}

/* A part of the day; false: no such token. */
static bool day_part(struct buf *b, struct str token, int32_t day) {
    int year, month, date;
    day_split(day, &year, &month, &date);
    if (str_eqc(token, "yyyy"))
        buf_fmt(b, "%04d", year);
    else if (str_eqc(token, "yy"))
        buf_fmt(b, "%02d", year % 100);
    else if (str_eqc(token, "mm"))
        buf_fmt(b, "%02d", month);
    else if (str_eqc(token, "dd"))
        buf_fmt(b, "%02d", date);
    else
        return false;
    return true;
}

/* False for a pattern that is none. */
static bool split(struct arena *a, struct str pattern, int32_t day,
                  struct parts *out) {
    struct buf texts[2];
    buf_init(&texts[0], a, 256);
    buf_init(&texts[1], a, 256);
    *out = (struct parts){.digits = 0};
    for (size_t i = 0; i < pattern.n; i++) {
        struct buf *b = &texts[out->digits > 0];
        if (pattern.p[i] == '}')
            return false;
        if (pattern.p[i] != '{') {
            buf_byte(b, pattern.p[i]);
            continue;
        }
        size_t end = str_find(str_sub(pattern, i, pattern.n), S("}"));
        if (end == SIZE_MAX)
            return false;
        struct str token = str_sub(pattern, i + 1, i + end);
        i += end;
        if (is_counter(token) && out->digits == 0)
            out->digits = token.n;
        else if (!day_part(b, token, day))
            return false;
    }
    out->before = buf_view(&texts[0]);
    out->behind = buf_view(&texts[1]);
    return out->digits > 0;
}

bool number_pattern_good(struct str pattern) {
    struct arena *a = arena_new_sized(4096);
    struct parts parts;
    bool good = utf8_count(pattern) <= NUMBER_PATTERN_MAX &&
                split(a, pattern, 0, &parts);
    arena_free(a);
    return good;
}

enum err number_of_order(struct ctx *c, int32_t day, struct str *out) {
    struct str pattern;
    struct parts p;
    bool taken = true;
    TRY(settings_text(c, SETTING_ORDER_NUMBER, &pattern));
    if (!split(c->arena, pattern, day, &p))
        return fail(c, ERR_INVALID, "number", "number_pattern");
    struct str key = str_fmt(c->arena, "order:" STR_FMT "{n}" STR_FMT,
                             STR_ARG(p.before), STR_ARG(p.behind));
    /* Past a run of numbers that a file brought the steps grow. */
    for (int64_t step = 1, n; taken; step *= 2) {
        TRY(number_series_next(c, key, step, &n));
        *out = str_fmt(c->arena, STR_FMT "%0*lld" STR_FMT, STR_ARG(p.before),
                       (int)p.digits, (long long)n, STR_ARG(p.behind));
        TRY(order_number_taken(c, *out, &taken));
    }
    return OK;
}
