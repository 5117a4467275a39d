/* Figures of winning and keeping over HTTP. */
#include "api/routes.h"

#include "app/retention.h"
#include "base/num.h"
#include "base/time.h"

#include <math.h>

static const struct {
    const char *name;
    int32_t days;
} periods[] = {{"month", 30}, {"quarter", 91}, {"year", 365}};

static void put(struct jw *w, struct str key, double v) {
    jw_key(w, key);
    if (isfinite(v))
        jw_f64(w, v);
    else
        jw_null(w);
}

/* "2026-01-01..2026-03-31" of the span that begins on a day. */
static struct str span_text(struct ctx *c, int32_t first, int32_t days) {
    return str_fmt(c->arena, STR_FMT ".." STR_FMT,
                   STR_ARG(day_text(c->arena, first)),
                   STR_ARG(day_text(c->arena, first + days - 1)));
}

/* The lists of customers that a span's numbers count. */
static void put_queries(struct ctx *c, struct jw *w,
                        const struct retention_span *s, int32_t days) {
    struct str now = span_text(c, s->first, days);
    struct str then = span_text(c, s->first - days, days);
    jw_key(w, S("queries"));
    jw_object(w);
    jw_kstr(w, S("active"),
            str_fmt(c->arena, "bought=" STR_FMT "&sort=-sales", STR_ARG(now)));
    jw_kstr(w, S("new"),
            str_fmt(c->arena,
                    "first_order_on[gte]=" STR_FMT
                    "&first_order_on[lte]=" STR_FMT "&sort=-sales",
                    STR_ARG(day_text(c->arena, s->first)),
                    STR_ARG(day_text(c->arena, s->first + days - 1))));
    jw_kstr(w, S("base"),
            str_fmt(c->arena, "bought=" STR_FMT "&sort=-sales", STR_ARG(then)));
    jw_kstr(w, S("kept"),
            str_fmt(c->arena, "bought=" STR_FMT "," STR_FMT "&sort=-sales",
                    STR_ARG(then), STR_ARG(now)));
    jw_object_end(w);
}

