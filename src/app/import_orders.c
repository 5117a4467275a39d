/* Decoding files of orders. Owns: the tables of known keys, in arenas of their
 * own. Threads: the runner's. Rules: app/import.h. */
#include "app/import_orders.h"

#include "app/reentry.h"
#include "app/settings.h"
#include "base/currency.h"
#include "base/message.h"
#include "base/num.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "store/record_write.h"

#include <stdlib.h>

#define KNOWN_MAX 100000
#define NAME_CHARS 300
#define ONE_PIECE 1000 /* quantity 1, 10^-3 */

static struct import_orders_state *state_of(const struct import_work *w) {
    return w->state;
}

/* --- opening ------------------------------------------------------------- */

static enum err template(struct ctx *c, struct import_work *w,
                         const struct entity_info *i, struct record **out) {
    struct arena *outer = c->arena; c->arena = w->keep; *out = record_new(c, i);
    enum err e = record_fill_defaults(c, *out);
    if (e == OK && info_field(i, S("import_id")) != NULL)
        record_set(*out, S("import_id"), V(w->im->id));
    c->arena = outer;
    return e;
}

static void find_columns(const struct import *im,
                         struct import_orders_state *s) {
    s->number = import_column(im, "order.number");
    s->day = import_column(im, "order.ordered_on");
    s->quantity = import_column(im, "order_line.quantity");
    s->price = import_column(im, "order_line.unit_price");
    s->amount = import_column(im, "order_line.amount");
    s->code = import_column(im, "product.code");
    s->name = import_column(im, "product.name");
    s->external_id = import_column(im, "customer.external_id");
    s->customer_name = import_column(im, "customer.name");
    s->currency = import_column(im, "order.currency");
    s->note = import_column(im, "order_line.note");
    s->bare =
        s->amount != SIZE_MAX && s->code == SIZE_MAX && s->name == SIZE_MAX;
}

static bool may(struct ctx *c, const char *entity, enum action act,
                struct scope *out) {
    bool good = scope_make(c, registry_find(c->registry, str_of(entity))->e,
                           act, out) == OK;
    fail_clear(c);
    return good;
}

/* An order and its lines go together: under a customer who is open to both. */
static enum err open_scopes(struct ctx *c, struct import_orders_state *s) {
    const struct entity *line = registry_find(c->registry, S("order_line"))->e;
    struct scope orders, lines, order, up;
    TRY(scope_make(c, s->order->e, ACT_CREATE, &orders));
    TRY(scope_make(c, line, ACT_CREATE, &lines));
    scope_of_parent(c, &orders, &s->may_add_to);
    scope_of_parent(c, &lines, &order);
    scope_of_parent(c, &order, &up);
    if (up.level < s->may_add_to.level)
        s->may_add_to.level = up.level;
    if (!may(c, "order", ACT_UPDATE, &s->may_update))
        s->may_update = (struct scope){
            .e = s->order->e, .act = ACT_UPDATE, .level = LEVEL_NONE};
    scope_of_parent(c, &s->may_update, &s->may_change_of);
    return OK;
}

static enum err open_orders(struct ctx *c, struct import_work *w) {
    struct import_orders_state *s = NEW(w->keep, struct import_orders_state);
    struct scope any;
    w->state = s;
    s->customer = registry_find(c->registry, S("customer"));
    s->order = registry_find(c->registry, S("order"));
    s->product = registry_find(c->registry, S("product"));
    known_init(&s->customers);
    known_init(&s->products);
    known_init(&s->orders);
    known_init(&s->broken);
    find_columns(w->im, s);
    TRY(template(c, w, s->customer, &s->customer_new));
    TRY(template(c, w, s->order, &s->order_new));
    TRY(template(c, w, s->product, &s->product_new));
    TRY(open_scopes(c, s));
    s->may_product = may(c, "product", ACT_CREATE, &any);
    s->may_rate = may(c, "currency_rate", ACT_CREATE, &any);
    s->may_give = may(c, "customer", ACT_CREATE, &any) && scope_is_all(c, &any);
    s->rate_known = DAY_MAX;
    return settings_text(c, SETTING_COMPANY_CURRENCY, &s->base);
}

