/* The results of rfm, abc and pyramid. One thread. Invariant: JSON comes from
 * the one writer that the API uses too. */
#include "cli/analyze_print.h"

#include "cli/analyze_output.h"

#include "analytics/rank.h"
#include "base/num.h"
#include "base/time.h"

#define TABLE_ROWS 20

static void print_json(struct buf *b, enum analysis what,
                       const struct value_report *r) {
    static void (*const write[ANALYSIS_COUNT])(const struct value_report *,
                                               struct value_sink *) = {
        [ANALYSIS_RFM] = value_json_rfm,
        [ANALYSIS_ABC] = value_json_abc,
        [ANALYSIS_PYRAMID] = value_json_pyramid,
    };
    struct jw w;
    jw_init(&w, b);
    struct value_sink s = {
        .w = &w, .rows = true, .flush = output_flush, .user = b};
    write[what](r, &s);
    buf_byte(b, '\n');
}

/* --- CSV ---------------------------------------------------------------- */

static void number(struct csv_writer *w, int64_t v, int scale) {
    char text[48];
    struct buf b = {.p = text, .cap = sizeof text, .max = sizeof text};
    num_print(&b, v, scale);
    csv_cell_raw(w, buf_view(&b));
}

static void csv_row(struct csv_writer *w, enum analysis what,
                    const struct value_row *v, int64_t total) {
    csv_cell(w, v->id);
    if (what == ANALYSIS_RFM) {
        number(w, v->facts.recency_days, 0);
        number(w, v->facts.frequency, 0);
        number(w, v->facts.monetary, NUM_AMOUNT);
        number(w, v->rfm.r, 0);
        number(w, v->rfm.f, 0);
        number(w, v->rfm.m, 0);
    } else if (what == ANALYSIS_ABC) {
        number(w, v->facts.monetary, NUM_AMOUNT);
        output_real(w, share_of(v->abc.before, total));
        csv_cell_raw(w, (struct str){&v->abc.class, 1});
    } else {
        csv_cell_raw(w, tier_name(v->tier));
    }
    csv_row_end(w);
}

static const char *const headings[ANALYSIS_COUNT] = {
    [ANALYSIS_RFM] = "id,recency_days,frequency,monetary,R,F,M\r\n",
    [ANALYSIS_ABC] = "id,sales,share_before,class\r\n",
    [ANALYSIS_PYRAMID] = "id,tier\r\n",
};

/* The row of place k: RFM by id, the others by rank. */
static const struct value_row *row_at(const struct value_report *r,
                                      enum analysis what, size_t k) {
    return &r->rows[what == ANALYSIS_RFM ? k : r->order[k]];
}

static void print_csv(struct buf *b, enum analysis what,
                      const struct value_report *r) {
    struct csv_writer w;
    csv_init(&w, b);
    buf_cstr(b, headings[what]);
    for (size_t k = 0; k < r->n; k++) {
        csv_row(&w, what, row_at(r, what, k), r->sales);
        output_flush(b);
    }
}

/* --- for people --------------------------------------------------------- */

static void print_group(struct buf *b, const char *name,
                        const struct value_group *g,
                        const struct value_report *r) {
    buf_fmt(b, "%-9s %9lld customers %6.2f %%   %6.2f %% of sales  ", name,
            (long long)g->customers,
            100 * share_of(g->customers, (int64_t)r->n),
            100 * share_of(g->sales, r->sales));
    num_print_fixed(b, g->sales, NUM_AMOUNT, 2);
    buf_byte(b, '\n');
}

static void print_histogram(struct buf *b, const char *name,
                            const int64_t *counts) {
    buf_fmt(b, "%-9s", name);
    for (size_t i = 0; i < RFM_BANDS; i++)
        buf_fmt(b, " %zu: %-8lld", i + 1, (long long)counts[i]);
    buf_byte(b, '\n');
}

static void print_totals(struct buf *b, const struct value_report *r,
                         const struct transactions_totals *t) {
    buf_fmt(b, "lines     %lld\n", (long long)r->lines);
    buf_fmt(b,
            "  sales %lld, no customer %lld, cancelled %lld, returned %lld, "
            "free %lld\n",
            (long long)t->kinds[LINE_SALE],
            (long long)t->kinds[LINE_NO_CUSTOMER],
            (long long)t->kinds[LINE_CANCELLED],
            (long long)t->kinds[LINE_RETURNED], (long long)t->kinds[LINE_FREE]);
    buf_fmt(b, "customers %zu\nsales     ", r->n);
    num_print_fixed(b, r->sales, NUM_AMOUNT, 2);
    buf_byte(b, '\n');
}

static void print_row(struct buf *b, enum analysis what,
                      const struct value_row *v, int64_t total) {
    struct str sales = num_text(b->arena, v->facts.monetary, NUM_AMOUNT);
    buf_fmt(b, "%16.*s  ", STR_ARG(sales));
    if (what == ANALYSIS_RFM)
        buf_fmt(b, "%7lld d %7lld x  R%d F%d M%d  ",
                (long long)v->facts.recency_days, (long long)v->facts.frequency,
                v->rfm.r, v->rfm.f, v->rfm.m);
    else if (what == ANALYSIS_ABC)
        buf_fmt(b, "%6.2f %% before  %c  ",
                100 * share_of(v->abc.before, total), v->abc.class);
    else
        buf_fmt(b, "%-9.*s ", STR_ARG(tier_name(v->tier)));
    output_id(b, v->id);
    buf_byte(b, '\n');
}

static void print_table(struct buf *b, enum analysis what,
                        const struct value_report *r,
                        const struct transactions_totals *t) {
    static const char *const classes[] = {"A", "B", "C"};
    print_totals(b, r, t);
    if (what == ANALYSIS_RFM) {
        buf_cstr(b, "as of     ");
        day_print(b, r->as_of);
        buf_byte(b, '\n');
        print_histogram(b, "R", r->hist_r);
        print_histogram(b, "F", r->hist_f);
        print_histogram(b, "M", r->hist_m);
    }
    for (size_t i = 0; what == ANALYSIS_ABC && i < COUNT_OF(classes); i++)
        print_group(b, classes[i], &r->classes[i], r);
    for (enum tier i = 0; what == ANALYSIS_PYRAMID && i < TIER_COUNT; i++)
        print_group(b, tier_name(i).p, &r->tiers[i], r);
    buf_byte(b, '\n');
    for (size_t k = 0; k < r->n && k < TABLE_ROWS; k++)
        print_row(b, what, &r->rows[r->order[k]], r->sales);
    if (r->n > TABLE_ROWS)
        buf_fmt(b, "%zu more: --format csv or json\n", r->n - TABLE_ROWS);
}

enum err analysis_print(struct ctx *c, enum analysis what,
                        enum print_format format, const struct value_report *r,
                        const struct transactions_totals *totals) {
    struct buf b;
    output_init(&b, c);
    if (format == PRINT_JSON)
        print_json(&b, what, r);
    else if (format == PRINT_CSV)
        print_csv(&b, what, r);
    else
        print_table(&b, what, r, totals);
    return output_end(c, &b);
}
