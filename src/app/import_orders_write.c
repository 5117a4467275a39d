/* Writing a chunk of order lines: customers and products that are new, orders,
 * lines, totals, statistics, one audit entry. Runs in a write function and may
 * run twice: it changes nothing of the chunk but the new ids, which it sets
 * again. Order of the rows: by need, then customers by rising id (DESIGN W3).
 */
#include "app/grade.h"
#include "app/import_orders.h"
#include "app/import_undo.h"

#include "app/costs.h"
#include "app/settings.h"
#include "base/currency.h"
#include "base/num.h"
#include "model/value.h"
#include "store/bulk.h"
#include "store/costs.h"
#include "store/stats.h"

#include <stdlib.h>

#define AUDIT_MAX ((size_t)16 * 1024 * 1024)

static int64_t thing_id(const struct thing *t) {
    return t == NULL ? 0 : t->id != 0 ? t->id : t->new_id;
}

static int64_t order_id(const struct import_order *o) {
    return o->id != 0 ? o->id : o->new_id;
}

static int64_t customer_of(const struct import_order *o) {
    return o->customer != NULL ? thing_id(o->customer) : o->customer_id;
}

static enum err write_things(struct ctx *c, struct thing **p, size_t n) {
    struct record **all = NEW_ARRAY(c->arena, struct record *, n + 1);
    for (size_t i = 0; i < n; i++)
        all[i] = p[i]->record;
    TRY(bulk_create_all(c, all, n));
    for (size_t i = 0; i < n; i++)
        p[i]->new_id = record_id(p[i]->record);
    return OK;
}

/* The rate given with the import, for documents to come. */
static enum err write_rate(struct ctx *c, const struct import_work *w,
                           struct import_orders_state *s) {
    s->rate_record = NULL;
    if (s->chunk_rate_day == DAY_MAX || !s->may_rate)
        return OK;
    struct record *r =
        record_new(c, registry_find(c->registry, S("currency_rate")));
    record_set(r, S("currency"), V(w->im->options.currency));
    record_set(r, S("day"), V(s->chunk_rate_day));
    record_set(r, S("rate"), V(w->im->options.rate));
    s->rate_record = r;
    return record_create(c, r);
}

/* --- orders -------------------------------------------------------------- */

static enum err add(struct ctx *c, int64_t *sum, int64_t v) {
    return num_add(sum, v) ? OK
                           : fail(c, ERR_INVALID, "amount", "amount_overflow");
}

/* An order without lines is its amount: what it had and what this chunk adds.
 */
static enum err sum_bare(struct ctx *c, const struct import_orders_state *s,
                         const struct import_order *o,
                         struct order_lines *out) {
    struct scope all = {.e = s->order->e, .act = ACT_READ, .level = LEVEL_ALL};
    *out = (struct order_lines){.count = 0};
    if (o->state == ORDER_OURS) {
        struct record *r;
        TRY(record_load(c, &all, o->id, false, &r));
        if (!num_rescale(record_i64(r, S("amount")),
                         currency_digits(o->currency), NUM_AMOUNT, &out->total))
            return fail(c, ERR_INVALID, "amount", "amount_overflow");
    }
    for (size_t i = o->first; i != 0; i = s->lines.p[i - 1].next)
        TRY(add(c, &out->total, s->lines.p[i - 1].amount));
    out->sale = out->total > 0 ? out->total : 0;
    return OK;
}

/* As stats_order_lines would find them, while none is stored yet. */
static enum err sum_lines(struct ctx *c, const struct import_orders_state *s,
                          const struct import_order *o,
                          struct order_lines *out) {
    *out = (struct order_lines){.count = 0};
    if (s->bare)
        return sum_bare(c, s, o, out);
    for (size_t i = o->first; i != 0; i = s->lines.p[i - 1].next) {
        const struct import_line *l = &s->lines.p[i - 1];
        out->count++;
        TRY(add(c, &out->total, l->amount));
        if (l->quantity < 0)
            TRY(add(c, &out->returned, -l->amount));
        else if (str_eqc(l->kind, "sale"))
            TRY(add(c, &out->sale, l->amount));
    }
    return OK;
}

static enum err totals(struct ctx *c, const struct import_orders_state *s,
                       const struct import_order *o,
                       const struct order_lines *lines,
                       struct order_totals *out) {
    struct order_sum in = {.lines = *lines,
                           .is_return = o->is_return,
                           .currency = o->currency,
                           .base = s->base,
                           .rate = o->rate};
    return order_totals(c, &in, out);
}