static void close_orders(struct import_work *w) {
    struct import_orders_state *s = state_of(w);
    known_end(&s->customers);
    known_end(&s->products);
    known_end(&s->orders);
    known_end(&s->broken);
}

/* What was decided meanwhile is asked anew of everybody. A mark that can't be
 * read is none: the chunk then comes again. */
static void ask_decisions(struct ctx *c, struct import_orders_state *s) {
    struct drop_mark mark;
    if (drop_mark(c, &mark) != OK) {
        fail_clear(c);
        mark = (struct drop_mark){.rows = -1};
    }
    if (!drop_mark_same(mark, s->asked_mark))
        known_drop(&s->customers);
    s->asked_mark = mark;
    s->bars = reentry_any(c);
}

static void begin_orders(struct ctx *c, struct import_work *w) {
    struct import_orders_state *s = state_of(w);
    ask_decisions(c, s);
    s->new_customers.p = s->new_products.p = NULL;
    s->new_customers.n = s->new_customers.cap = 0;
    s->new_products.n = s->new_products.cap = 0;
    s->touched.p = NULL;
    s->touched.n = s->touched.cap = 0;
    s->lines.p = NULL;
    s->lines.n = s->lines.cap = 0;
    s->chunk_rate_day = DAY_MAX;
}

static void forget_orders(struct import_work *w) {
    struct import_orders_state *s = state_of(w);
    known_drop(&s->customers);
    known_drop(&s->products);
    known_drop(&s->orders);
}

/* --- lines --------------------------------------------------------------- */

/* The least number of 64 bits is refused: returns turn signs around, and it has
 * no opposite. */
static bool number(struct ctx *c, struct import_work *w,
                   const struct import_row *r, size_t column, struct str text,
                   int scale, int64_t *out) {
    enum num_result n = num_parse(text, scale, NUM_EXACT, out);
    if (n == NUM_OK && *out == INT64_MIN)
        n = NUM_RANGE;
    if (n != NUM_OK)
        import_error(c, w, r, column, num_code(n),
                     ARGS(V(r->cells[column]), V(scale)));
    return n == NUM_OK;
}

/* The currency the row names, else that of the import. */
static struct str currency_of(const struct import_work *w,
                              const struct import_row *r) {
    size_t named = state_of(w)->currency;
    bool good = named != SIZE_MAX && currency_is_code(r->cells[named]);
    return good ? r->cells[named] : w->im->options.currency;
}

/* In that currency. */
static bool amount(struct ctx *c, struct import_work *w,
                   const struct import_row *r, size_t column, int64_t *out) {
    struct import_amount a = {S(""), r->cells[column], currency_of(w, r)};
    struct str text;
    enum err e = import_amount(c, w->im, &a, &text);
    if (import_row_failed(c, w, r, column, e))
        return false;
    return number(c, w, r, column, text, NUM_AMOUNT, out);
}

static bool read_day(struct ctx *c, struct import_work *w,
                     const struct import_row *r, int32_t *out) {
    size_t column = state_of(w)->day;
    struct stamp t;
    enum time_result n =
        stamp_parse(r->cells[column], w->im->options.date_order, &t);
    if (n != TIME_OK) {
        import_error(c, w, r, column, time_code(n), ARGS(V(r->cells[column])));
        return false;
    }
    *out = t.has_offset ? zone_day(c->zone, zone_stamp(c->zone, t)) : t.day;
    return true;
}

/* The price of one, from the amount of the line. */
static bool price_of(const struct sale_line *l, int64_t *out) {
    int64_t whole;
    *out = 0;
    if (l->quantity == 0)
        return true;
    if (__builtin_mul_overflow(l->amount, 1000, &whole))
        return false;
    int64_t half = llabs(l->quantity) / 2;
    bool down = (whole < 0) != (l->quantity < 0);
    uint64_t size = (uint64_t)llabs(whole) + (uint64_t)half;
    *out = (int64_t)(size / (uint64_t)llabs(l->quantity));
    if (*out == 0 && whole != 0)
        *out = 1; /* never free */
    if (down)
        *out = -*out;
    return true;
}

/* A total is all there is: of one piece, as far as anybody knows; that of an
 * order without lines in minor units, as it is kept. */
