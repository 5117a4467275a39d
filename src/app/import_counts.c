/* Counts as JSON, in both directions. Pure. */
#include "app/import_counts.h"

#include "base/num.h"
#include "base/time.h"

static const struct {
    struct str name;
    bool orders, records;
} names[IMPORT_COUNTS] = {
    [COUNT_LINES] = {S_INIT("lines"), true, true},
    [COUNT_SALE] = {S_INIT("sale_lines"), true, false},
    [COUNT_CANCELLED] = {S_INIT("cancelled_lines"), true, false},
    [COUNT_RETURN] = {S_INIT("return_lines"), true, false},
    [COUNT_FREE] = {S_INIT("free_lines"), true, false},
    [COUNT_ADJUSTMENT] = {S_INIT("adjustment_lines"), true, false},
    [COUNT_NO_CUSTOMER] = {S_INIT("no_customer_lines"), true, false},
    [COUNT_DUPLICATE] = {S_INIT("duplicate_lines"), true, false},
    [COUNT_ERROR] = {S_INIT("error_lines"), true, true},
    [COUNT_CUSTOMERS] = {S_INIT("customers_created"), true, false},
    [COUNT_ORDERS] = {S_INIT("orders_created"), true, false},
    [COUNT_ORDERS_UPDATED] = {S_INIT("orders_updated"), true, false},
    [COUNT_PRODUCTS] = {S_INIT("products_created"), true, false},
    [COUNT_CREATED] = {S_INIT("created"), false, true},
    [COUNT_UPDATED] = {S_INIT("updated"), false, true},
    [COUNT_SKIPPED] = {S_INIT("skipped"), false, true},
    [COUNT_GRADED] = {S_INIT("graded"), true, false},
};

int64_t import_counts_aside(const struct import_counts *k) {
    return k->n[COUNT_ERROR] + k->n[COUNT_NO_CUSTOMER];
}

void import_counts_day(struct import_counts *k, int32_t day) {
    if (!k->dated || day < k->first_day)
        k->first_day = day;
    if (!k->dated || day > k->last_day)
        k->last_day = day;
    k->dated = true;
}

void import_counts_save(struct jw *w, const struct import_counts *k) {
    jw_object(w);
    for (size_t i = 0; i < IMPORT_COUNTS; i++)
        jw_ki64(w, names[i].name, k->n[i]);
    jw_ki64(w, S("sales"), k->sales);
    jw_kbool(w, S("dated"), k->dated);
    jw_ki64(w, S("first_day"), k->first_day);
    jw_ki64(w, S("last_day"), k->last_day);
    jw_object_end(w);
}

static int64_t member(const json_t *j, const char *name) {
    return json_integer_value(json_object_get(j, name));
}

void import_counts_restore(const json_t *j, struct import_counts *out) {
    for (size_t i = 0; i < IMPORT_COUNTS; i++)
        out->n[i] = member(j, names[i].name.p); /* names are literals */
    out->sales = member(j, "sales");
    out->dated = json_is_true(json_object_get(j, "dated"));
    out->first_day = (int32_t)member(j, "first_day");
    out->last_day = (int32_t)member(j, "last_day");
}

static void report_orders(struct ctx *c, struct jw *w,
                          const struct import_counts *k,
                          const struct import_report *r) {
    jw_kstr(w, S("sales"), num_text(c->arena, k->sales, NUM_AMOUNT));
    jw_kstr(w, S("currency"), r->currency);
    if (!k->dated)
        return;
    jw_kstr(w, S("first_day"), day_text(c->arena, k->first_day));
    jw_kstr(w, S("last_day"), day_text(c->arena, k->last_day));
}

void import_counts_report(struct ctx *c, struct jw *w,
                          const struct import_counts *k,
                          const struct import_report *r) {
    int64_t lines = k->n[COUNT_LINES];
    jw_object(w);
    for (size_t i = 0; i < IMPORT_COUNTS; i++)
        if ((r->orders ? names[i].orders : names[i].records) &&
            !(r->dry && i == COUNT_GRADED))
            jw_ki64(w, names[i].name, k->n[i]);
    jw_ki64(w, S("errors"), import_counts_aside(k));
    if (r->orders)
        report_orders(c, w, k, r);
    if (r->trimmed.n > 0)
        jw_kstr(w, S("ids_without_decimals"), r->trimmed);
    jw_key(w, S("seconds"));
    jw_raw(w, num_text(c->arena, r->ms, 3));
    jw_ki64(w, S("lines_per_s"), r->ms > 0 ? lines * 1000 / r->ms : 0);
    jw_object_end(w);
}
