/* Groups of the customers of a file. One thread. Invariant: how they are found
 * is what the product does (analytics/groups.h). */
#include "cli/analyze_groups.h"

#include "cli/analyze_output.h"
#include "cli/analyze_read.h"

#include "analytics/groups.h"
#include "analytics/rank.h"
#include "base/num.h"

struct group_sums {
    int64_t customers, sales, orders, days;
};

struct grouping {
    const struct analyzed_sales *in;
    struct rfm_facts *facts; /* of each customer */
    uint8_t *group;          /* from 0 */
    double *distance;
    struct group_model model;
    struct group_sums sums[GROUPS_MOST];
    int64_t sales;
};

static void find(struct ctx *c, const struct analyzed_sales *in, size_t k,
                 struct grouping *g) {
    *g = (struct grouping){.in = in,
                           .facts =
                               NEW_ARRAY(c->arena, struct rfm_facts, in->n + 1),
                           .group = NEW_ARRAY(c->arena, uint8_t, in->n + 1),
                           .distance = NEW_ARRAY(c->arena, double, in->n + 1)};
    for (size_t i = 0; i < in->n; i++) {
        const struct customer_sales *s = &in->customers[i];
        g->facts[i] = (struct rfm_facts){(int64_t)in->as_of - s->last_day,
                                         s->orders, s->sales};
    }
    groups_fit(c->arena, g->facts, in->n, k, &g->model);
    for (size_t i = 0; g->model.k > 0 && i < in->n; i++) {
        size_t at = group_of(&g->model, &g->facts[i], &g->distance[i]);
        struct group_sums *s = &g->sums[at];
        g->group[i] = (uint8_t)at;
        s->customers++;
        s->sales += g->facts[i].monetary;
        s->orders += g->facts[i].frequency;
        s->days += g->facts[i].recency_days;
        g->sales += g->facts[i].monetary;
    }
}

/* --- JSON ----------------------------------------------------------------- */

static void put_real(struct jw *w, struct str key, double v) {
    jw_key(w, key);
    jw_f64(w, v);
}

static void put_group(struct ctx *c, struct jw *w, const struct grouping *g,
                      size_t at) {
    const struct group_sums *s = &g->sums[at];
    double n = (double)s->customers;
    jw_object(w);
    jw_ki64(w, S("group"), (int64_t)at + 1);
    group_words_to_json(&g->model, at, w);
    jw_ki64(w, S("customers"), s->customers);
    jw_kstr(w, S("sales"), num_text(c->arena, s->sales, NUM_AMOUNT));
    put_real(w, S("share"), share_of(s->sales, g->sales));
    jw_key(w, S("mean"));
    jw_object(w);
    put_real(w, S("recency_days"), (double)s->days / n);
    put_real(w, S("frequency"), (double)s->orders / n);
    put_real(w, S("monetary"), (double)s->sales / n / 1e6);
    jw_object_end(w);
    jw_key(w, S("centre"));
    jw_array(w);
    for (int f = 0; f < GROUP_FACTS; f++)
        jw_f64(w, g->model.centres[at][f]);
    jw_array_end(w);
    jw_object_end(w);
}

static void put_facts(struct jw *w, const struct group_model *m) {
    jw_key(w, S("facts"));
    jw_array(w);
    for (int f = 0; f < GROUP_FACTS; f++) {
        jw_object(w);
        jw_kstr(w, S("fact"), group_fact_name((enum group_fact)f));
        put_real(w, S("mean"), m->mean[f]);
        put_real(w, S("sd"), m->sd[f]);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void print_json(struct ctx *c, struct buf *b, const struct grouping *g) {
    struct jw w;
    jw_init(&w, b);
    jw_object(&w);
    jw_kstr(&w, S("as_of"), day_text(c->arena, g->in->as_of));
    jw_ki64(&w, S("customers"), (int64_t)g->in->n);
    jw_kstr(&w, S("sales"), num_text(c->arena, g->sales, NUM_AMOUNT));
    put_facts(&w, &g->model);
    jw_key(&w, S("groups"));
    jw_array(&w);
    for (size_t at = 0; at < g->model.k; at++)
        if (g->sums[at].customers > 0)
            put_group(c, &w, g, at);
    jw_array_end(&w);
    jw_key(&w, S("rows"));
    jw_array(&w);
    for (size_t i = 0; i < g->in->n; i++) {
        jw_object(&w);
        jw_kstr(&w, S("id"), g->in->customers[i].id);
        jw_ki64(&w, S("group"), g->group[i] + 1);
        put_real(&w, S("distance"), g->distance[i]);
        jw_object_end(&w);
        output_flush(b);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    buf_byte(b, '\n');
}

/* --- for spreadsheets, for people ----------------------------------------- */

static void print_csv(struct buf *b, const struct grouping *g) {
    struct csv_writer w;
    csv_init(&w, b);
    buf_cstr(b, "id,group,distance\r\n");
    for (size_t i = 0; i < g->in->n; i++) {
        csv_cell(&w, g->in->customers[i].id);
        output_count(&w, g->group[i] + 1);
        output_real(&w, g->distance[i]);
        csv_row_end(&w);
        output_flush(b);
    }
}

static void print_table(struct ctx *c, struct buf *b,
                        const struct grouping *g) {
    buf_fmt(b, "as of     " STR_FMT "\ncustomers %zu\n\n",
            STR_ARG(day_text(c->arena, g->in->as_of)), g->in->n);
    buf_cstr(b, "group customers % sales  mean days mean orders    mean sales"
                "  recency frequency money\n");
    for (size_t at = 0; at < g->model.k; at++) {
        const struct group_sums *s = &g->sums[at];
        double n = (double)s->customers;
        if (s->customers == 0)
            continue;
        buf_fmt(b, "%5zu %9lld %7.2f %10.1f %11.1f %13.2f ", at + 1,
                (long long)s->customers, 100 * share_of(s->sales, g->sales),
                (double)s->days / n, (double)s->orders / n,
                (double)s->sales / n / 1e6);
        for (int f = 0; f < GROUP_FACTS; f++)
            buf_fmt(b, " " STR_FMT,
                    STR_ARG(group_word(&g->model, at, (enum group_fact)f)));
        buf_byte(b, '\n');
    }
    buf_cstr(b, "each customer's group: --format csv or json\n");
}

enum err analyze_groups(struct ctx *c, struct str path,
                        const struct analyze_request *rq) {
    struct analyzed_sales in;
    struct grouping g;
    struct buf b;
    TRY(analyze_sales(c, path, rq, &in));
    find(c, &in, rq->groups, &g);
    output_init(&b, c);
    if (rq->format == PRINT_JSON)
        print_json(c, &b, &g);
    else if (rq->format == PRINT_CSV)
        print_csv(&b, &g);
    else
        print_table(c, &b, &g);
    return output_end(c, &b);
}
