/* Who and what a row of an order file names: known keys, then the database,
 * then a record to be made. Threads: the runner's. Rules: app/import.h. */
#include "app/import_orders.h"

#include "app/reentry.h"
#include "base/currency.h"
#include "base/time.h"
#include "store/lookup.h"
#include "store/stats.h"

#define RATE_ONE 1000000000

static struct import_orders_state *state_of(const struct import_work *w) {
    return w->state;
}

/* --- customers ----------------------------------------------------------- */

/* *failed: the row has been set aside. */
static enum err fill(struct ctx *c, struct import_work *w,
                     const struct import_row *r, struct record *into,
                     bool *failed) {
    for (size_t i = 0; i < w->im->columns.n; i++) {
        const struct target *t = w->im->columns.p[i].target;
        struct val v;
        if (t == NULL || t->info != into->info || r->cells[i].n == 0)
            continue;
        enum err e = import_value(c, w->im, i, r->cells[i], &v);
        *failed = import_row_failed(c, w, r, i, e);
        if (*failed)
            return OK;
        TRY(e);
        record_set(into, t->field->name, v);
    }
    return OK;
}

static bool is_null(const struct record *r, const char *field) {
    return record_get(r, str_of(field)).type == VAL_NULL;
}

static enum err new_customer(struct ctx *c, struct import_work *w,
                             const struct import_row *r, struct thing *t,
                             bool *failed) {
    struct import_orders_state *s = state_of(w);
    struct record *n = record_copy(c, s->customer_new);
    record_set(n, S("kind"), V(w->im->options.kind));
    TRY(fill(c, w, r, n, failed));
    if (*failed)
        return OK;
    /* Only who sees everything may hand new records to somebody else. */
    if (!s->may_give && record_i64(n, S("owner_id")) !=
                            record_i64(s->customer_new, S("owner_id"))) {
        import_error(c, w, r, import_column(w->im, "customer.owner_id"),
                     "outside_scope", NO_ARGS);
        *failed = true;
        return OK;
    }
    if (s->external_id != SIZE_MAX)
        record_set(n, S("source"), V(w->im->options.source));
    if (is_null(n, "name"))
        record_set(n, S("name"), V(t->key));
    if (s->bars) { /* a dry run meets no save hook */
        enum err e = reentry_check_all(c, &n, 1);
        *failed = import_row_failed(c, w, r, SIZE_MAX, e);
        if (*failed)
            return OK;
        TRY(e);
    }
    t->record = n;
    return OK;
}

/* By (source, external id), by customer number; without ids by name. */
static enum err look_up_customer(struct ctx *c, struct import_work *w,
                                 struct thing *t) {
    struct import_orders_state *s = state_of(w);
    const struct lookup_key code = {S("code"), V(t->key)};
    t->asked = (struct drop_asked){DROP_NEVER, DROP_NEVER};
    if (s->external_id == SIZE_MAX) {
        TRY(lookup_name(c, s->customer->e, t->key, &t->id));
    } else {
        TRY(lookup_external(c, s->customer->e, w->im->options.source, t->key,
                            &t->id));
        if (t->id == 0)
            TRY(lookup_record(c, s->customer->e, &code, 1, &t->id));
    }
    if (t->id == 0)
        return OK;
    TRY(drop_asks(c, t->id, &t->asked));
    if (scope_is_all(c, &s->may_add_to))
        return OK;
    bool in;
    TRY(scope_holds(c, &s->may_add_to, t->id, &in));
    t->out_of_scope = !in;
    return OK;
}

static size_t customer_column(const struct import_work *w) {
    const struct import_orders_state *s = state_of(w);
    return s->external_id != SIZE_MAX ? s->external_id : s->customer_name;
}

static void refuse_customer(struct ctx *c, struct import_work *w,
                            const struct import_row *r, bool *failed) {
    import_error(c, w, r, customer_column(w), "import_customer_scope", NO_ARGS);
    *failed = true;
}

