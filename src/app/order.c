/* Order arithmetic. Lines are exact in 10^-6; the document is rounded once, at
 * its total, to the minor units of its currency; base amounts are the exact
 * sums times the rate of the day. */
#include "app/order.h"

#include "app/churn_risk.h"
#include "app/costs.h"
#include "app/discount.h"
#include "app/drop.h"
#include "app/drop_acts.h"
#include "app/grade.h"
#include "app/ladder.h"
#include "app/matrix.h"
#include "app/settings.h"
#include "base/currency.h"
#include "base/num.h"
#include "base/time.h"
#include "base/wide.h"
#include "store/order_rows.h"
#include "store/stats.h"

#define RATE_ONE 1000000000 /* scale 9 */
#define RATE_SCALE 9
#define WHOLE 10000 /* 100 per cent in hundredths of one */

static enum err overflow(struct ctx *c, const char *field) {
    return fail(c, ERR_INVALID, field, "amount_overflow");
}

enum err order_rate(struct ctx *c, struct str currency, int32_t day,
                    int64_t given, int64_t *rate) {
    struct str base;
    bool found;
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    *rate = given;
    if (str_eq(currency, base))
        *rate = RATE_ONE;
    if (*rate > 0)
        return OK;
    TRY(stats_rate(c, currency, day, rate, &found));
    return found
               ? OK
               : failv(c, ERR_INVALID, S("currency"), "no_rate",
                       ARGS(V(currency), V(base), V(day_text(c->arena, day))));
}

enum err order_line_amount(struct ctx *c, int64_t quantity, int64_t unit_price,
                           int64_t *out) {
    return num_mul(quantity, unit_price, 3, out) ? OK : overflow(c, "quantity");
}

static int64_t magnitude(int64_t v) {
    return v < 0 ? -v : v;
}

enum err order_totals(struct ctx *c, const struct order_sum *in,
                      struct order_totals *out) {
    struct order_lines l = in->lines;
    int64_t total_base;
    if (in->is_return) {
        l.sale = 0;
        l.returned = magnitude(l.total);
    }
    if (!num_rescale(l.total, 6, currency_digits(in->currency), &out->amount) ||
        !num_mul(l.sale, in->rate, RATE_SCALE, &out->sales) ||
        !num_mul(l.returned, in->rate, RATE_SCALE, &out->returned) ||
        !num_mul(l.total, in->rate, RATE_SCALE, &total_base) ||
        !num_rescale(total_base, 6, currency_digits(in->base),
                     &out->base_amount))
        return overflow(c, "amount");
    return OK;
}

/* An order without lines stands for its amount. */
static enum err gross(struct ctx *c, const struct record *o,
                      struct order_lines *l) {
    TRY(stats_order_lines(c, record_id(o), l));
    if (l->count > 0)
        return OK;
    int digits = currency_digits(record_str(o, S("currency")));
    if (!num_rescale(record_i64(o, S("amount")), digits, 6, &l->total))
        return overflow(c, "amount");
    l->sale = l->total > 0 ? l->total : 0;
    return OK;
}

static enum err compute(struct ctx *c, const struct record *o, int64_t rate,
                        struct order_totals *t) {
    struct order_sum in = {.currency = record_str(o, S("currency")),
                           .rate = rate};
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &in.base));
    TRY(gross(c, o, &in.lines));
    in.is_return = str_eqc(record_str(o, S("kind")), "return");
    return order_totals(c, &in, t);
}

/* The rate the document has, unless its day or its currency is another now and
 * no rate came with that: then the one of the new day counts. */
static int64_t kept_rate(const struct record *before,
                         const struct record *after, struct str day) {
    int64_t rate = record_i64(after, S("rate"));
    if (before == NULL || rate != record_i64(before, S("rate")))
        return rate;
    bool same = record_i64(before, day) == record_i64(after, day) &&
                str_eq(record_str(before, S("currency")),
                       record_str(after, S("currency")));
    return same ? rate : 0;
}

/* Its totals, and what it costs and leaves. */
static enum err reprice(struct ctx *c, enum save_op op, const struct record *o,
                        int64_t kept) {
    int64_t rate;
    struct order_totals t;
    TRY(order_rate(c, record_str(o, S("currency")),
                   (int32_t)record_i64(o, S("ordered_on")), kept, &rate));
    TRY(compute(c, o, rate, &t));
    struct record *set = record_new(c, o->info);
    record_set(set, S("rate"), V(rate));
    record_set(set, S("amount"), V(t.amount));
    record_set(set, S("base_amount"), V(t.base_amount));
    record_set(set, S("sales"), V(t.sales));
    record_set(set, S("returned"), V(t.returned));
    TRY(record_set_computed(c, o->info, record_id(o), set));
    TRY(margin_of_order(c, record_id(o)));
    if (t.returned > 0 && op != SAVE_DELETE)
        TRY(drop_return_fee(c, o));
    return costs_of_order(c, op, o, &t);
}