static bool read_total(struct ctx *c, struct import_work *w,
                       const struct import_row *r, struct reading *x) {
    struct import_orders_state *s = state_of(w);
    struct sale_line *l = &x->line;
    int digits = currency_digits(currency_of(w, r));
    if (!amount(c, w, r, s->amount, &l->amount))
        return false;
    if (s->bare && (!num_rescale(l->amount, NUM_AMOUNT, digits, &x->amount) ||
                    !num_rescale(x->amount, digits, NUM_AMOUNT, &l->amount))) {
        import_error(c, w, r, s->amount, "amount_overflow", NO_ARGS);
        return false;
    }
    l->has_amount = true;
    l->quantity = l->amount < 0 ? -ONE_PIECE : ONE_PIECE;
    l->price = llabs(l->amount);
    x->amount = l->amount;
    return true;
}

static bool read_amounts(struct ctx *c, struct import_work *w,
                         const struct import_row *r, struct reading *x) {
    struct import_orders_state *s = state_of(w);
    struct sale_line *l = &x->line;
    if (s->bare || s->quantity == SIZE_MAX)
        return read_total(c, w, r, x);
    struct str quantity = import_number(c, w->im, r->cells[s->quantity]);
    if (!number(c, w, r, s->quantity, quantity, NUM_QUANTITY, &l->quantity))
        return false;
    bool priced = s->price != SIZE_MAX && r->cells[s->price].n > 0;
    if (priced || s->amount == SIZE_MAX) {
        if (!amount(c, w, r, s->price, &l->price))
            return false;
    } else {
        if (!amount(c, w, r, s->amount, &l->amount))
            return false;
        l->has_amount = true;
        if (!price_of(l, &l->price)) {
            import_error(c, w, r, s->amount, "amount_overflow", NO_ARGS);
            return false;
        }
    }
    if (line_amount(l, &x->amount) && x->amount != INT64_MIN)
        return true;
    import_error(c, w, r, s->quantity, "amount_overflow", NO_ARGS);
    return false;
}

/* False: the row has been counted and set aside. */
static bool read_line(struct ctx *c, struct import_work *w,
                      const struct import_row *r, struct reading *x) {
    struct import_orders_state *s = state_of(w);
    size_t who = s->external_id != SIZE_MAX ? s->external_id : s->customer_name;
    x->customer = import_key(w->im, who, r->cells[who]);
    x->number = import_key(w->im, s->number, r->cells[s->number]);
    if (x->customer.n == 0) {
        const char *code = "import_no_customer";
        w->chunk.n[COUNT_NO_CUSTOMER]++;
        import_aside(
            c, w, r, who,
            (struct aside_reason){str_of(code),
                                  message_text(c, c->lang, code, NO_ARGS)});
        return false;
    }
    if (x->number.n == 0) {
        import_error(c, w, r, s->number, "required", NO_ARGS);
        return false;
    }
    x->line.customer = x->customer;
    x->line.order = x->number;
    if (!read_day(c, w, r, &x->line.day) || !read_amounts(c, w, r, x))
        return false;
    x->kind = line_kind(&x->line, w->im->options.cancel_prefix);
    return true;
}

/* Behind the lines of the same order so far. */
static void add_line(struct ctx *c, struct import_work *w,
                     const struct import_line *l) {
    struct import_orders_state *s = state_of(w);
    *VEC_PUSH(c->arena, &s->lines) = *l;
    if (l->order->first == 0)
        l->order->first = s->lines.n;
}

