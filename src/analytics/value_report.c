/* RFM, ABC and pyramid together. Pure but for the JSON writer it is given. */
#include "analytics/value_report.h"

#include "analytics/rank.h"
#include "base/num.h"
#include "base/time.h"

#define ROWS_PER_FLUSH 500
#define CLASSES 3

static void add_to(struct value_group *g, int64_t sales) {
    g->customers++;
    g->sales += sales;
}

static void count(struct value_report *r) {
    for (size_t i = 0; i < r->n; i++) {
        const struct value_row *v = &r->rows[i];
        r->hist_r[v->rfm.r - 1]++;
        r->hist_f[v->rfm.f - 1]++;
        r->hist_m[v->rfm.m - 1]++;
        add_to(&r->classes[v->abc.class - 'A'], v->facts.monetary);
        add_to(&r->tiers[v->tier], v->facts.monetary);
        r->sales += v->facts.monetary;
    }
}

/* Scores, ranks, classes and tiers of the facts in r->rows. */
static void judge(struct arena *scratch, struct value_rules rules,
                  struct value_report *r) {
    struct rfm_facts *facts = NEW_ARRAY(scratch, struct rfm_facts, r->n);
    struct rfm_score *scores = NEW_ARRAY(scratch, struct rfm_score, r->n);
    struct abc_row *classes = NEW_ARRAY(scratch, struct abc_row, r->n);
    enum tier *tiers = NEW_ARRAY(scratch, enum tier, r->n);
    int64_t *sales = NEW_ARRAY(scratch, int64_t, r->n);
    for (size_t i = 0; i < r->n; i++) {
        facts[i] = r->rows[i].facts;
        sales[i] = facts[i].monetary;
    }
    rfm_scores(scratch, facts, r->n, &rules.rfm, scores);
    sales_rank(scratch, sales, r->n, r->order);
    abc_classes(sales, r->order, r->n, rules.abc, classes);
    pyramid_tiers(r->order, r->n, rules.pyramid, tiers);
    for (size_t i = 0; i < r->n; i++) {
        r->rows[i].rfm = scores[i];
        r->rows[i].abc = classes[i];
        r->rows[i].tier = tiers[i];
    }
}

void value_report(struct arena *a, const struct customer_sales *customers,
                  size_t n, const struct transactions_totals *totals,
                  struct value_rules rules, struct value_report *out) {
    *out = (struct value_report){
        .as_of = rules.as_of,
        .lines = totals->lines,
        .sale_lines = totals->kinds[LINE_SALE],
        .rows = NEW_ARRAY(a, struct value_row, n),
        .order = NEW_ARRAY(a, size_t, n),
        .n = n,
    };
    for (size_t i = 0; i < n; i++) {
        const struct customer_sales *s = &customers[i];
        out->rows[i] = (struct value_row){
            .id = s->id,
            .facts = {(int64_t)rules.as_of - s->last_day, s->orders, s->sales}};
    }
    struct arena *scratch = arena_new();
    judge(scratch, rules, out);
    arena_free(scratch);
    count(out);
}

/* Exact decimal string; the text is at most 22 bytes. */
static void decimal(struct jw *w, struct str key, int64_t v) {
    char text[2 + 40];
    struct buf b = {.p = text, .cap = sizeof text, .max = sizeof text};
    num_print(&b, v, NUM_AMOUNT);
    jw_kstr(w, key, buf_view(&b));
}

static void share(struct jw *w, struct str key, int64_t part, int64_t total) {
    jw_key(w, key);
    jw_f64(w, share_of(part, total));
}

static void flush_at(struct value_sink *s, size_t i) {
    if (s->flush != NULL && i % ROWS_PER_FLUSH == ROWS_PER_FLUSH - 1)
        s->flush(s->user);
}

static void histogram(struct jw *w, struct str key, const int64_t *counts) {
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < RFM_BANDS; i++)
        jw_i64(w, counts[i]);
    jw_array_end(w);
}

