/* What customers could bring and will bring, over HTTP. Each count comes with
 * the query of the list of customers that shows exactly those. */
#include "app/outlook.h"

#include "analytics/rank.h"
#include "api/routes.h"
#include "app/cross_sell.h"
#include "base/num.h"
#include "base/time.h"
#include "store/matrix.h"
#include "store/record.h"
#include "store/sight.h"

#define CHANCE 4
#define QUERY_MAX 512

static void put_day(struct ctx *c, struct jw *w, struct str key, int32_t day) {
    jw_key(w, key);
    if (day == 0)
        jw_null(w);
    else
        jw_str(w, day_text(c->arena, day));
}

static void put_number(struct ctx *c, struct jw *w, struct str key, int64_t v,
                       int scale) {
    jw_kstr(w, key, num_text(c->arena, v, scale));
}

/* --- queries -------------------------------------------------------------- */

/* "&field[gte]=a&field[lt]=b", each where it is bounded. */
static void bound(struct ctx *c, struct buf *q, const char *field,
                  struct str from, struct str to) {
    if (from.n > 0)
        buf_str(q,
                str_fmt(c->arena, "&%s[gte]=" STR_FMT, field, STR_ARG(from)));
    if (to.n > 0)
        buf_str(q, str_fmt(c->arena, "&%s[lt]=" STR_FMT, field, STR_ARG(to)));
}

static struct str number_bound(struct ctx *c, int64_t v, int scale) {
    return v == INT64_MAX || v == INT64_MIN ? S("")
                                            : num_text(c->arena, v, scale);
}

static struct str day_bound(struct ctx *c, int64_t v) {
    return v == INT64_MAX || v == INT64_MIN ? S("")
                                            : day_text(c->arena, (int32_t)v);
}

/* --- the value matrix ----------------------------------------------------- */

