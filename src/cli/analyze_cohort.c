/* Cohorts of a file of sale lines, of whatever value; one without a value, of
 * which clv makes a purchase, is none. One thread. */
#include "cli/analyze_cohort.h"

#include "cli/analyze_output.h"
#include "cli/analyze_read.h"

#include "analytics/cohort.h"
#include "analytics/purchases.h"
#include "base/json.h"

struct taking {
    const struct analyze_request *rq;
    struct purchases *purchases;
};

static enum err take(struct ctx *c, void *user, const struct sale_line *l,
                     struct str product) {
    struct taking *t = user;
    if (line_kind(l, t->rq->cancel_prefix) != LINE_SALE)
        return OK;
    return purchases_add(c, t->purchases, l->customer, l->day, 0);
}

static void print_json(struct buf *b, const struct cohorts *t) {
    struct jw w;
    jw_init(&w, b);
    jw_object(&w);
    jw_kstr(&w, S("unit"), S("month"));
    jw_key(&w, S("cohorts"));
    jw_array(&w);
    for (size_t i = 0; i < t->n; i++) {
        const int64_t *active = t->active + i * t->n;
        char text[16];
        struct buf month = {.p = text, .cap = sizeof text, .max = sizeof text};
        if (active[0] == 0)
            continue;
        cohort_month(&month, t->first_month + (int32_t)i);
        jw_object(&w);
        jw_kstr(&w, S("cohort"), buf_view(&month));
        jw_ki64(&w, S("customers"), active[0]);
        jw_key(&w, S("active"));
        jw_array(&w);
        for (size_t k = 0; k < t->n - i; k++)
            jw_i64(&w, active[k]);
        jw_array_end(&w);
        jw_object_end(&w);
        output_flush(b);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    buf_byte(b, '\n');
}

static void print_csv(struct buf *b, const struct cohorts *t) {
    buf_cstr(b, "cohort,month,customers,active\r\n");
    for (size_t i = 0; i < t->n; i++) {
        const int64_t *active = t->active + i * t->n;
        for (size_t k = 0; active[0] > 0 && k < t->n - i; k++) {
            cohort_month(b, t->first_month + (int32_t)i);
            buf_fmt(b, ",%zu,%lld,%lld\r\n", k, (long long)active[0],
                    (long long)active[k]);
        }
        output_flush(b);
    }
}

static void print_table(struct buf *b, const struct cohorts *t) {
    buf_cstr(b, "cohort   customers  % active, months after the first\n");
    for (size_t i = 0; i < t->n; i++) {
        const int64_t *active = t->active + i * t->n;
        if (active[0] == 0)
            continue;
        cohort_month(b, t->first_month + (int32_t)i);
        buf_fmt(b, " %10lld ", (long long)active[0]);
        for (size_t k = 0; k < t->n - i; k++)
            buf_fmt(b, " %5.1f", 100 * (double)active[k] / (double)active[0]);
        buf_byte(b, '\n');
        output_flush(b);
    }
}

enum err analyze_cohort(struct ctx *c, struct str path,
                        const struct analyze_request *rq) {
    struct taking t = {rq, purchases_new(c->arena)};
    struct line_reader rd = {.rq = rq, .take = take, .user = &t};
    struct day_source days = {purchases_visit, t.purchases};
    struct cohorts cohorts;
    struct buf b;
    TRY(analyze_read(c, path, &rd));
    if (!cohorts_make(c->arena, &days, &cohorts))
        return fail(c, ERR_INVALID, "file", "analyze_span");
    output_init(&b, c);
    if (rq->format == PRINT_JSON)
        print_json(&b, &cohorts);
    else if (rq->format == PRINT_CSV)
        print_csv(&b, &cohorts);
    else
        print_table(&b, &cohorts);
    return output_end(c, &b);
}