static void put_spans(struct ctx *c, struct jw *w, const struct retention *r) {
    jw_key(w, S("periods"));
    jw_array(w);
    for (size_t i = 0; i < r->n; i++) {
        const struct retention_span *s = &r->spans[i];
        jw_object(w);
        jw_kstr(w, S("from"), day_text(c->arena, s->first));
        jw_kstr(w, S("to"), day_text(c->arena, s->first + r->days - 1));
        jw_ki64(w, S("active"), s->active);
        jw_ki64(w, S("new"), s->fresh);
        jw_ki64(w, S("base"), s->base);
        jw_ki64(w, S("kept"), s->kept);
        put(w, S("rate"),
            s->base > 0 ? (double)s->kept / (double)s->base : NAN);
        jw_kstr(w, S("sales"), num_text(c->arena, s->sales, NUM_AMOUNT));
        put_queries(c, w, s, r->days);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_profit(struct ctx *c, struct jw *w, const struct retention *r) {
    jw_key(w, S("effect"));
    if (isnan(r->rate)) {
        jw_null(w);
        return;
    }
    jw_object(w);
    jw_ki64(w, S("base"), r->base);
    jw_ki64(w, S("kept"), r->kept);
    put(w, S("rate"), r->rate);
    jw_kstr(w, S("sales"), num_text(c->arena, r->sales, NUM_AMOUNT));
    jw_ki64(w, S("active"), r->active);
    jw_kstr(w, S("measure"), r->by_margin ? S("margin") : S("sales"));
    put(w, S("margin_rate"), r->margin_rate);
    put(w, S("each"), r->each);
    put(w, S("discount"), r->discount);
    put(w, S("value"), r->value);
    put(w, S("more_rate"), r->more_rate);
    put(w, S("more_value"), r->more_value);
    put(w, S("gain"), r->gain);
    jw_object_end(w);
}

/* query: of the list of the customers won, or kept. */
static void put_cost(struct jw *w, struct str key,
                     const struct retention_cost *x, struct str query) {
    jw_key(w, key);
    jw_object(w);
    bool ledger = x->entries > 0;
    bool settings = x->standard > 0 || x->marketing > 0;
    jw_kstr(w, S("source"),
            !ledger    ? S("standard")
            : settings ? S("both")
                       : S("ledger"));
    jw_ki64(w, S("contacts"), x->contacts);
    jw_ki64(w, S("standard_contacts"), x->standard);
    jw_ki64(w, S("entries"), x->entries);
    put(w, S("ledger"), x->ledger);
    put(w, S("marketing"), x->marketing);
    put(w, S("spent"), x->spent);
    jw_ki64(w, S("customers"), x->customers);
    put(w, S("each"), x->each);
    jw_kstr(w, S("query"), query);
    jw_object_end(w);
}

/* Who bought in the year before as_of, for the first time or not. */
static struct str won_query(struct ctx *c, const struct retention *r) {
    return str_fmt(c->arena,
                   "first_order_on[gte]=" STR_FMT "&first_order_on[lt]=" STR_FMT
                   "&sort=-sales",
                   STR_ARG(day_text(c->arena, r->as_of - RETENTION_YEAR)),
                   STR_ARG(day_text(c->arena, r->as_of)));
}

static struct str kept_query(struct ctx *c, const struct retention *r) {
    int32_t from = r->as_of - RETENTION_YEAR;
    return str_fmt(c->arena,
                   "bought=" STR_FMT "&first_order_on[lt]=" STR_FMT
                   "&sort=-sales",
                   STR_ARG(span_text(c, from, RETENTION_YEAR)),
                   STR_ARG(day_text(c->arena, from)));
}

/* Of the cost entries of both sides. */
static struct str ledger_query(struct ctx *c, const struct retention *r) {
    return str_fmt(c->arena,
                   "kind[not_in]=" RETENTION_DEAL_COSTS
                   "&incurred_on[gte]=" STR_FMT "&incurred_on[lt]=" STR_FMT
                   "&sort=-incurred_on",
                   STR_ARG(day_text(c->arena, r->as_of - RETENTION_YEAR)),
                   STR_ARG(day_text(c->arena, r->as_of)));
}

static void put_five(struct ctx *c, struct jw *w, const struct retention *r) {
    struct str base = str_fmt(
        c->arena, "bought=" STR_FMT,
        STR_ARG(span_text(c, r->as_of - 6 * RETENTION_YEAR, RETENTION_YEAR)));
    jw_key(w, S("five_years"));
    jw_object(w);
    jw_ki64(w, S("base"), r->five_base);
    jw_ki64(w, S("lost"), r->five_lost);
    jw_key(w, S("queries"));
    jw_object(w);
    jw_kstr(w, S("base"),
            str_fmt(c->arena, STR_FMT "&sort=-sales", STR_ARG(base)));
    jw_kstr(w, S("lost"),
            str_fmt(c->arena,
                    STR_FMT "&last_order_on[lt]=" STR_FMT "&sort=-sales",
                    STR_ARG(base),
                    STR_ARG(day_text(c->arena, r->as_of - RETENTION_YEAR))));
    jw_object_end(w);
    jw_object_end(w);
}

static void put_costs(struct ctx *c, struct jw *w, const struct retention *r) {
    jw_key(w, S("cost"));
    if (!r->has_cost) {
        jw_null(w);
        return;
    }
    jw_object(w);
    jw_ki64(w, S("contact_cost"), r->contact_cost);
    jw_ki64(w, S("marketing_month"), r->marketing_month);
    jw_kstr(w, S("marketing_source"),
            r->marketing_typed ? S("ledger") : S("standard"));
    jw_kbool(w, S("ledger_seen"), r->has_ledger);
    if (r->has_ledger)
        jw_kstr(w, S("ledger_query"), ledger_query(c, r));
    put_cost(w, S("winning"), &r->winning, won_query(c, r));
    put_cost(w, S("keeping"), &r->keeping, kept_query(c, r));
    put(w, S("times"), r->times);
    jw_object_end(w);
}

static enum err retention_h(struct ctx *c, struct call *call) {
    struct retention r;
    struct jw *w = &call->w;
    bool found;
    struct str period = url_get(&call->params, S("period"), &found);
    size_t p = 1;
    for (size_t i = 0; found && i <= COUNT_OF(periods); i++) {
        if (i == COUNT_OF(periods))
            return failv(c, ERR_INVALID, S("period"), "not_option",
                         ARGS(V("month, quarter, year")));
        p = i;
        if (str_eqc(period, periods[i].name))
            break;
    }
    TRY(retention_now(c, periods[p].days, &r));
    jw_object(w);
    jw_key(w, S("as_of"));
    if (r.as_of == 0)
        jw_null(w);
    else
        jw_str(w, day_text(c->arena, r.as_of));
    jw_kstr(w, S("period"), str_of(periods[p].name));
    jw_ki64(w, S("days"), r.days);
    put_spans(c, w, &r);
    if (r.as_of != 0) {
        put_profit(c, w, &r);
        put_costs(c, w, &r);
        put_five(c, w, &r);
    }
    jw_object_end(w);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/retention",
     .fn = retention_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Who comes back, what keeping more would bring, what winning and "
            "keeping cost.",
     .tag = "value",
     .in = "retention_query",
     .out = "retention"},
};

const struct route_list retention_routes = {routes, COUNT_OF(routes)};