enum err customer_refresh(struct ctx *c, int64_t customer_id,
                          const struct stats_days *on) {
    if (customer_id == 0)
        return OK;
    TRY(stats_orders(c, customer_id, on));
    TRY(grade_rescore(c, customer_id));
    TRY(matrix_rescore(c, customer_id));
    return ladder_refresh(c, customer_id);
}

/* The customer a record belonged to before, when it has another now. */
static int64_t former_customer(const struct record *before,
                               const struct record *after) {
    if (before == NULL)
        return 0;
    int64_t old = record_i64(before, S("customer_id"));
    return old == record_i64(after, S("customer_id")) ? 0 : old;
}

/* Of customer_refresh: one that has changed alone. */
#define ORDER_DAYS 2

static struct stats_days days_of(const struct record *before,
                                 const struct record *after,
                                 int64_t day[ORDER_DAYS]) {
    size_t n = 0;
    day[n++] = record_i64(after, S("ordered_on"));
    if (before != NULL && record_i64(before, S("ordered_on")) != day[0])
        day[n++] = record_i64(before, S("ordered_on"));
    return (struct stats_days){day, n};
}

/* How far the lines lie below quantity × price, hundredths of a per cent, as
 * soon as one has a discount of its own. */
static enum err told_by_lines(struct ctx *c, int64_t order_id, bool *told,
                              int64_t *percent) {
    struct order_priced *l;
    size_t n;
    int64_t list = 0, net = 0, whole;
    TRY(order_priced_lines(c, order_id, &l, &n));
    for (size_t i = 0; i < n; i++) {
        TRY(order_line_amount(c, l[i].quantity, l[i].unit_price, &whole));
        if (!num_add(&list, whole) || !num_add(&net, l[i].amount))
            return overflow(c, "amount");
    }
    *told = n > 0 && list > 0;
    *percent = 0;
    if (*told)
        *percent = (int64_t)(((i128)(list - net) * WHOLE + list / 2) / list);
    return OK;
}

/* The discount of an order follows from those of its lines; without them what
 * was typed stays. was: it followed from them before. */
static enum err follow_lines(struct ctx *c, struct record *o, bool was) {
    int64_t percent = 0;
    bool told = false;
    TRY(told_by_lines(c, record_id(o), &told, &percent));
    if (!told && !was)
        return OK;
    struct record *set = record_new(c, o->info);
    record_set(set, S("discount_percent"), told ? V(percent) : V_NULL);
    record_set(o, S("discount_percent"), told ? V(percent) : V_NULL);
    return record_set_computed(c, o->info, record_id(o), set);
}

enum err order_save(struct ctx *c, enum save_op op, const struct record *before,
                    const struct record *after) {
    struct record *now = record_copy(c, after);
    if (!currency_is_code(record_str(after, S("currency"))))
        return fail(c, ERR_INVALID, "currency", "not_currency");
    if (op == SAVE_UPDATE)
        TRY(follow_lines(c, now, false));
    if (op != SAVE_DELETE)
        TRY(discount_check(c, before, now));
    if (op == SAVE_CREATE || op == SAVE_UPDATE)
        TRY(drop_check_order(c, before, after));
    TRY(reprice(c, op, now, kept_rate(before, after, S("ordered_on"))));
    int64_t day[ORDER_DAYS];
    const struct stats_days on = days_of(before, after, day);
    int64_t former = former_customer(before, after);
    TRY(customer_refresh(c, former, &on));
    TRY(grade_left(c, former));
    return customer_refresh(c, record_i64(after, S("customer_id")), &on);
}

/* Rights were checked where the child was written. */
static enum err load_order(struct ctx *c, int64_t id, struct record **out) {
    const struct entity_info *i = registry_find(c->registry, S("order"));
    TRY(record_lock(c, i->e, id)); /* its lines are about to be added up */
    struct scope all = {.e = i->e, .act = ACT_READ, .level = LEVEL_ALL};
    return record_load(c, &all, id, false, out);
}

static enum err refresh(struct ctx *c, struct record *o) {
    TRY(reprice(c, SAVE_UPDATE, o, record_i64(o, S("rate"))));
    int64_t day[ORDER_DAYS];
    const struct stats_days on = days_of(NULL, o, day);
    return customer_refresh(c, record_i64(o, S("customer_id")), &on);
}

enum err order_refresh(struct ctx *c, int64_t order_id) {
    struct record *o;
    TRY(load_order(c, order_id, &o));
    return refresh(c, o);
}

/* The amount came from the lines: with the last of them it goes. */
static enum err forget_amount(struct ctx *c, struct record *o) {
    struct order_lines l;
    TRY(stats_order_lines(c, record_id(o), &l));
    if (l.count == 0)
        record_set(o, S("amount"), V(0));
    return OK;
}

