/* Cohorts of a scope. One thread a call. Invariant: of the company's columns
 * only rows of customers in scope are taken, before anything is counted. */
#include "app/cohorts.h"

#include "analytics/columns.h"
#include "base/ids.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/mirror.h"
#include "store/value_rows.h"

/* The last day of this month: what is dated later has not been bought yet, and
 * one wrong year must not take the page from everybody. */
static int32_t month_end(struct ctx *c) {
    int year, month, day;
    day_split(zone_day(c->zone, c->now_ms), &year, &month, &day);
    return day_add_months(day_of(year, month, 1), 1) - 1;
}

/* The rows of v up to a day whose customer is one of ids (rising). */
struct picked {
    int64_t *customer, *sales;
    int32_t *day;
    size_t n;
};

static void pick(struct ctx *c, const struct mirror_view *v, const int64_t *ids,
                 size_t n, int32_t until, struct picked *out) {
    *out = (struct picked){.customer = NEW_ARRAY(c->arena, int64_t, v->n + 1),
                           .sales = NEW_ARRAY(c->arena, int64_t, v->n + 1),
                           .day = NEW_ARRAY(c->arena, int32_t, v->n + 1)};
    int64_t last = 0;
    bool in = false;
    for (size_t i = 0; i < v->n; i++) {
        if (v->customer[i] != last)
            in = ids_have(ids, n, last = v->customer[i]);
        if (!in || v->day[i] > until)
            continue;
        out->customer[out->n] = v->customer[i];
        out->sales[out->n] = v->sales[i];
        out->day[out->n++] = v->day[i];
    }
}

enum err cohorts_current(struct ctx *c, struct cohorts *out) {
    int64_t *ids;
    size_t n;
    struct mirror_view v;
    struct picked p;
    TRY(value_customers(c, &ids, &n));
    TRY(mirror_open(c, &v));
    pick(c, &v, ids, n, month_end(c), &p);
    mirror_close(&v);
    struct sales_columns columns = {
        .customer = p.customer, .day = p.day, .sales = p.sales, .n = p.n};
    struct day_source source = {columns_visit, &columns};
    if (!cohorts_make(c->arena, &source, out))
        return fail(c, ERR_INVALID, "", "analyze_span");
    return OK;
}