static enum err create_order(struct ctx *c, const struct import_orders_state *s,
                             struct import_order *o) {
    struct order_lines lines;
    struct order_totals t;
    TRY(sum_lines(c, s, o, &lines));
    TRY(totals(c, s, o, &lines, &t));
    record_set(o->record, S("customer_id"), V(customer_of(o)));
    record_set(o->record, S("amount"), V(t.amount));
    record_set(o->record, S("base_amount"), V(t.base_amount));
    record_set(o->record, S("sales"), V(t.sales));
    record_set(o->record, S("returned"), V(t.returned));
    TRY(bulk_create(c, o->record));
    o->new_id = record_id(o->record);
    return OK;
}

/* What the order was and what it becomes, for who takes the import back. */
static enum err note_former(struct ctx *c, struct import_order *o,
                            int64_t operation) {
    const struct entity *e = registry_find(c->registry, S("order"))->e;
    struct scope all = {.e = e, .act = ACT_READ, .level = LEVEL_ALL};
    TRY(record_load(c, &all, o->id, false, &o->before));
    o->operation = operation;
    return OK;
}

static enum err take_order(struct ctx *c, const struct import_work *w,
                           struct import_order *o) {
    int64_t operation;
    c->random(&operation, sizeof operation);
    operation &= ((int64_t)1 << 52) - 1;
    struct bulk_order head = {.import_id = w->im->id,
                              .customer_id = customer_of(o),
                              .operation = operation,
                              .day = o->day,
                              .kind = o->is_return ? S("return") : S("sale"),
                              .currency = o->currency};
    TRY(note_former(c, o, operation));
    return bulk_take_order(c, o->id, &head);
}

static enum err write_orders(struct ctx *c, const struct import_work *w,
                             struct import_orders_state *s) {
    for (size_t i = 0; i < s->touched.n; i++) {
        struct import_order *o = s->touched.p[i];
        if (o->state == ORDER_NEW)
            TRY(create_order(c, s, o));
        else if (o->state == ORDER_TAKEN)
            TRY(take_order(c, w, o));
    }
    return OK;
}

static enum err refresh_orders(struct ctx *c,
                               const struct import_orders_state *s) {
    for (size_t i = 0; i < s->touched.n; i++) {
        struct import_order *o = s->touched.p[i];
        struct order_lines lines;
        struct order_totals t;
        if (o->state == ORDER_NEW)
            continue;
        TRY(s->bare ? sum_bare(c, s, o, &lines)
                    : stats_order_lines(c, o->id, &lines));
        TRY(totals(c, s, o, &lines, &t));
        o->amount = t.amount;
        struct bulk_totals b = {.rate = o->rate,
                                .amount = t.amount,
                                .base_amount = t.base_amount,
                                .sales = t.sales,
                                .returned = t.returned};
        TRY(bulk_order_totals(c, o->id, &b));
        if (o->state == ORDER_OURS)
            TRY(bulk_order_raise(c, o->id));
    }
    return OK;
}

/* --- lines --------------------------------------------------------------- */

/* Which rows of an errors file the lines are. */
static enum err mark_mended(struct ctx *c,
                            const struct import_orders_state *s) {
    for (size_t i = 0; i < s->touched.n; i++) {
        const struct import_order *o = s->touched.p[i];
        size_t at = o->written;
        for (size_t k = o->first; k != 0; k = s->lines.p[k - 1].next, at++)
            if (s->lines.p[k - 1].mends.n > 0)
                TRY(bulk_line_mends(c, s->written[at].id,
                                    s->lines.p[k - 1].mends));
    }
    return OK;
}

static enum err write_lines(struct ctx *c, struct import_orders_state *s) {
    struct bulk_line *all =
        NEW_ARRAY(c->arena, struct bulk_line, s->lines.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->touched.n; i++) {
        struct import_order *o = s->touched.p[i];
        int64_t position = 0;
        o->written = n;
        if (o->state == ORDER_OURS)
            TRY(bulk_last_position(c, o->id, &position));
        o->rev = 1;
        if (o->state != ORDER_NEW)
            TRY(bulk_order_rev(c, o->id, &o->rev));
        size_t first = s->bare ? 0 : o->first;
        for (size_t k = first; k != 0; k = s->lines.p[k - 1].next) {
            const struct import_line *l = &s->lines.p[k - 1];
            all[n++] = (struct bulk_line){.order_id = order_id(o),
                                          .position = ++position,
                                          .kind = l->kind,
                                          .product_id = thing_id(l->product),
                                          .product_name = l->name,
                                          .quantity = l->quantity,
                                          .unit_price = l->price,
                                          .amount = l->amount,
                                          .note = l->note};
        }
    }
    TRY(bulk_lines(c, all, n));
    s->written = all;
    return s->bare ? OK : mark_mended(c, s);
}

/* --- margins and costs --------------------------------------------------- */

/* New orders without a cost anywhere have no margin as it is, unless one is
 * taken for granted. */