static void put_types(struct ctx *c, struct jw *w,
                      const struct outlook_matrix *m) {
    jw_key(w, S("types"));
    jw_array(w);
    for (int t = 0; t < MATRIX_TYPES; t++) {
        const struct outlook_sum *s = &m->types[t];
        struct str name = matrix_name((enum matrix_type)t);
        jw_object(w);
        jw_kstr(w, S("type"), name);
        jw_ki64(w, S("customers"), s->customers);
        put_number(c, w, S("year_sales"), s->current, NUM_AMOUNT);
        put_number(c, w, S("potential"), s->potential, NUM_AMOUNT);
        jw_kstr(w, S("query"),
                str_fmt(c->arena, "matrix_type=" STR_FMT "&sort=-potential",
                        STR_ARG(name)));
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_bound(struct ctx *c, struct jw *w, struct str key, int64_t v) {
    jw_key(w, key);
    if (v == INT64_MAX)
        jw_null(w);
    else
        jw_str(w, num_text(c->arena, v, NUM_AMOUNT));
}

static void put_cell(struct ctx *c, struct jw *w,
                     const struct outlook_cell *cell) {
    struct str name = matrix_name(cell->type);
    struct buf q;
    buf_init(&q, c->arena, QUERY_MAX);
    buf_str(&q, str_fmt(c->arena, "matrix_type=" STR_FMT, STR_ARG(name)));
    bound(c, &q, "year_sales", number_bound(c, cell->current_from, NUM_AMOUNT),
          number_bound(c, cell->current_to, NUM_AMOUNT));
    bound(c, &q, "potential", number_bound(c, cell->potential_from, NUM_AMOUNT),
          number_bound(c, cell->potential_to, NUM_AMOUNT));
    jw_object(w);
    jw_kstr(w, S("type"), name);
    put_bound(c, w, S("current_from"), cell->current_from);
    put_bound(c, w, S("current_to"), cell->current_to);
    put_bound(c, w, S("potential_from"), cell->potential_from);
    put_bound(c, w, S("potential_to"), cell->potential_to);
    jw_ki64(w, S("customers"), cell->customers);
    jw_kstr(w, S("query"), buf_view(&q));
    jw_object_end(w);
}

static enum err matrix_h(struct ctx *c, struct call *call) {
    struct outlook_matrix m;
    struct jw *w = &call->w;
    TRY(outlook_matrix(c, &m));
    jw_object(w);
    put_day(c, w, S("as_of"), m.as_of);
    put_day(c, w, S("from"), m.from_day);
    put_number(c, w, S("current_cut"), m.current_cut, NUM_AMOUNT);
    put_number(c, w, S("potential_cut"), m.potential_cut, NUM_AMOUNT);
    put_types(c, w, &m);
    jw_key(w, S("cells"));
    jw_array(w);
    for (size_t i = 0; i < m.n; i++)
        put_cell(c, w, &m.cells[i]);
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

/* --- groups --------------------------------------------------------------- */

static void put_mean(struct jw *w, struct str key, double sum, int64_t of) {
    jw_key(w, key);
    jw_f64(w, sum / (double)of);
}

static void put_group(struct ctx *c, struct jw *w,
                      const struct outlook_groups *g,
                      const struct value_group_sums *s) {
    jw_object(w);
    jw_ki64(w, S("number"), s->group);
    group_words_to_json(&g->model, (size_t)s->group - 1, w);
    jw_ki64(w, S("customers"), s->customers);
    put_number(c, w, S("sales"), s->sales, NUM_AMOUNT);
    jw_key(w, S("share"));
    jw_f64(w, share_of(s->sales, g->sales));
    jw_key(w, S("mean"));
    jw_object(w);
    put_mean(w, S("recency_days"),
             (double)g->as_of * (double)s->customers - (double)s->last_days,
             s->customers);
    put_mean(w, S("orders"), (double)s->orders, s->customers);
    put_number(c, w, S("sales"), s->sales / s->customers, NUM_AMOUNT);
    jw_object_end(w);
    jw_kstr(w, S("query"),
            str_fmt(c->arena, "value_group=%d&sort=-sales", s->group));
    jw_object_end(w);
}

static enum err groups_h(struct ctx *c, struct call *call) {
    struct outlook_groups g;
    struct jw *w = &call->w;
    TRY(outlook_groups(c, &g));
    jw_object(w);
    put_day(c, w, S("as_of"), g.as_of);
    jw_ki64(w, S("customers"), g.customers);
    put_number(c, w, S("sales"), g.sales, NUM_AMOUNT);
    jw_key(w, S("groups"));
    jw_array(w);
    for (size_t i = 0; i < g.n; i++)
        put_group(c, w, &g, &g.p[i]);
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

/* --- lifetimes ------------------------------------------------------------ */

enum measure { OF_MONEY, OF_CHANCE, OF_DAYS };

static struct str bound_text(struct ctx *c, enum measure m, int64_t v) {
    switch (m) {
    case OF_MONEY:
        return number_bound(c, v, NUM_AMOUNT);
    case OF_CHANCE:
        return number_bound(c, v, CHANCE);
    case OF_DAYS:
        break;
    }
    return day_bound(c, v);
}

static void put_text(struct jw *w, struct str key, struct str text) {
    jw_key(w, key);
    if (text.n == 0)
        jw_null(w);
    else
        jw_str(w, text);
}

static void put_bars(struct ctx *c, struct jw *w, const char *field,
                     enum measure m, const struct outlook_bars *b) {
    jw_object(w);
    jw_ki64(w, S("customers"), b->customers);
    jw_ki64(w, S("unknown"), b->unknown);
    put_number(c, w, S("sum"), b->sum, NUM_AMOUNT);
    jw_key(w, S("bars"));
    jw_array(w);
    for (size_t k = 0; k < b->n; k++) {
        struct str from = bound_text(c, m, b->p[k].from);
        struct str to = bound_text(c, m, b->p[k].to);
        struct buf q;
        buf_init(&q, c->arena, QUERY_MAX);
        buf_str(&q, S("orders[gte]=1"));
        bound(c, &q, field, from, to);
        if (from.n == 0 && to.n > 0)
            buf_str(&q, str_fmt(c->arena, "&%s[empty]=false", field));
        jw_object(w);
        put_text(w, S("from"), from);
        put_text(w, S("to"), to);
        jw_ki64(w, S("customers"), b->p[k].customers);
        put_number(c, w, S("sum"), b->p[k].sum, NUM_AMOUNT);
        jw_kstr(w, S("query"), buf_view(&q));
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
}

static enum err lifetimes_h(struct ctx *c, struct call *call) {
    struct outlook_spread s;
    struct jw *w = &call->w;
    TRY(outlook_spread(c, &s));
    jw_object(w);
    put_day(c, w, S("as_of"), s.as_of);
    put_day(c, w, S("today"), s.today);
    jw_key(w, S("clv"));
    put_bars(c, w, "clv_12m", OF_MONEY, &s.clv);
    jw_key(w, S("alive"));
    put_bars(c, w, "p_alive", OF_CHANCE, &s.alive);
    jw_key(w, S("due"));
    put_bars(c, w, "due_on", OF_DAYS, &s.due);
    jw_object_end(w);
    return OK;
}

/* --- what to offer -------------------------------------------------------- */

static void put_product(struct jw *w, struct str key, int64_t id,
                        struct str name, bool named) {
    jw_key(w, key);
    jw_object(w);
    jw_ki64(w, S("id"), id);
    if (named)
        jw_kstr(w, S("name"), name);
    jw_object_end(w);
}

static void put_share(struct jw *w, struct str key, int64_t part, int64_t of) {
    jw_key(w, key);
    jw_f64(w, of == 0 ? 0 : (double)part / (double)of);
}

/* Shares say nothing of how many; the counts are for who sees everybody. */
static void put_offer(struct ctx *c, struct jw *w, const struct pair_found *f,
                      int64_t buyers, bool named) {
    const struct product_pair *p = &f->pair;
    jw_object(w);
    put_product(w, S("product"), p->other, f->other_name, named);
    put_product(w, S("because"), p->product, f->name, named);
    put_share(w, S("support"), p->together, buyers);
    put_share(w, S("confidence"), p->together, p->customers);
    jw_key(w, S("lift"));
    jw_f64(w, cross_sell_lift(p, buyers));
    if (sight_everybody(c)) {
        jw_ki64(w, S("buyers"), buyers);
        jw_ki64(w, S("bought"), p->customers);
        jw_ki64(w, S("bought_other"), p->other_customers);
        jw_ki64(w, S("bought_both"), p->together);
    }
    jw_object_end(w);
}

static enum err suggestions_h(struct ctx *c, struct call *call) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    const struct entity_info *product =
        registry_find(c->registry, S("product"));
    struct matrix_run run = {0};
    struct pair_found *found;
    struct scope s;
    struct record *r;
    struct jw *w = &call->w;
    int64_t id;
    size_t n;
    bool any;
    TRY(call_id(c, call, 0, &id));
    TRY(sight_sums(c)); /* what was bought is told by what is offered */
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(record_load(c, &s, id, false, &r));
    TRY(matrix_newest(c, &run, &any));
    TRY(cross_sell_for(c, id, run.buyers, &found, &n));
    bool named =
        sight_of(c, product, info_field(product, S("name"))) == SEE_FULL;
    jw_object(w);
    put_day(c, w, S("as_of"), any ? run.as_of : 0);
    if (record_i64(r, S("orders")) > PAIRS_NEWEST) {
        jw_ki64(w, S("newest"), PAIRS_NEWEST);
        jw_ki64(w, S("of"), record_i64(r, S("orders")));
    }
    jw_key(w, S("data"));
    jw_array(w);
    for (size_t k = 0; k < n; k++)
        put_offer(c, w, &found[k], run.buyers, named);
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/matrix",
     .fn = matrix_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "The value matrix: current against potential value.",
     .tag = "value",
     .out = "matrix"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/groups",
     .fn = groups_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Groups of customers who buy alike.",
     .tag = "value",
     .out = "buying_groups"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/lifetimes",
     .fn = lifetimes_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "How lifetime values, chances of staying and due days are spread.",
     .tag = "value",
     .out = "lifetimes"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/customers/{id}/suggestions",
     .fn = suggestions_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "Products that customers who bought the same buy as well.",
     .tag = "value",
     .out = "suggestions"},
};

const struct route_list outlook_routes = {routes, COUNT_OF(routes)};