static void group(struct jw *w, const struct value_group *g, int64_t total) {
    jw_ki64(w, S("customers"), g->customers);
    decimal(w, S("sales"), g->sales);
    share(w, S("share"), g->sales, total);
}

void value_json_rfm(const struct value_report *r, struct value_sink *s) {
    struct jw *w = s->w;
    char text[16];
    struct buf day = {.p = text, .cap = sizeof text, .max = sizeof text};
    day_print(&day, r->as_of);
    jw_object(w);
    jw_key(w, S("as_of"));
    if (r->as_of != DAY_MIN)
        jw_str(w, buf_view(&day));
    else
        jw_null(w);
    jw_ki64(w, S("lines"), r->lines);
    jw_ki64(w, S("sale_lines"), r->sale_lines);
    jw_ki64(w, S("customers"), (int64_t)r->n);
    decimal(w, S("sales"), r->sales);
    jw_key(w, S("hist"));
    jw_object(w);
    histogram(w, S("R"), r->hist_r);
    histogram(w, S("F"), r->hist_f);
    histogram(w, S("M"), r->hist_m);
    jw_object_end(w);
    if (s->rows) {
        jw_key(w, S("rows"));
        jw_array(w);
        for (size_t i = 0; i < r->n; i++) {
            const struct value_row *v = &r->rows[i];
            jw_object(w);
            jw_kstr(w, S("id"), v->id);
            jw_ki64(w, S("recency_days"), v->facts.recency_days);
            jw_ki64(w, S("frequency"), v->facts.frequency);
            decimal(w, S("monetary"), v->facts.monetary);
            jw_ki64(w, S("R"), v->rfm.r);
            jw_ki64(w, S("F"), v->rfm.f);
            jw_ki64(w, S("M"), v->rfm.m);
            jw_object_end(w);
            flush_at(s, i);
        }
        jw_array_end(w);
    }
    jw_object_end(w);
}

void value_json_abc(const struct value_report *r, struct value_sink *s) {
    static const struct str names[CLASSES] = {S_INIT("A"), S_INIT("B"),
                                              S_INIT("C")};
    struct jw *w = s->w;
    jw_object(w);
    jw_key(w, S("classes"));
    jw_object(w);
    for (size_t i = 0; i < CLASSES; i++) {
        jw_key(w, names[i]);
        jw_object(w);
        group(w, &r->classes[i], r->sales);
        jw_object_end(w);
    }
    jw_object_end(w);
    if (s->rows) {
        jw_key(w, S("rows"));
        jw_array(w);
        for (size_t k = 0; k < r->n; k++) {
            const struct value_row *v = &r->rows[r->order[k]];
            jw_object(w);
            jw_kstr(w, S("id"), v->id);
            decimal(w, S("sales"), v->facts.monetary);
            share(w, S("share_before"), v->abc.before, r->sales);
            jw_kstr(w, S("class"), names[v->abc.class - 'A']);
            jw_object_end(w);
            flush_at(s, k);
        }
        jw_array_end(w);
    }
    jw_object_end(w);
}

void value_json_pyramid(const struct value_report *r, struct value_sink *s) {
    struct jw *w = s->w;
    jw_object(w);
    jw_key(w, S("tiers"));
    jw_array(w);
    for (enum tier t = 0; t < TIER_COUNT; t++) {
        jw_object(w);
        jw_kstr(w, S("tier"), tier_name(t));
        group(w, &r->tiers[t], r->sales);
        jw_object_end(w);
    }
    jw_array_end(w);
    if (s->rows) {
        jw_key(w, S("rows"));
        jw_array(w);
        for (size_t k = 0; k < r->n; k++) {
            const struct value_row *v = &r->rows[r->order[k]];
            jw_object(w);
            jw_kstr(w, S("id"), v->id);
            jw_kstr(w, S("tier"), tier_name(v->tier));
            jw_object_end(w);
            flush_at(s, k);
        }
        jw_array_end(w);
    }
    jw_object_end(w);
}