static enum err needs_margins(struct ctx *c,
                              const struct import_orders_state *s, bool *out) {
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, s->lines.n + 1), assumed;
    size_t n = 0;
    TRY(settings_i64(c, SETTING_COST_ASSUMED_MARGIN, &assumed));
    *out = assumed > 0;
    for (size_t i = 0; i < s->touched.n && !*out; i++)
        *out = s->touched.p[i]->state != ORDER_NEW;
    for (size_t i = 0; i < s->lines.n && !*out; i++)
        if (s->lines.p[i].product != NULL)
            ids[n++] = thing_id(s->lines.p[i].product);
    return *out ? OK : products_priced(c, ids, n, out);
}

static enum err refresh_costs(struct ctx *c,
                              const struct import_orders_state *s) {
    int64_t *all = NEW_ARRAY(c->arena, int64_t, s->touched.n * 2 + 1);
    int64_t *costly = all + s->touched.n;
    size_t n = 0, n_costly = 0;
    bool margins;
    for (size_t i = 0; i < s->touched.n; i++) {
        const struct import_order *o = s->touched.p[i];
        struct order_lines lines;
        all[n++] = order_id(o);
        TRY(sum_lines(c, s, o, &lines));
        if (o->state != ORDER_NEW || o->is_return || lines.returned > 0)
            costly[n_costly++] = order_id(o);
    }
    TRY(needs_margins(c, s, &margins));
    if (margins)
        TRY(margins_of_orders(c, all, n));
    return costs_of_orders(c, costly, n_costly);
}

/* --- statistics ---------------------------------------------------------- */

/* A day on which orders of a customer have changed. */
struct touched_day {
    int64_t customer, day;
};

static int by_customer(const void *a, const void *b) {
    const struct touched_day *x = a, *y = b;
    return x->customer != y->customer ? (x->customer > y->customer) * 2 - 1
                                      : (x->day > y->day) - (x->day < y->day);
}

static struct touched_day *touched_days(struct ctx *c,
                                        const struct import_orders_state *s,
                                        size_t *n_out) {
    /* of an order its day and the former one, and that of a former customer */
    struct touched_day *p =
        NEW_ARRAY(c->arena, struct touched_day, s->touched.n * 3 + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->touched.n; i++) {
        const struct import_order *o = s->touched.p[i];
        p[n++] = (struct touched_day){customer_of(o), o->day};
        if (o->state != ORDER_TAKEN)
            continue;
        p[n++] = (struct touched_day){customer_of(o), o->former_day};
        if (o->former_customer != 0)
            p[n++] = (struct touched_day){o->former_customer, o->former_day};
    }
    qsort(p, n, sizeof *p, by_customer);
    *n_out = n;
    return p;
}

static enum err refresh_customers(struct ctx *c,
                                  const struct import_orders_state *s) {
    size_t n;
    struct touched_day *p = touched_days(c, s, &n);
    int64_t *days = NEW_ARRAY(c->arena, int64_t, n + 1);
    for (size_t i = 0; i < n;) {
        struct stats_days on = {days, 0};
        int64_t customer = p[i].customer;
        for (; i < n && p[i].customer == customer; i++)
            if (on.n == 0 || days[on.n - 1] != p[i].day)
                days[on.n++] = p[i].day;
        TRY(stats_orders(c, customer, &on));
    }
    for (size_t i = 0; i < s->touched.n; i++) {
        const struct import_order *o = s->touched.p[i];
        if (o->state == ORDER_TAKEN && o->former_customer != customer_of(o))
            TRY(grade_left(c, o->former_customer));
    }
    return OK;
}

/* --- audit --------------------------------------------------------------- */

static void hash_record(struct ctx *c, struct jw *w, const struct record *r) {
    jw_array(w);
    jw_i64(w, record_id(r));
    jw_str(w, import_hash(c, r));
    jw_array_end(w);
}

static void hash_things(struct ctx *c, struct jw *w, struct str key,
                        struct thing *const *p, size_t n) {
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        hash_record(c, w, p[i]->record);
    jw_array_end(w);
}

/* Over the lines of one order, in their order. */
static struct str hash_order(struct ctx *c, const struct import_orders_state *s,
                             const struct import_order *o) {
    struct str sum = bulk_hash(c, S(""), o->key);
    for (size_t i = o->first; i != 0; i = s->lines.p[i - 1].next) {
        const struct import_line *l = &s->lines.p[i - 1];
        struct str text = str_fmt(
            c->arena, STR_FMT "|%lld|" STR_FMT "|%lld|%lld|%lld",
            STR_ARG(l->kind), (long long)thing_id(l->product), STR_ARG(l->name),
            (long long)l->quantity, (long long)l->price, (long long)l->amount);
        sum = bulk_hash(c, sum, text);
    }
    return sum;
}

