/* Which lines of a chunk are kept: an order comes whole or not at all, so that
 * its lines are mended together. Once lines of it are written it is begun, and
 * only what can't be used stays out. Owns nothing; runner's thread. Invariant:
 * nothing is counted or queued for a line before it is kept. */
#include "app/import_orders.h"

static struct str number_of(const struct import_work *w,
                            const struct import_row *r) {
    const struct import_orders_state *s = w->state;
    return import_key(w->im, s->number, r->cells[s->number]);
}

void import_order_broken(struct import_work *w, const struct import_row *r) {
    struct import_orders_state *s = w->state;
    struct str key = number_of(w, r), own;
    if (key.n == 0)
        return;
    struct broken_order *b = known_get(&s->broken, key);
    if (b == NULL)
        b = known_put(&s->broken, key, sizeof *b, &own);
    if (b->line == 0)
        b->line = r->line;
}

void import_order_mended(struct import_work *w, const struct import_row *r) {
    struct import_orders_state *s = w->state;
    if (s->broken.map.n == 0)
        return;
    struct broken_order *b = known_get(&s->broken, number_of(w, r));
    if (b != NULL && b->line == r->line)
        b->line = 0;
}

/* Counts one line, tells the kind of its row. */
static struct str count_line(struct import_work *w, const struct reading *x) {
    struct import_counts *k = &w->chunk;
    import_counts_day(k, x->line.day);
    switch (x->kind) {
    case LINE_CANCELLED:
        k->n[COUNT_CANCELLED]++;
        return S("return");
    case LINE_RETURNED:
        k->n[COUNT_RETURN]++;
        return S("return");
    case LINE_FREE:
        k->n[x->amount < 0 ? COUNT_ADJUSTMENT : COUNT_FREE]++;
        return S("free");
    default:
        k->n[COUNT_SALE]++;
        k->sales += x->amount;
        return S("sale");
    }
}

static void queue_things(struct ctx *c, struct import_work *w,
                         struct thing *customer, struct thing *product) {
    struct import_orders_state *s = w->state;
    if (customer->id == 0 && !customer->queued) {
        customer->queued = true;
        *VEC_PUSH(c->arena, &s->new_customers) = customer;
        if (!w->dry || seen_first(w->keep, &s->seen, 'c', customer->key))
            w->chunk.n[COUNT_CUSTOMERS]++;
    }
    if (product != NULL && product->id == 0 && !product->queued) {
        product->queued = true;
        *VEC_PUSH(c->arena, &s->new_products) = product;
        if (!w->dry || seen_first(w->keep, &s->seen, 'p', product->key))
            w->chunk.n[COUNT_PRODUCTS]++;
    }
}

static void touch_order(struct ctx *c, struct import_work *w,
                        struct import_order *o) {
    struct import_orders_state *s = w->state;
    *VEC_PUSH(c->arena, &s->touched) = o;
    if (o->state == ORDER_NEW &&
        (!w->dry || seen_first(w->keep, &s->seen, 'o', o->key)))
        w->chunk.n[COUNT_ORDERS]++;
    if (o->state == ORDER_TAKEN)
        w->chunk.n[COUNT_ORDERS_UPDATED]++;
}

static void keep_line(struct ctx *c, struct import_work *w,
                      struct import_line *l) {
    struct import_orders_state *s = w->state;
    struct import_order *o = l->order;
    l->kind = count_line(w, &l->said);
    l->next = 0;
    queue_things(c, w, l->customer, l->product);
    if (o->first == 0)
        touch_order(c, w, o);
    s->lines.p[s->lines.n++] = *l;
    if (o->first == 0)
        o->first = s->lines.n;
    else
        s->lines.p[o->last - 1].next = s->lines.n;
    o->last = s->lines.n;
}

/* 0, or the line for which this one stays out. */
static int64_t broken_by(const struct import_orders_state *s,
                         const struct import_order *o) {
    const struct broken_order *b =
        s->broken.map.n == 0 ? NULL : known_get(&s->broken, o->key);
    bool begun = o->state != ORDER_NEW && o->state != ORDER_TAKEN;
    return b == NULL || begun ? 0 : b->line;
}

void import_orders_keep(struct ctx *c, struct import_work *w) {
    struct import_orders_state *s = w->state;
    size_t n = s->lines.n;
    for (size_t i = 0; i < n; i++)
        s->lines.p[i].order->first = s->lines.p[i].order->last = 0;
    s->lines.n = 0;
    for (size_t i = 0; i < n; i++) {
        struct import_line l = s->lines.p[i];
        int64_t line = broken_by(s, l.order);
        if (line == 0)
            keep_line(c, w, &l);
        else
            import_error(c, w, l.row, s->number, "import_order_line",
                         ARGS(V(line)));
    }
}
