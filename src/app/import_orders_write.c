/* Writing a chunk of order lines: customers and products that are new, orders,
 * lines, totals, statistics, one audit entry. Runs in a write function and may
 * run twice: it changes nothing of the chunk but the new ids, which it sets
 * again. Order of the rows: by need, then customers by rising id (DESIGN W3).
 */
#include "app/import_orders.h"

#include "base/num.h"
#include "store/bulk.h"
#include "store/stats.h"

#include <stdlib.h>

#define AUDIT_MAX ((size_t)4 * 1024 * 1024)

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
    for (size_t i = 0; i < n; i++) {
        TRY(bulk_create(c, p[i]->record));
        p[i]->new_id = record_id(p[i]->record);
    }
    return OK;
}

/* The rate given with the import, for documents to come. */
static enum err write_rate(struct ctx *c, const struct import_work *w,
                           const struct import_orders_state *s) {
    if (s->chunk_rate_day == DAY_MAX || !s->may_rate)
        return OK;
    struct record *r =
        record_new(c, registry_find(c->registry, S("currency_rate")));
    record_set(r, S("currency"), V(w->im->options.currency));
    record_set(r, S("day"), V(s->chunk_rate_day));
    record_set(r, S("rate"), V(w->im->options.rate));
    return record_create(c, r);
}

/* --- orders
 * ----------------------------------------------------------------------- */

static enum err add(struct ctx *c, int64_t *sum, int64_t v) {
    return num_add(sum, v) ? OK
                           : fail(c, ERR_INVALID, "amount", "amount_overflow");
}

/* As stats_order_lines would find them, while none is stored yet. */
static enum err sum_lines(struct ctx *c, const struct import_orders_state *s,
                          const struct import_order *o,
                          struct order_lines *out) {
    *out = (struct order_lines){.count = 0};
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

static enum err take_order(struct ctx *c, const struct import_work *w,
                           const struct import_order *o) {
    int64_t operation;
    c->random(&operation, sizeof operation);
    struct bulk_order head = {.import_id = w->im->id,
                              .customer_id = customer_of(o),
                              .operation = operation & (((int64_t)1 << 52) - 1),
                              .day = o->day,
                              .kind = o->is_return ? S("return") : S("sale"),
                              .currency = o->currency};
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
        const struct import_order *o = s->touched.p[i];
        struct order_lines lines;
        struct order_totals t;
        if (o->state == ORDER_NEW)
            continue;
        TRY(stats_order_lines(c, o->id, &lines));
        TRY(totals(c, s, o, &lines, &t));
        struct bulk_totals b = {.rate = o->rate,
                                .amount = t.amount,
                                .base_amount = t.base_amount,
                                .sales = t.sales,
                                .returned = t.returned};
        TRY(bulk_order_totals(c, o->id, &b));
    }
    return OK;
}

/* --- lines
 * ------------------------------------------------------------------------ */

static enum err write_lines(struct ctx *c,
                            const struct import_orders_state *s) {
    struct bulk_line *all =
        NEW_ARRAY(c->arena, struct bulk_line, s->lines.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->touched.n; i++) {
        const struct import_order *o = s->touched.p[i];
        int64_t position = 0;
        if (o->state == ORDER_OURS)
            TRY(bulk_last_position(c, o->id, &position));
        for (size_t k = o->first; k != 0; k = s->lines.p[k - 1].next) {
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
    return bulk_lines(c, all, n);
}

/* --- statistics
 * ------------------------------------------------------------------- */

static int by_id(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static enum err refresh_customers(struct ctx *c,
                                  const struct import_orders_state *s) {
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, s->touched.n * 2 + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->touched.n; i++) {
        const struct import_order *o = s->touched.p[i];
        ids[n++] = customer_of(o);
        if (o->state == ORDER_TAKEN && o->former_customer != 0)
            ids[n++] = o->former_customer;
    }
    qsort(ids, n, sizeof *ids, by_id);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            TRY(stats_orders(c, ids[i]));
    return OK;
}

/* --- audit
 * ------------------------------------------------------------------------ */

static void hash_things(struct ctx *c, struct jw *w, struct str key,
                        struct thing *const *p, size_t n) {
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        struct str text =
            str_cat(c->arena, p[i]->key, record_str(p[i]->record, S("name")));
        jw_array(w);
        jw_i64(w, p[i]->new_id);
        jw_str(w, bulk_hash(c, S(""), text));
        jw_array_end(w);
    }
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
    for (size_t i = 0; i < s->touched.n; i++) {
        jw_array(&j);
        jw_i64(&j, order_id(s->touched.p[i]));
        jw_str(&j, hash_order(c, s, s->touched.p[i]));
        jw_array_end(&j);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return bulk_audit(c, w->im->id, buf_view(&b));
}

enum err import_orders_write(struct ctx *c, struct import_work *w) {
    struct import_orders_state *s = w->state;
    if (s->lines.n == 0)
        return OK;
    TRY(write_rate(c, w, s));
    TRY(write_things(c, s->new_customers.p, s->new_customers.n));
    TRY(write_things(c, s->new_products.p, s->new_products.n));
    TRY(write_orders(c, w, s));
    TRY(write_lines(c, s));
    TRY(refresh_orders(c, s));
    TRY(refresh_customers(c, s));
    return write_audit(c, w, s);
}