enum err import_find_customer(struct ctx *c, struct import_work *w,
                              const struct import_row *r, struct str key,
                              struct thing **out, bool *failed) {
    struct import_orders_state *s = state_of(w);
    struct thing *t = known_get(&s->customers, key);
    if (t == NULL) {
        struct str own;
        t = known_put(&s->customers, key, sizeof *t, &own);
        t->key = own;
        TRY(look_up_customer(c, w, t));
    }
    if (t->id == 0 && t->record == NULL)
        TRY(new_customer(c, w, r, t, failed));
    if (!*failed && t->out_of_scope)
        refuse_customer(c, w, r, failed);
    *out = t;
    return OK;
}

/* --- products ------------------------------------------------------------ */

static enum err new_product(struct ctx *c, struct import_work *w,
                            const struct import_row *r, struct thing *t,
                            bool *failed) {
    struct import_orders_state *s = state_of(w);
    struct record *n = record_copy(c, s->product_new);
    TRY(fill(c, w, r, n, failed));
    if (*failed)
        return OK;
    record_set(n, S("currency"), V(w->im->options.currency));
    if (is_null(n, "name"))
        record_set(n, S("name"), V(t->key));
    t->record = n;
    return OK;
}

enum err import_find_product(struct ctx *c, struct import_work *w,
                             const struct import_row *r, struct thing **out,
                             bool *failed) {
    struct import_orders_state *s = state_of(w);
    bool by_code = s->code != SIZE_MAX && r->cells[s->code].n > 0;
    size_t column = by_code ? s->code : s->name;
    struct str key = column == SIZE_MAX
                         ? S("")
                         : import_key(w->im, column, r->cells[column]);
    *out = NULL;
    if (key.n == 0) {
        import_error(c, w, r, column, "import_no_product", NO_ARGS);
        *failed = true;
        return OK;
    }
    struct thing *t = known_get(&s->products, key);
    if (t == NULL) {
        struct str own;
        t = known_put(&s->products, key, sizeof *t, &own);
        t->key = own;
        const struct lookup_key code = {S("code"), V(key)};
        if (by_code)
            TRY(lookup_record(c, s->product->e, &code, 1, &t->id));
        else
            TRY(lookup_name(c, s->product->e, key, &t->id));
    }
    if (t->id == 0 && t->record == NULL && s->may_product)
        TRY(new_product(c, w, r, t, failed));
    if (t->id != 0 || t->record != NULL)
        *out = t;
    return OK;
}

/* --- orders -------------------------------------------------------------- */

static enum err find_rate(struct ctx *c, struct import_work *w,
                          const struct import_row *r, struct import_order *o,
                          bool *failed) {
    struct import_orders_state *s = state_of(w);
    bool known;
    if (str_eq(o->currency, s->base)) {
        o->rate = RATE_ONE;
        return OK;
    }
    bool ours = str_eq(o->currency, w->im->options.currency);
    TRY(stats_rate(c, o->currency, o->day, &o->rate, &known));
    if (ours && w->im->options.rate > 0) {
        o->rate = w->im->options.rate;
        if (!known && o->day < s->rate_known && o->day < s->chunk_rate_day)
            s->chunk_rate_day = o->day;
        return OK;
    }
    if (known)
        return OK;
    import_error(
        c, w, r, s->day, "no_rate",
        ARGS(V(o->currency), V(s->base), V(day_text(c->arena, o->day))));
    *failed = true;
    return OK;
}

static enum err find_currency(struct ctx *c, struct import_work *w,
                              const struct import_row *r,
                              struct import_order *o, bool *failed) {
    struct import_orders_state *s = state_of(w);
    o->currency = w->im->options.currency;
    if (s->currency == SIZE_MAX || r->cells[s->currency].n == 0)
        return OK;
    struct str text = r->cells[s->currency];
    if (!currency_is_code(text)) {
        import_error(c, w, r, s->currency, "not_currency", NO_ARGS);
        *failed = true;
        return OK;
    }
    o->currency = str_dup(s->orders.arena, text);
    return OK;
}