enum err order_was(struct ctx *c, int64_t order_id, struct order_lined *out) {
    struct order_lines l;
    struct order_priced *priced;
    size_t n;
    TRY(stats_order_lines(c, order_id, &l));
    TRY(order_priced_lines(c, order_id, &priced, &n));
    *out = (struct order_lined){.any = l.count > 0, .discounted = n > 0};
    return OK;
}

/* Without an entry of its own: those of its lines tell what was changed. */
static enum err raise_rev(struct ctx *c, const struct record *o) {
    struct record *set = record_new(c, o->info);
    record_set(set, S("rev"), V(record_rev(o) + 1));
    record_set(set, S("updated_at"), V(c->now_ms));
    record_set(set, S("updated_by"),
               c->actor->user_id ? V(c->actor->user_id) : V_NULL);
    return record_set_computed(c, o->info, record_id(o), set);
}

static enum err relined(struct ctx *c, struct record *o,
                        const struct order_lined *was) {
    struct record *before = record_copy(c, o);
    if (was->changed)
        TRY(raise_rev(c, o));
    if (was->any)
        TRY(forget_amount(c, o));
    TRY(follow_lines(c, o, was->discounted));
    TRY(discount_check(c, before, o));
    return refresh(c, o);
}

enum err order_relined(struct ctx *c, int64_t order_id,
                       const struct order_lined *was) {
    struct record *o;
    TRY(load_order(c, order_id, &o));
    return relined(c, o, was);
}

/* Quantity times price, less the discount. */
static enum err line_amount_of(struct ctx *c, const struct record *line,
                               int64_t *out) {
    TRY(order_line_amount(c, record_i64(line, S("quantity")),
                          record_i64(line, S("unit_price")), out));
    int64_t left = WHOLE - record_i64(line, S("discount_percent"));
    return num_mul(*out, left, 4, out) ? OK : overflow(c, "quantity");
}

enum err order_line_save(struct ctx *c, enum save_op op,
                         const struct record *before,
                         const struct record *after) {
    const struct record *former = before != NULL ? before : after;
    struct order_lined was = {
        .changed = true,
        .any = op == SAVE_DELETE,
        .discounted = (before != NULL || op == SAVE_DELETE) &&
                      record_i64(former, S("discount_percent")) > 0};
    int64_t amount;
    TRY(line_amount_of(c, after, &amount));
    struct record *set = record_new(c, after->info);
    record_set(set, S("amount"), V(amount));
    TRY(record_set_computed(c, after->info, record_id(after), set));
    struct record *o;
    if (c->parent_at_work == record_i64(after, S("order_id")))
        return OK;
    enum err e = load_order(c, record_i64(after, S("order_id")), &o);
    if (e == ERR_NOT_FOUND) { /* it goes into the bin together with us */
        fail_clear(c);
        return OK;
    }
    TRY(e);
    return relined(c, o, &was);
}

enum err document_base(struct ctx *c, const struct record *before,
                       const struct record *after, struct str day) {
    int64_t rate, base_amount, micro;
    struct str base, currency = record_str(after, S("currency"));
    if (!currency_is_code(currency))
        return fail(c, ERR_INVALID, "currency", "not_currency");
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    TRY(order_rate(c, currency, (int32_t)record_i64(after, day),
                   kept_rate(before, after, day), &rate));
    if (!num_rescale(record_i64(after, S("amount")), currency_digits(currency),
                     6, &micro) ||
        !num_mul(micro, rate, RATE_SCALE, &micro) ||
        !num_rescale(micro, 6, currency_digits(base), &base_amount))
        return overflow(c, "amount");
    struct record *set = record_new(c, after->info);
    record_set(set, S("rate"), V(rate));
    record_set(set, S("base_amount"), V(base_amount));
    return record_set_computed(c, after->info, record_id(after), set);
}

enum err payment_save(struct ctx *c, enum save_op op,
                      const struct record *before, const struct record *after) {
    TRY(document_base(c, before, after, S("paid_on")));
    int64_t former = former_customer(before, after);
    if (former != 0)
        TRY(stats_payments(c, former));
    return stats_payments(c, record_i64(after, S("customer_id")));
}

/* What follows from the contacts of a customer. */
static enum err contacts_refresh(struct ctx *c, int64_t customer_id) {
    TRY(stats_contacts(c, customer_id));
    TRY(ladder_refresh(c, customer_id));
    return churn_rescore(c, customer_id);
}

enum err interaction_save(struct ctx *c, enum save_op op,
                          const struct record *before,
                          const struct record *after) {
    int64_t former = former_customer(before, after);
    int64_t now = record_i64(after, S("customer_id"));
    TRY(costs_of_interaction(c, op, after));
    if (former != 0)
        TRY(contacts_refresh(c, former));
    TRY(grade_left(c, former));
    return contacts_refresh(c, now);
}
