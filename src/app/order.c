/* Order arithmetic. Lines are exact in 10^-6; the document is rounded once, at
 * its total, to the minor units of its currency; base amounts are the exact
 * sums times the rate of the day. */
#include "app/order.h"

#include "app/churn_risk.h"
#include "app/costs.h"
#include "app/discount.h"
#include "app/drop.h"
#include "app/grade.h"
#include "app/ladder.h"
#include "app/matrix.h"
#include "app/settings.h"
#include "base/currency.h"
#include "base/num.h"
#include "store/stats.h"

#define RATE_ONE 1000000000 /* scale 9 */
#define RATE_SCALE 9

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
    return found ? OK
                 : failv(c, ERR_INVALID, S("currency"), "no_rate",
                         ARGS(V(currency), V(base)));
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
    return costs_of_order(c, op, o, &t);
}

enum err customer_refresh(struct ctx *c, int64_t customer_id) {
    if (customer_id == 0)
        return OK;
    TRY(stats_orders(c, customer_id));
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

enum err order_save(struct ctx *c, enum save_op op, const struct record *before,
                    const struct record *after) {
    if (!currency_is_code(record_str(after, S("currency"))))
        return fail(c, ERR_INVALID, "currency", "not_currency");
    if (op != SAVE_DELETE)
        TRY(discount_check(c, before, after));
    if (op == SAVE_CREATE || op == SAVE_UPDATE)
        TRY(drop_check_order(c, before, after));
    TRY(reprice(c, op, after, kept_rate(before, after, S("ordered_on"))));
    TRY(customer_refresh(c, former_customer(before, after)));
    return customer_refresh(c, record_i64(after, S("customer_id")));
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
    return customer_refresh(c, record_i64(o, S("customer_id")));
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

enum err order_line_save(struct ctx *c, enum save_op op,
                         const struct record *before,
                         const struct record *after) {
    int64_t amount;
    TRY(order_line_amount(c, record_i64(after, S("quantity")),
                          record_i64(after, S("unit_price")), &amount));
    struct record *set = record_new(c, after->info);
    record_set(set, S("amount"), V(amount));
    TRY(record_set_computed(c, after->info, record_id(after), set));
    struct record *o;
    enum err e = load_order(c, record_i64(after, S("order_id")), &o);
    if (e == ERR_NOT_FOUND) { /* it goes into the bin together with us */
        fail_clear(c);
        return OK;
    }
    TRY(e);
    if (op == SAVE_DELETE)
        TRY(forget_amount(c, o));
    return refresh(c, o);
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
        TRY(stats_orders(c, former));
    return stats_orders(c, record_i64(after, S("customer_id")));
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
    return contacts_refresh(c, now);
}