static enum err new_order(struct ctx *c, struct import_work *w,
                          const struct import_row *r, struct import_order *o,
                          bool *failed) {
    struct record *n = record_copy(c, state_of(w)->order_new);
    TRY(fill(c, w, r, n, failed));
    if (*failed)
        return OK;
    record_set(n, S("source"), V(w->im->options.source));
    record_set(n, S("external_id"), V(o->key));
    record_set(n, S("kind"), V(o->is_return ? S("return") : S("sale")));
    record_set(n, S("ordered_on"), V(o->day));
    record_set(n, S("currency"), V(o->currency));
    record_set(n, S("rate"), V(o->rate));
    o->record = n;
    o->state = ORDER_NEW;
    return OK;
}

/* An order that was there before this import. */
static enum err former_order(struct ctx *c, struct import_work *w,
                             const struct lookup_order *there,
                             struct import_order *o) {
    struct import_orders_state *s = state_of(w);
    bool in = true;
    o->id = there->id;
    o->customer_id = o->former_customer = there->customer_id;
    o->former_day = there->day;
    o->was_return = str_eqc(there->kind, "return");
    o->pay_method = str_dup(s->orders.arena, there->pay_method);
    switch (w->im->options.on_duplicate) {
    case DUPLICATE_SKIP:
        o->state = ORDER_SKIPPED;
        return OK;
    case DUPLICATE_ERROR:
        o->state = ORDER_REFUSED;
        return OK;
    case DUPLICATE_UPDATE:
    case DUPLICATE_FILL:
    case DUPLICATE_CREATE:
        break;
    }
    if (s->may_update.level == LEVEL_NONE)
        in = false;
    else if (!scope_is_all(c, &s->may_update))
        TRY(scope_holds(c, &s->may_update, o->id, &in));
    o->state = in ? ORDER_TAKEN : ORDER_REFUSED;
    return OK;
}

/* Its lines came with an earlier import that could not use this row. */
static enum err may_join(struct ctx *c, struct import_work *w,
                         const struct import_row *r,
                         const struct lookup_order *there, bool *out) {
    const struct scope *may = &state_of(w)->may_update;
    *out = there->import_id != 0 && may->level != LEVEL_NONE &&
           import_mends(w, r, there->import_id);
    return !*out || scope_is_all(c, may) ? OK
                                         : scope_holds(c, may, there->id, out);
}

/* A total takes no lines away: where there are some, they tell the amount. */
static enum err keep_lined(struct ctx *c, struct import_work *w,
                           const struct import_row *r,
                           const struct import_order *o, bool *failed) {
    const struct import_orders_state *s = state_of(w);
    struct order_lines lines;
    if (!s->bare || o->state != ORDER_TAKEN)
        return OK;
    TRY(stats_order_lines(c, o->id, &lines));
    *failed = lines.count > 0;
    if (*failed)
        import_error(c, w, r, s->amount, "import_order_lined", NO_ARGS);
    return OK;
}

static enum err look_up_order(struct ctx *c, struct import_work *w,
                              const struct import_row *r,
                              const struct reading *x, struct import_order *o,
                              bool *failed) {
    struct lookup_order there = {0};
    int64_t id;
    TRY(lookup_external(c, state_of(w)->order->e, w->im->options.source, o->key,
                        &id));
    if (id != 0)
        TRY(lookup_order(c, id, &there));
    bool joined = false;
    if (there.id != 0 && there.import_id != w->im->id && !state_of(w)->bare)
        TRY(may_join(c, w, r, &there, &joined));
    if (there.id != 0 && (joined || there.import_id == w->im->id)) {
        *o = (struct import_order){
            .key = o->key,
            .id = id,
            .state = ORDER_OURS,
            .joined = joined,
            .customer_id = there.customer_id,
            .is_return = str_eqc(there.kind, "return"),
            .currency = str_dup(state_of(w)->orders.arena, there.currency),
            .rate = there.rate,
            .day = there.day};
        return OK;
    }
    if (there.id != 0)
        TRY(former_order(c, w, &there, o));
    if (o->state == ORDER_SKIPPED || o->state == ORDER_REFUSED)
        return OK;
    o->day = x->line.day;
    o->is_return = x->kind == LINE_CANCELLED ||
                   (state_of(w)->bare && x->kind == LINE_RETURNED);
    TRY(keep_lined(c, w, r, o, failed));
    if (!*failed)
        TRY(find_currency(c, w, r, o, failed));
    if (!*failed)
        TRY(find_rate(c, w, r, o, failed));
    if (!*failed && o->state == ORDER_UNKNOWN)
        TRY(new_order(c, w, r, o, failed));
    if (*failed)
        o->state = ORDER_UNKNOWN;
    return OK;
}

