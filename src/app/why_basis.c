/* What the rank of a customer goes by, and what that is made of: lines and
 * their costs for the margin, margins of orders and costs to serve for the
 * profit. Whoever adds the facts up gets the contribution. One thread a call.
 */
#include "app/why.h"

#include "app/contribution.h"
#include "base/time.h"
#include "model/value.h"
#include "store/profits.h"
#include "store/sight.h"

#define MICRO 6
#define RATE 9
#define QUANTITY 3

bool why_measure_seen(const struct ctx *c, enum measure m) {
    struct str field = contribution_field(m);
    return field.n == 0 || why_seen(c, field);
}

static void put_known(struct ctx *c, struct jw *w, struct str key, bool known,
                      int64_t v) {
    if (known) {
        why_decimal(c, w, key, v, MICRO);
        return;
    }
    jw_key(w, key);
    jw_null(w);
}

/* --- weights -------------------------------------------------------------- */

static const struct str weight_names[WEIGHT_COUNT] = {
    S_INIT("frequency"), S_INIT("credit"), S_INIT("influence"),
    S_INIT("prospects"), S_INIT("loyalty")};

/* "credit" and "_score" name a field. */
static struct str fact_field(struct ctx *c, int weight, const char *what) {
    return str_fmt(c->arena, STR_FMT "_%s", STR_ARG(weight_names[weight]),
                   what);
}

/* The F score is shown with the sales; typed facts by the right to each. */
static bool weight_seen(struct ctx *c, int weight) {
    return weight == WEIGHT_FREQUENCY ||
           why_seen(c, fact_field(c, weight, "score"));
}

/* Where a typed score comes from and of what day it is. */
static void put_origin(struct ctx *c, struct jw *w, const struct record *r,
                       int weight) {
    static const char *const parts[] = {"source", "on"};
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    for (size_t k = 0; k < COUNT_OF(parts); k++) {
        struct str field = fact_field(c, weight, parts[k]);
        if (!why_seen(c, field))
            continue;
        jw_key(w, str_of(parts[k]));
        value_to_json(c, w, info_field(i, field), record_get(r, field));
    }
}

static void put_weight(struct ctx *c, struct jw *w, const struct record *r,
                       int kind, int weight, int score) {
    jw_object(w);
    jw_kstr(w, S("fact"), weight_names[kind]);
    jw_ki64(w, S("weight"), weight);
    if (weight_seen(c, kind)) {
        jw_key(w, S("score"));
        if (score == 0)
            jw_null(w);
        else
            jw_i64(w, score);
        if (kind != WEIGHT_FREQUENCY)
            put_origin(c, w, r, kind);
    }
    jw_object_end(w);
}

/* *all_seen: no score that counts is hidden. */
static void put_weights(struct ctx *c, struct jw *w, const struct record *r,
                        const struct ruler_basis *b,
                        const struct customer_figures *f, int f_score,
                        bool *all_seen) {
    jw_key(w, S("weights"));
    jw_array(w);
    *all_seen = true;
    for (int k = 0; k < WEIGHT_COUNT; k++) {
        if (b->weights[k] == 0)
            continue;
        put_weight(c, w, r, k, b->weights[k],
                   k == WEIGHT_FREQUENCY ? f_score
                                         : f->standing[k - WEIGHT_STANDING]);
        *all_seen = *all_seen && weight_seen(c, k);
    }
    jw_array_end(w);
}

/* --- what it is made of --------------------------------------------------- */

/* Members that are fields of other records are told by the right to those. */
static bool told(const struct ctx *c, struct str entity, struct str field) {
    const struct entity_info *i = registry_find(c->registry, entity);
    const struct field *f = info_field(i, field);
    return sight_field(c, i, f) && sight_of(c, i, f) >= SEE_LISTED;
}

bool why_days_seen(const struct ctx *c) {
    return told(c, S("order"), S("ordered_on"));
}

void why_order(struct ctx *c, struct jw *w, struct str key, int64_t id,
               struct str number, int32_t day) {
    jw_ki64(w, key, id);
    if (told(c, S("order"), S("number")))
        jw_kstr(w, S("number"), number);
    if (why_days_seen(c))
        jw_kstr(w, S("day"), day_text(c->arena, day));
}

