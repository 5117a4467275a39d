/* The value pages over HTTP. */
#include "api/routes.h"

#include "api/job.h"
#include "app/cohorts.h"
#include "app/grade.h"
#include "app/grade_request.h"
#include "app/ruling.h"
#include "app/value.h"
#include "app/why.h"
#include "base/num.h"
#include "base/time.h"
#include "store/record.h"
#include "store/sight.h"
#include "store/value_rows.h"

#define PARETO_POINTS 100

typedef void (*writer)(const struct value_report *r, struct value_sink *s);

static enum err write_report(struct ctx *c, struct call *call,
                             enum value_page page, writer write) {
    struct value_report report;
    bool found;
    struct str rows = url_get(&call->params, S("rows"), &found);
    TRY(value_current(c, page, &report));
    struct value_sink sink = {.w = &call->w,
                              .rows = !found || !str_eqc(rows, "false")};
    write(&report, &sink);
    return OK;
}

static enum err rfm_h(struct ctx *c, struct call *call) {
    return write_report(c, call, VALUE_RFM, value_json_rfm);
}

static enum err abc_h(struct ctx *c, struct call *call) {
    return write_report(c, call, VALUE_ABC, value_json_abc);
}

static enum err pyramid_h(struct ctx *c, struct call *call) {
    return write_report(c, call, VALUE_PYRAMID, value_json_pyramid);
}

static void put_profit(struct ctx *c, struct jw *w,
                       const struct value_profits *p,
                       const struct value_profit *one) {
    jw_ki64(w, S("customers"), one->customers);
    if (!p->seen)
        return;
    jw_ki64(w, S("known"), one->known);
    jw_kstr(w, S("profit"), num_text(c->arena, one->profit, NUM_AMOUNT));
    jw_key(w, S("share"));
    if (p->all.profit > 0)
        jw_f64(w, (double)one->profit / (double)p->all.profit);
    else
        jw_null(w);
}

static bool weighs(const struct ruler_basis *b) {
    int sum = 0;
    for (int k = 0; k < WEIGHT_COUNT; k++)
        sum += b->weights[k];
    return sum > 0;
}