/* Numbers of the lines written for o: [first,last] of each run of them. */
static void line_numbers(struct jw *w, const struct import_orders_state *s,
                         const struct import_order *o) {
    size_t k = o->written;
    jw_key(w, S("lines"));
    jw_array(w);
    if (s->bare) {
        jw_array_end(w);
        return;
    }
    for (size_t i = o->first; i != 0; i = s->lines.p[i - 1].next, k++) {
        int64_t id = s->written[k].id;
        if (k == o->written || id != s->written[k - 1].id + 1) {
            if (k > o->written) {
                jw_i64(w, s->written[k - 1].id);
                jw_array_end(w);
            }
            jw_array(w);
            jw_i64(w, id);
        }
    }
    jw_i64(w, s->written[k - 1].id);
    jw_array_end(w);
    jw_array_end(w);
}

static const char *const head_fields[] = {"customer_id", "ordered_on", "kind",
                                          "currency", "rate"};

static void former_value(struct ctx *c, struct jw *w,
                         const struct import_order *o, struct str name,
                         struct val now) {
    const struct field *f = info_field(o->before->info, name);
    jw_key(w, name);
    jw_array(w);
    value_to_json(c, w, f, record_get(o->before, name));
    value_to_json(c, w, f, now);
    jw_array_end(w);
}

static void former_head(struct ctx *c, struct jw *w,
                        const struct import_orders_state *s,
                        const struct import_order *o) {
    const struct val now[] = {V(customer_of(o)), V(o->day),
                              V(o->is_return ? S("return") : S("sale")),
                              V(o->currency), V(o->rate)};
    jw_key(w, S("taken"));
    jw_object(w);
    jw_ki64(w, S("operation"), o->operation);
    jw_ki64(w, S("import_id"), record_i64(o->before, S("import_id")));
    jw_key(w, S("fields"));
    jw_object(w);
    for (size_t k = 0; k < COUNT_OF(head_fields); k++)
        former_value(c, w, o, str_of(head_fields[k]), now[k]);
    if (s->bare)
        former_value(c, w, o, S("amount"), V(o->amount));
    jw_object_end(w);
    jw_object_end(w);
}

/* [id, hash of its lines, what to take back]. */
static void order_entry(struct ctx *c, struct jw *w,
                        const struct import_orders_state *s,
                        const struct import_order *o) {
    jw_array(w);
    jw_i64(w, order_id(o));
    jw_str(w, hash_order(c, s, o));
    jw_object(w);
    line_numbers(w, s, o);
    jw_ki64(w, S("rev"), o->rev);
    jw_kbool(w, S("made"), o->state == ORDER_NEW);
    if (o->state == ORDER_TAKEN)
        former_head(c, w, s, o);
    jw_object_end(w);
    jw_array_end(w);
}

static enum err write_audit(struct ctx *c, const struct import_work *w,
                            const struct import_orders_state *s) {
    struct buf b;
    struct jw j;
    buf_init(&b, c->arena, AUDIT_MAX);
    jw_init(&j, &b);
    jw_object(&j);
    jw_ki64(&j, S("rows"), w->chunk.n[COUNT_LINES]);
    jw_ki64(&j, S("until_row"), w->rows);
    hash_things(c, &j, S("customers"), s->new_customers.p, s->new_customers.n);
    hash_things(c, &j, S("products"), s->new_products.p, s->new_products.n);
    jw_key(&j, S("orders"));
    jw_array(&j);
    for (size_t i = 0; i < s->touched.n; i++)
        order_entry(c, &j, s, s->touched.p[i]);
    jw_array_end(&j);
    if (s->rate_record != NULL) {
        jw_key(&j, s->rate_record->info->e->plural);
        jw_array(&j);
        hash_record(c, &j, s->rate_record);
        jw_array_end(&j);
    }
    jw_object_end(&j);
    if (!buf_ok(&b))
        return fail(c, ERR_TOO_LARGE, "", "row_too_long");
    return bulk_audit(c, w->im->id, buf_view(&b));
}

/* A decision that came between decoding and now holds: decode again. */
static enum err same_decisions(struct ctx *c,
                               const struct import_orders_state *s) {
    struct drop_mark mark;
    TRY(drop_mark(c, &mark));
    return drop_mark_same(mark, s->asked_mark)
               ? OK
               : fail(c, ERR_CONFLICT, "customer_id", "decisions_changed");
}

enum err import_orders_write(struct ctx *c, struct import_work *w) {
    struct import_orders_state *s = w->state;
    if (s->lines.n == 0)
        return OK;
    TRY(same_decisions(c, s));
    TRY(write_rate(c, w, s));
    TRY(write_things(c, s->new_customers.p, s->new_customers.n));
    TRY(write_things(c, s->new_products.p, s->new_products.n));
    TRY(write_orders(c, w, s));
    TRY(write_lines(c, s));
    TRY(refresh_orders(c, s));
    TRY(refresh_costs(c, s));
    TRY(refresh_customers(c, s));
    return write_audit(c, w, s);
}