static void put_line(struct ctx *c, struct jw *w, const struct margin_line *l) {
    jw_object(w);
    why_order(c, w, S("order_id"), l->order_id, l->number, l->day);
    if (told(c, S("order_line"), S("product_id"))) {
        jw_key(w, S("product_id"));
        if (l->product_id == 0)
            jw_null(w);
        else
            jw_i64(w, l->product_id);
    }
    if (told(c, S("order_line"), S("quantity")))
        why_decimal(c, w, S("quantity"), l->quantity, QUANTITY);
    if (told(c, S("order_line"), S("amount")))
        why_decimal(c, w, S("amount"), l->amount, MICRO);
    if (told(c, S("order"), S("currency")))
        jw_kstr(w, S("currency"), l->currency);
    if (told(c, S("order"), S("rate")))
        why_decimal(c, w, S("rate"), l->rate, RATE);
    if (told(c, S("product"), S("cost")))
        put_known(c, w, S("cost"), l->known, l->cost);
    put_known(c, w, S("margin"), l->known, l->margin);
    jw_object_end(w);
}

static enum err put_lines(struct ctx *c, struct jw *w, int32_t from_day,
                          int64_t customer_id) {
    struct margin_line *l;
    size_t n;
    TRY(margin_lines(c, from_day, customer_id, &l, &n));
    jw_key(w, S("lines"));
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        put_line(c, w, &l[i]);
    jw_array_end(w);
    return OK;
}

static void put_margins(struct ctx *c, struct jw *w,
                        const struct profit_facts *f) {
    jw_key(w, S("margins"));
    jw_array(w);
    for (size_t i = 0; i < f->n_orders; i++) {
        const struct profit_order *o = &f->orders[i];
        jw_object(w);
        why_order(c, w, S("order_id"), o->id, o->number, o->day);
        if (told(c, S("order"), S("kind")))
            jw_kstr(w, S("kind"), o->kind);
        put_known(c, w, S("margin"), o->known, o->margin);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_costs(struct ctx *c, struct jw *w,
                      const struct profit_facts *f) {
    jw_key(w, S("costs"));
    jw_array(w);
    for (size_t i = 0; i < f->n_costs; i++) {
        const struct profit_cost *e = &f->costs[i];
        jw_object(w);
        jw_ki64(w, S("id"), e->id);
        if (told(c, S("cost_entry"), S("kind")))
            jw_kstr(w, S("kind"), e->kind);
        if (told(c, S("cost_entry"), S("incurred_on")))
            jw_kstr(w, S("day"), day_text(c->arena, e->day));
        if (told(c, S("cost_entry"), S("origin")))
            jw_kstr(w, S("origin"), e->origin);
        why_decimal(c, w, S("amount"), e->amount, MICRO);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static enum err put_facts(struct ctx *c, struct jw *w,
                          const struct ruler_basis *b,
                          const struct customer_figures *f) {
    struct profit_facts facts;
    if (b->measure == MEASURE_SALES)
        return OK;
    why_decimal(c, w, S("sum"), f->contribution, MICRO);
    if (b->measure == MEASURE_MARGIN)
        return put_lines(c, w, b->from_day, f->id);
    TRY(profit_facts(c, b->from_day, f->id, &facts));
    put_margins(c, w, &facts);
    put_costs(c, w, &facts);
    return OK;
}

enum err why_basis(struct ctx *c, const struct record *r, const struct ruler *u,
                   const struct customer_figures *f, struct jw *w) {
    const struct ruler_basis *b = &u->basis;
    bool seen = why_measure_seen(c, b->measure), all_seen;
    struct scores s;
    ruler_score(u, f, &s);
    jw_key(w, S("basis"));
    jw_object(w);
    jw_kstr(w, S("measure"), measure_name(b->measure));
    jw_key(w, S("from"));
    if (b->from_day == 0)
        jw_null(w);
    else
        jw_str(w, day_text(c->arena, b->from_day));
    put_known(c, w, S("contribution"), seen, s.contribution);
    if (seen && sight_everybody(c))
        why_decimal(c, w, S("total"), u->total, MICRO);
    put_weights(c, w, r, b, f, s.f, &all_seen);
    if (all_seen) /* else it would tell the score that is hidden */
        put_known(c, w, S("weighted"), seen, s.weighted);
    if (why_seen(c, S("credit_score")))
        jw_kbool(w, S("bad_credit"), f->standing[STANDING_CREDIT] == 1);
    if (seen)
        TRY(put_facts(c, w, b, f));
    jw_object_end(w);
    return OK;
}