static enum err tier_profits_h(struct ctx *c, struct call *call) {
    struct value_profits p;
    struct jw *w = &call->w;
    TRY(value_profits(c, &p));
    const struct ruler_basis *basis = &p.ruling.ruler.basis;
    jw_object(w);
    jw_key(w, S("as_of"));
    if (p.ruling.graded)
        jw_str(w, day_text(c->arena, p.ruling.ruler.as_of));
    else
        jw_null(w);
    jw_kstr(w, S("measure"), measure_name(basis->measure));
    jw_key(w, S("from"));
    if (basis->from_day != 0)
        jw_str(w, day_text(c->arena, basis->from_day));
    else
        jw_null(w);
    jw_kbool(w, S("weighted"), weighs(basis));
    put_profit(c, w, &p, &p.all);
    if (p.seen)
        jw_kstr(w, S("unknown_query"),
                S("grade[empty]=false&net_profit[empty]=true&sort=-sales"));
    jw_key(w, S("tiers"));
    jw_array(w);
    for (enum tier t = 0; t < TIER_COUNT; t++) {
        jw_object(w);
        jw_kstr(w, S("tier"), tier_name(t));
        put_profit(c, w, &p, &p.tiers[t]);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

static void put_ruling(struct ctx *c, struct jw *w, const struct ruling *r) {
    jw_key(w, S("as_of"));
    if (r->graded)
        jw_str(w, day_text(c->arena, r->ruler.as_of));
    else
        jw_null(w);
    jw_key(w, S("rfm"));
    if (r->graded)
        why_rfm_rules(c, w, &r->ruler);
    else
        jw_null(w);
}

static enum err cells_h(struct ctx *c, struct call *call) {
    struct value_cell *cells;
    size_t n;
    struct jw *w = &call->w;
    struct ruling ruling;
    TRY(ruling_now(c, &ruling));
    TRY(value_cells(c, &cells, &n));
    jw_object(w);
    put_ruling(c, w, &ruling);
    jw_key(w, S("cells"));
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_ki64(w, S("R"), cells[i].r);
        jw_ki64(w, S("F"), cells[i].f);
        jw_ki64(w, S("customers"), cells[i].customers);
        jw_kstr(w, S("sales"), num_text(c->arena, cells[i].sales, NUM_AMOUNT));
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

/* A point of the curve: the best k + 1 customers. */
static void put_point(struct ctx *c, struct jw *w, const struct value_report *r,
                      size_t k) {
    const struct value_row *row = &r->rows[r->order[k]];
    int64_t sales = row->facts.monetary;
    jw_object(w);
    jw_key(w, S("customers"));
    jw_f64(w, (double)(k + 1) / (double)r->n);
    jw_key(w, S("sales"));
    jw_f64(w, (double)(row->abc.before + sales) / (double)r->sales);
    jw_ki64(w, S("n"), (int64_t)k + 1);
    jw_kstr(w, S("query"),
            str_fmt(c->arena,
                    "grade[empty]=false&sales[gte]=" STR_FMT "&sort=-sales",
                    STR_ARG(num_text(c->arena, sales, NUM_AMOUNT))));
    jw_object_end(w);
}

/* Cumulative shares at about a hundred ranks: enough for a curve. Of those who
 * sell the same only the last ends a point, so that its list has no more. */
static enum err pareto_h(struct ctx *c, struct call *call) {
    struct value_report r;
    struct jw *w = &call->w;
    bool due = false;
    TRY(value_current(c, VALUE_PARETO, &r));
    jw_object(w);
    jw_ki64(w, S("customers"), (int64_t)r.n);
    jw_kstr(w, S("sales"), num_text(c->arena, r.sales, NUM_AMOUNT));
    jw_key(w, S("points"));
    jw_array(w);
    size_t step = r.n / PARETO_POINTS + 1;
    for (size_t k = 0; r.sales > 0 && k < r.n; k++) {
        due = due || (k + 1) % step == 0 || k + 1 == r.n;
        if (!due || (k + 1 < r.n && r.rows[r.order[k]].facts.monetary ==
                                        r.rows[r.order[k + 1]].facts.monetary))
            continue;
        put_point(c, w, &r, k);
        due = false;
    }
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

/* Rows without new customers are left out. */
static enum err cohorts_h(struct ctx *c, struct call *call) {
    struct cohorts t;
    struct jw *w = &call->w;
    TRY(cohorts_current(c, &t));
    jw_object(w);
    jw_kstr(w, S("unit"), S("month"));
    jw_key(w, S("cohorts"));
    jw_array(w);
    for (size_t i = 0; i < t.n; i++) {
        const int64_t *active = t.active + i * t.n;
        if (active[0] == 0)
            continue;
        jw_object(w);
        char text[16];
        struct buf name = {.p = text, .cap = sizeof text, .max = sizeof text};
        cohort_month(&name, t.first_month + (int32_t)i);
        jw_kstr(w, S("cohort"), buf_view(&name));
        jw_ki64(w, S("customers"), active[0]);
        jw_key(w, S("active"));
        jw_array(w);
        for (size_t k = 0; k < t.n - i; k++)
            jw_i64(w, active[k]);
        jw_array_end(w);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

static enum err why_h(struct ctx *c, struct call *call) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct scope s;
    struct record *r;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    /* The reasons are orders: without the right to those, no reasons (S3). */
    TRY(sight_sums(c));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(record_load(c, &s, id, false, &r));
    return why_customer(c, r, &call->w);
}

/* Everybody's grades move: for those who may change more than their own. */
static enum err grading_h(struct ctx *c, struct call *call) {
    const struct entity *e = registry_find(c->registry, S("customer"))->e;
    int64_t job_id;
    if (actor_level(c, e, ACT_UPDATE) < LEVEL_TREE)
        return fail(c, ERR_FORBIDDEN, "", "forbidden");
    TRY(grade_request(c, &job_id));
    return call_job_started(c, call, job_id);
}

static const struct route routes[] = {
    {.method = HTTP_POST,
     .pattern = "/api/v1/grading/run",
     .fn = grading_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .doc = "Grade all customers anew.",
     .tag = "value",
     .out = "job_started"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/rfm",
     .fn = rfm_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Recency, frequency and monetary scores.",
     .tag = "value",
     .in = "analytics_query",
     .out = "analytics_rfm"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/abc",
     .fn = abc_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "ABC classes by share of what grades go by.",
     .tag = "value",
     .in = "analytics_query",
     .out = "analytics_abc"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/pyramid",
     .fn = pyramid_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "The four tiers with their real share of sales.",
     .tag = "value",
     .in = "analytics_query",
     .out = "analytics_pyramid"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/tier_profits",
     .fn = tier_profits_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "By what the tiers were ranked, and their real share of profit.",
     .tag = "value",
     .out = "tier_profits"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/rfm_cells",
     .fn = cells_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Customers and sales per cell of R and F.",
     .tag = "value",
     .out = "rfm_cells"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/pareto",
     .fn = pareto_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Cumulative share of sales by share of customers.",
     .tag = "value",
     .out = "pareto"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/cohorts",
     .fn = cohorts_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Who comes back, by month of the first purchase.",
     .tag = "value",
     .out = "cohorts"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/customers/{id}/why",
     .fn = why_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "The orders and cut-offs behind a customer's grade.",
     .tag = "value",
     .out = "why"},
};

const struct route_list analytics_routes = {routes, COUNT_OF(routes)};