/* *aside: it can't be used and was set aside. */
static enum err use_row(struct ctx *c, struct import_work *w,
                        const struct import_row *r, bool *aside) {
    struct import_orders_state *s = state_of(w);
    struct reading x = {.amount = 0};
    struct thing *customer, *product;
    struct import_order *o;
    bool failed = false;
    *aside = true;
    if (!read_line(c, w, r, &x))
        return OK;
    TRY(import_find_customer(c, w, r, x.customer, &customer, &failed));
    struct import_finding of = {&x, customer};
    if (!failed)
        TRY(import_find_order(c, w, r, &of, &o, &failed));
    if (failed)
        return OK;
    if (o->state == ORDER_SKIPPED) {
        w->chunk.n[COUNT_DUPLICATE]++;
        *aside = false;
        return OK;
    }
    struct str mends = o->joined ? import_mended_row(c, w, r) : S("");
    bool mended;
    TRY(import_is_mended(c, w, o, mends, &mended));
    if (mended) {
        w->chunk.n[COUNT_DUPLICATE]++;
        *aside = false;
        return OK;
    }
    if (s->bare)
        product = NULL;
    else
        TRY(import_find_product(c, w, r, &product, &failed));
    if (failed)
        return OK;
    struct import_line l = {.order = o,
                            .customer = customer,
                            .row = r,
                            .said = x,
                            .product = product,
                            .mends = mends,
                            .quantity = x.line.quantity,
                            .price = x.line.price,
                            .amount = x.amount};
    size_t named =
        s->name != SIZE_MAX && r->cells[s->name].n > 0 ? s->name : s->code;
    l.name = s->bare ? S("") : utf8_cut(r->cells[named], NAME_CHARS);
    if (s->note != SIZE_MAX) {
        struct val note;
        enum err e = import_value(c, w->im, s->note, r->cells[s->note], &note);
        if (import_row_failed(c, w, r, s->note, e))
            return OK;
        TRY(e);
        l.note = note.type == VAL_STR ? note.s : S("");
    }
    *aside = false;
    add_line(c, w, &l);
    return OK;
}

static enum err row_orders(struct ctx *c, struct import_work *w,
                           const struct import_row *r) {
    bool aside;
    TRY(use_row(c, w, r, &aside));
    if (aside)
        import_order_broken(w, r);
    else
        import_order_mended(w, r);
    return OK;
}

static enum err end_rows(struct ctx *c, struct import_work *w) {
    import_orders_keep(c, w);
    return OK;
}

/* --- behind the commit --------------------------------------------------- */

/* In a dry run nothing got an id: what it would have made counts as known. */
static void settle(struct import_orders_state *s, struct thing **p, size_t n,
                   bool dry) {
    for (size_t i = 0; i < n; i++) {
        p[i]->id = dry ? --s->dry_id : p[i]->new_id;
        p[i]->record = NULL;
        p[i]->queued = false;
    }
}

static void settle_orders(struct import_orders_state *s, bool dry) {
    for (size_t i = 0; i < s->touched.n; i++) {
        struct import_order *o = s->touched.p[i];
        if (o->customer != NULL)
            o->customer_id = o->customer->id;
        if (o->state == ORDER_NEW)
            o->id = dry ? --s->dry_id : o->new_id;
        o->state = ORDER_OURS;
        o->customer = NULL;
        o->record = NULL;
        o->first = o->last = 0;
    }
}

/* What was looked up for a row that then failed is looked up again: its record
 * lived in the chunk's memory. */
static void drop_unused(struct known *k, bool orders) {
    for (size_t i = 0; i < k->map.cap; i++) {
        void *v = k->map.slots[i].value;
        if (v == NULL)
            continue;
        if (orders) {
            struct import_order *o = v;
            if (o->state == ORDER_NEW || o->state == ORDER_TAKEN)
                *o = (struct import_order){.key = o->key};
        } else {
            ((struct thing *)v)->record = NULL;
        }
    }
}

static void accept_orders(struct import_work *w) {
    struct import_orders_state *s = state_of(w);
    settle(s, s->new_customers.p, s->new_customers.n, w->dry);
    settle(s, s->new_products.p, s->new_products.n, w->dry);
    settle_orders(s, w->dry);
    if (s->chunk_rate_day != DAY_MAX)
        s->rate_known = s->chunk_rate_day;
    if (w->chunk.n[COUNT_ERROR] > 0) {
        drop_unused(&s->customers, false);
        drop_unused(&s->products, false);
        drop_unused(&s->orders, true);
    }
    if (s->customers.map.n > KNOWN_MAX)
        known_drop(&s->customers);
    if (s->products.map.n > KNOWN_MAX)
        known_drop(&s->products);
    if (s->orders.map.n > KNOWN_MAX)
        known_drop(&s->orders);
    if (s->broken.map.n > KNOWN_MAX)
        known_drop(&s->broken);
}

const struct import_kind import_orders = {
    .chunk = 3000,
    .open = open_orders,
    .close = close_orders,
    .begin = begin_orders,
    .row = row_orders,
    .unread = import_order_broken,
    .rows_end = end_rows,
    .write = import_orders_write,
    .accept = accept_orders,
    .forget = forget_orders,
};
