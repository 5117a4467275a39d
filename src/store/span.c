/* Relative and partial dates in filters, in the company's time zone. */
#include "store/filter.h"

#include "base/time.h"
#include "base/zone.h"

struct days {
    int32_t from, to; /* half-open */
};

static struct days week(int32_t today, int shift) {
    int32_t monday = today - day_weekday(today) + 7 * shift;
    return (struct days){monday, monday + 7};
}

static struct days months(int32_t today, int shift, int count) {
    int y, m, d;
    day_split(today, &y, &m, &d);
    int32_t first = day_add_months(day_of(y, m, 1), shift);
    return (struct days){first, day_add_months(first, count)};
}

static struct days quarter(int32_t today, int shift) {
    int y, m, d;
    day_split(today, &y, &m, &d);
    return months(today, -((m - 1) % 3) + 3 * shift, 3);
}

static struct days year(int32_t today, int shift) {
    int y, m, d;
    day_split(today, &y, &m, &d);
    return months(today, 1 - m + 12 * shift, 12);
}

/* last_7_days (today is the last of them), next_30_days (today the first). */
static bool counted(struct str s, int32_t today, struct days *out) {
    bool last = str_starts(s, S("last_")), next = str_starts(s, S("next_"));
    if ((!last && !next) || !str_ends(s, S("_days")) || s.n < 11)
        return false;
    struct str digits = str_sub(s, 5, s.n - 5);
    int32_t n = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9' || n > 10000)
            return false;
        n = n * 10 + (digits.p[i] - '0');
    }
    if (n == 0)
        return false;
    *out = last ? (struct days){today - n + 1, today + 1}
                : (struct days){today, today + n};
    return true;
}

static bool named(struct str s, int32_t today, struct days *out) {
    if (str_eqc(s, "today"))
        *out = (struct days){today, today + 1};
    else if (str_eqc(s, "yesterday"))
        *out = (struct days){today - 1, today};
    else if (str_eqc(s, "tomorrow"))
        *out = (struct days){today + 1, today + 2};
    else if (str_eqc(s, "this_week"))
        *out = week(today, 0);
    else if (str_eqc(s, "last_week"))
        *out = week(today, -1);
    else if (str_eqc(s, "next_week"))
        *out = week(today, 1);
    else if (str_eqc(s, "this_month"))
        *out = months(today, 0, 1);
    else if (str_eqc(s, "last_month"))
        *out = months(today, -1, 1);
    else if (str_eqc(s, "next_month"))
        *out = months(today, 1, 1);
    else if (str_eqc(s, "this_quarter"))
        *out = quarter(today, 0);
    else if (str_eqc(s, "last_quarter"))
        *out = quarter(today, -1);
    else if (str_eqc(s, "this_year"))
        *out = year(today, 0);
    else if (str_eqc(s, "last_year"))
        *out = year(today, -1);
    else
        return counted(s, today, out);
    return true;
}

enum err span_parse(struct ctx *c, const struct field *f, struct str text,
                    struct span *out, bool *is_span) {
    *is_span = false;
    if (f->type != FT_DATE && f->type != FT_INSTANT)
        return OK;
    struct days d;
    int32_t day;
    if (!named(text, zone_day(c->zone, c->now_ms), &d)) {
        /* A plain date for an instant means that day; for a date it is an
         * ordinary value. */
        if (f->type == FT_DATE || day_parse(text, DATE_YMD, &day) != TIME_OK)
            return OK;
        d = (struct days){day, day + 1};
    }
    *is_span = true;
    if (f->type == FT_DATE)
        *out = (struct span){d.from, d.to};
    else
        *out = (struct span){zone_instant(c->zone, d.from, 0),
                             zone_instant(c->zone, d.to, 0)};
    return OK;
}
