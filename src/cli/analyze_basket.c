/* Pairs of products of a file of sale lines. One thread. Invariant: only sale
 * lines with an order and a product count. */
#include "cli/analyze_cohort.h"

#include "cli/analyze_output.h"
#include "cli/analyze_read.h"

#include "analytics/basket.h"
#include "base/json.h"

#define TABLE_ROWS 20

struct taking {
    const struct analyze_request *rq;
    struct baskets *baskets;
};

static enum err take(struct ctx *c, void *user, const struct sale_line *l,
                     struct str product) {
    struct taking *t = user;
    if (line_kind(l, t->rq->cancel_prefix) == LINE_SALE && l->order.n > 0 &&
        product.n > 0)
        baskets_add(t->baskets, l->order, product);
    return OK;
}

/* Of the orders with one, the share that has the other too. */
static double confidence(int64_t together, int64_t with) {
    return (double)together / (double)with;
}

static void real(struct jw *w, struct str key, double v) {
    jw_key(w, key);
    jw_f64(w, v);
}

static void print_json(struct buf *b, const struct basket_report *r) {
    struct jw w;
    jw_init(&w, b);
    jw_object(&w);
    jw_ki64(&w, S("orders"), r->orders);
    jw_ki64(&w, S("products"), r->products);
    jw_ki64(&w, S("min_orders"), r->least);
    jw_ki64(&w, S("frequent"), (int64_t)r->frequent);
    jw_key(&w, S("pairs"));
    jw_array(&w);
    for (size_t i = 0; i < r->n; i++) {
        const struct basket_pair *p = &r->pairs[i];
        jw_object(&w);
        jw_kstr(&w, S("a"), p->a);
        jw_kstr(&w, S("b"), p->b);
        jw_ki64(&w, S("orders_a"), p->with_a);
        jw_ki64(&w, S("orders_b"), p->with_b);
        jw_ki64(&w, S("together"), p->together);
        real(&w, S("support"), confidence(p->together, r->orders));
        real(&w, S("confidence_ab"), confidence(p->together, p->with_a));
        real(&w, S("confidence_ba"), confidence(p->together, p->with_b));
        real(&w, S("lift"), p->lift);
        real(&w, S("chi2"), p->chi2);
        jw_object_end(&w);
        output_flush(b);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    buf_byte(b, '\n');
}

static void print_csv(struct buf *b, const struct basket_report *r) {
    struct csv_writer w;
    csv_init(&w, b);
    buf_cstr(b, "a,b,orders_a,orders_b,together,support,confidence_ab,"
                "confidence_ba,lift,chi2\r\n");
    for (size_t i = 0; i < r->n; i++) {
        const struct basket_pair *p = &r->pairs[i];
        csv_cell(&w, p->a);
        csv_cell(&w, p->b);
        output_count(&w, p->with_a);
        output_count(&w, p->with_b);
        output_count(&w, p->together);
        output_real(&w, confidence(p->together, r->orders));
        output_real(&w, confidence(p->together, p->with_a));
        output_real(&w, confidence(p->together, p->with_b));
        output_real(&w, p->lift);
        output_real(&w, p->chi2);
        csv_row_end(&w);
        output_flush(b);
    }
}

static void print_table(struct buf *b, const struct basket_report *r) {
    buf_fmt(b,
            "orders %lld, products %lld, in at least %lld orders %zu, pairs "
            "%zu\n\n%9s %9s %9s %9s  a, b\n",
            (long long)r->orders, (long long)r->products, (long long)r->least,
            r->frequent, r->n, "together", "a -> b", "b -> a", "lift");
    for (size_t i = 0; i < r->n && i < TABLE_ROWS; i++) {
        const struct basket_pair *p = &r->pairs[i];
        buf_fmt(b, "%9lld %7.1f %% %7.1f %% %9.2f  ", (long long)p->together,
                100 * confidence(p->together, p->with_a),
                100 * confidence(p->together, p->with_b), p->lift);
        output_id(b, p->a);
        buf_cstr(b, ", ");
        output_id(b, p->b);
        buf_byte(b, '\n');
    }
    if (r->n > TABLE_ROWS)
        buf_fmt(b, "%zu more: --format csv or json\n", r->n - TABLE_ROWS);
}

enum err analyze_basket(struct ctx *c, struct str path,
                        const struct analyze_request *rq) {
    struct taking t = {rq, baskets_new(c->arena)};
    struct line_reader rd = {.rq = rq, .take = take, .user = &t};
    struct basket_report report;
    struct buf b;
    TRY(analyze_read(c, path, &rd));
    if (rd.columns.at[COLUMN_ORDER] == COLUMN_NONE)
        return failv(c, ERR_INVALID, S(""), "analyze_missing",
                     ARGS(V("order"), V("")));
    if (!baskets_pairs(t.baskets, c->arena, rq->support_bp, &report))
        return fail(c, ERR_INVALID, "support", "analyze_support");
    output_init(&b, c);
    if (rq->format == PRINT_JSON)
        print_json(&b, &report);
    else if (rq->format == PRINT_CSV)
        print_csv(&b, &report);
    else
        print_table(&b, &report);
    return output_end(c, &b);
}