/* A former order may move to another customer, as far as its rows may be
 * changed there, and here by more than a share. A customer this file makes is
 * the importer's own. */
static enum err take_to(struct ctx *c, struct import_work *w,
                        const struct import_row *r, struct import_order *o,
                        struct thing *customer, bool *failed) {
    const struct scope *may = &state_of(w)->may_change_of;
    bool in = true;
    if (o->state == ORDER_TAKEN && customer->id > 0 && !scope_is_all(c, may))
        TRY(scope_holds(c, may, customer->id, &in));
    if (in && o->state == ORDER_TAKEN && customer->id != o->former_customer &&
        !scope_is_all(c, may)) {
        struct scope own = *may;
        scope_unshared(c, &own);
        TRY(scope_holds(c, &own, o->former_customer, &in));
    }
    if (in)
        o->customer = customer;
    else
        refuse_customer(c, w, r, failed);
    return OK;
}

/* What was decided about the customer holds for sales that become his or come
 * to a later day: not for returns, nor for days before. Who this file makes is
 * nobody yet. */
static enum err ask_desk(struct ctx *c, struct import_work *w,
                         const struct import_row *r,
                         const struct import_order *o,
                         const struct thing *customer, bool *failed) {
    bool made = o->state == ORDER_NEW;
    struct drop_asked asked = customer->asked;
    if (customer->id <= 0 || o->is_return)
        return OK;
    if (!made && customer->id == o->former_customer && !o->was_return)
        asked = drop_still_asks(asked, o->former_day);
    enum err e = drop_check_sale(c, &asked, o->day,
                                 made ? record_str(o->record, S("pay_method"))
                                      : o->pay_method);
    *failed = import_row_failed(c, w, r, customer_column(w), e);
    return *failed ? OK : e;
}

static bool same_customer(const struct import_order *o,
                          const struct thing *customer) {
    if (o->customer != NULL)
        return o->customer == customer;
    return customer->id != 0 && o->customer_id == customer->id;
}

enum err import_find_order(struct ctx *c, struct import_work *w,
                           const struct import_row *r,
                           const struct import_finding *of,
                           struct import_order **out, bool *failed) {
    struct import_orders_state *s = state_of(w);
    const struct reading *x = of->line;
    struct thing *customer = of->customer;
    struct import_order *o = known_get(&s->orders, x->number);
    if (o == NULL) {
        struct str own;
        o = known_put(&s->orders, x->number, sizeof *o, &own);
        o->key = own;
    }
    *out = o;
    if (o->state == ORDER_UNKNOWN)
        TRY(look_up_order(c, w, r, x, o, failed));
    if (*failed || o->state == ORDER_SKIPPED)
        return OK;
    if (o->state == ORDER_REFUSED) {
        import_error(c, w, r, s->number, "import_order_there", NO_ARGS);
        *failed = true;
    } else if ((o->state == ORDER_NEW || o->state == ORDER_TAKEN) &&
               o->first == 0) {
        /* its first line says whose it is */
        TRY(take_to(c, w, r, o, customer, failed));
        if (!*failed)
            TRY(ask_desk(c, w, r, o, customer, failed));
    } else if (!same_customer(o, customer)) {
        import_error(c, w, r, s->number, "import_order_customer",
                     ARGS(V(x->number)));
        *failed = true;
    }
    return OK;
}
