/* The cohort triangle. Pure. Invariant: a customer counts once a month, and the
 * first column is the size of the cohort. */
#include "analytics/cohort.h"

#include "base/time.h"

struct span {
    bool any;
    int32_t first, last; /* months */
};

static int32_t month_of(int32_t day) {
    int year, month, of_month;
    day_split(day, &year, &month, &of_month);
    return (int32_t)((year - 1970) * 12 + month - 1);
}

static void widen(void *user, const int32_t *days, size_t n) {
    struct span *s = user;
    int32_t first = month_of(days[0]), last = month_of(days[n - 1]);
    s->first = !s->any || first < s->first ? first : s->first;
    s->last = !s->any || last > s->last ? last : s->last;
    s->any = true;
}

static void count(void *user, const int32_t *days, size_t n) {
    struct cohorts *out = user;
    int32_t first = month_of(days[0]), before = first - 1;
    size_t row = (size_t)(first - out->first_month) * out->n;
    for (size_t i = 0; i < n; i++) {
        int32_t month = month_of(days[i]);
        if (month != before)
            out->active[row + (size_t)(month - first)]++;
        before = month;
    }
}

bool cohorts_make(struct arena *a, const struct day_source *source,
                  struct cohorts *out) {
    struct span s = {0};
    *out = (struct cohorts){0};
    source->visit(source->of, a, widen, &s);
    if (!s.any)
        return true;
    if (s.last - s.first >= COHORT_MONTHS_MAX)
        return false;
    out->first_month = s.first;
    out->n = (size_t)(s.last - s.first) + 1;
    out->active = NEW_ARRAY(a, int64_t, out->n * out->n);
    source->visit(source->of, a, count, out);
    return true;
}

void cohort_month(struct buf *b, int32_t month) {
    int32_t of_year = (month % 12 + 12) % 12;
    buf_fmt(b, "%04d-%02d", 1970 + (month - of_year) / 12, of_year + 1);
}
