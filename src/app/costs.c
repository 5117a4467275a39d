/* Entries of the ledger that follow from documents. Owns nothing; runs inside
 * the write that changed the document. Invariant: an interaction or order has
 * at most one live entry of the program in each slot. */
#include "app/costs.h"

#include "app/drop_acts.h"
#include "app/grade.h"
#include "app/settings.h"
#include "base/currency.h"
#include "base/num.h"
#include "base/wide.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/costs.h"
#include "store/record_write.h"
#include "store/trail.h"

/* What a document can cost: one entry each. */
enum slot { SLOT_CONTACT, SLOT_COMPLAINT, SLOT_RETURN, SLOT_DISCOUNT };

static enum slot slot_of(struct str kind) {
    if (str_eqc(kind, "complaint"))
        return SLOT_COMPLAINT;
    if (str_eqc(kind, "return"))
        return SLOT_RETURN;
    return str_eqc(kind, "discount") ? SLOT_DISCOUNT : SLOT_CONTACT;
}

struct want {
    enum slot slot;
    struct str kind;
    enum setting_id standard; /* its cost; SETTING_COUNT: amount counts */
    int64_t amount;           /* minor units of the base currency */
};

struct document {
    bool order;
    int64_t id, customer_id;
    int32_t day;
    struct want wants[2];
    size_t n;
};

static const struct entity_info *entry_info(const struct ctx *c) {
    return registry_find(c->registry, S("cost_entry"));
}

/* Standard cost in minor units of the base currency. */
static enum err amount_of(struct ctx *c, const struct want *w, int64_t *out) {
    struct str base;
    int64_t hundredths;
    *out = w->amount;
    if (w->standard == SETTING_COUNT)
        return OK;
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    TRY(settings_i64(c, w->standard, &hundredths));
    return num_rescale(hundredths, 2, currency_digits(base), out)
               ? OK
               : fail(c, ERR_INVALID, "amount", "amount_overflow");
}

static enum err create_entry(struct ctx *c, const struct document *d,
                             const struct want *w) {
    struct str base;
    int64_t amount;
    TRY(amount_of(c, w, &amount));
    if (amount == 0)
        return OK;
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    struct record *r = record_new(c, entry_info(c));
    bool counted = w->standard == SETTING_COUNT;
    record_set(r, S("customer_id"), V(d->customer_id));
    record_set(r, S("kind"), V(w->kind));
    record_set(r, S("incurred_on"), V(d->day));
    record_set(r, S("origin"), V(counted ? S("order") : S("standard")));
    record_set(r, S("currency"), V(base));
    record_set(r, S("amount"), V(amount));
    record_set(r, d->order ? S("order_id") : S("interaction_id"), V(d->id));
    return record_create(c, r);
}

/* An entry that is there, as the document wants it. */
static enum err follow(struct ctx *c, const struct document *d,
                       const struct want *w, const struct record *e) {
    struct record *after = record_copy(c, e);
    int64_t former = record_i64(e, S("customer_id"));
    int64_t amount = record_i64(e, S("amount"));
    bool kind_same = str_eq(record_str(e, S("kind")), w->kind);
    if (w->standard == SETTING_COUNT)
        amount = w->amount;
    else if (!kind_same && str_eqc(record_str(e, S("origin")), "standard"))
        TRY(amount_of(c, w, &amount));
    if (kind_same && amount == record_i64(e, S("amount")) &&
        former == d->customer_id && d->day == record_i64(e, S("incurred_on")))
        return OK;
    record_set(after, S("kind"), V(w->kind));
    record_set(after, S("incurred_on"), V(d->day));
    record_set(after, S("customer_id"), V(d->customer_id));
    record_set(after, S("amount"), V(amount));
    TRY(record_write_row(c, e, after));
    TRY(trail_write(c, SAVE_UPDATE, e, after));
    TRY(document_base(c, e, after, S("incurred_on")));
    TRY(stats_costs(c, d->customer_id));
    if (former == d->customer_id)
        return OK;
    TRY(stats_costs(c, former));
    TRY(grade_left(c, former));
    return grade_rescore_costs(c, former);
}

/* Nothing asks for it any more; what it did cost remains. */
static enum err drop_entry(struct ctx *c, const struct document *d,
                           const struct record *e) {
    if (!str_eqc(record_str(e, S("origin")), "actual"))
        return record_delete(c, e->info, record_id(e), 0);
    if (d->customer_id ==
        0) /* an order of nobody: he was served all the same */
        return OK;
    struct want same = {.kind = record_str(e, S("kind")),
                        .standard = SETTING_COST_CALL};
    return follow(c, d, &same, e);
}

static enum err sync_entries(struct ctx *c, const struct document *d,
                             bool fresh) {
    int64_t ids[COST_ENTRIES_MAX];
    bool met[COUNT_OF(d->wants)] = {false};
    struct scope all = {
        .e = entry_info(c)->e, .act = ACT_UPDATE, .level = LEVEL_ALL};
    size_t n = 0;
    if (!fresh)
        TRY(cost_entries_of(c, d->order, d->id, ids, &n));
    for (size_t i = 0; i < n; i++) {
        struct record *e;
        size_t k = 0;
        TRY(record_load(c, &all, ids[i], false, &e));
        enum slot slot = slot_of(record_str(e, S("kind")));
        while (k < d->n && (d->wants[k].slot != slot || met[k]))
            k++;
        if (k == d->n) {
            TRY(drop_entry(c, d, e));
        } else {
            met[k] = true;
            TRY(follow(c, d, &d->wants[k], e));
        }
    }
    for (size_t k = 0; k < d->n; k++)
        if (!met[k])
            TRY(create_entry(c, d, &d->wants[k]));
    return OK;
}

/* The program writes them, whoever changed the document. */
static enum err sync(struct ctx *c, const struct document *d, bool fresh) {
    const struct actor *asked = c->actor;
    if (fresh && d->n == 0)
        return OK;
    c->actor = actor_console(c);
    enum err e = sync_entries(c, d, fresh);
    c->actor = asked;
    TRY(e);
    /* an order scores its customer when its figures stand */
    return d->order ? OK : grade_rescore_costs(c, d->customer_id);
}

enum err costs_of_interaction(struct ctx *c, enum save_op op,
                              const struct record *i) {
    struct document d = {
        .id = record_id(i),
        .customer_id = record_i64(i, S("customer_id")),
        .day = zone_day(c->zone, record_i64(i, S("happened_at")))};
    struct str channel = record_str(i, S("channel"));
    struct str outcome = record_str(i, S("outcome"));
    bool visit = str_eqc(channel, "visit"), call = str_eqc(channel, "phone");
    if (op == SAVE_DELETE || op == SAVE_RESTORE)
        return OK;
    if ((visit || call) && !str_eqc(record_str(i, S("party")), "machine"))
        d.wants[d.n++] = (struct want){.slot = SLOT_CONTACT,
                                       .kind = visit ? S("visit") : S("call"),
                                       .standard = visit ? SETTING_COST_VISIT
                                                         : SETTING_COST_CALL};
    if (str_eqc(outcome, "poor") || str_eqc(outcome, "very_poor"))
        d.wants[d.n++] = (struct want){.slot = SLOT_COMPLAINT,
                                       .kind = S("complaint"),
                                       .standard = SETTING_COST_COMPLAINT};
    return sync(c, &d, op == SAVE_CREATE);
}

/* Of a price that is d per cent off the list: price × d / (100 - d). */
static enum err discount(struct ctx *c, int64_t sales, int64_t percent,
                         int64_t *out) {
    struct str base;
    int64_t micro;
    *out = 0;
    if (sales <= 0 || percent <= 0 || percent >= 10000)
        return OK;
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    i128 product = (i128)sales * percent, rest = 10000 - percent;
    product = (product + rest / 2) / rest;
    micro = product > INT64_MAX ? -1 : (int64_t)product;
    return micro >= 0 && num_rescale(micro, 6, currency_digits(base), out)
               ? OK
               : fail(c, ERR_INVALID, "amount", "amount_overflow");
}

enum err costs_of_order(struct ctx *c, enum save_op op, const struct record *o,
                        const struct order_totals *t) {
    struct document d = {.order = true,
                         .id = record_id(o),
                         .customer_id = record_i64(o, S("customer_id")),
                         .day = (int32_t)record_i64(o, S("ordered_on"))};
    struct str status = record_str(o, S("status"));
    int64_t off;
    if (op == SAVE_RESTORE)
        return OK;
    TRY(discount(c, t->sales, record_i64(o, S("discount_percent")), &off));
    bool counts = op != SAVE_DELETE && d.customer_id != 0 &&
                  !str_eqc(status, "draft") && !str_eqc(status, "cancelled");
    if (counts && t->returned > 0)
        d.wants[d.n++] = (struct want){.slot = SLOT_RETURN,
                                       .kind = S("return"),
                                       .standard = SETTING_COST_RETURN};
    if (counts && off > 0)
        d.wants[d.n++] = (struct want){.slot = SLOT_DISCOUNT,
                                       .kind = S("discount"),
                                       .standard = SETTING_COUNT,
                                       .amount = off};
    return sync(c, &d, op == SAVE_CREATE);
}

enum err costs_of_orders(struct ctx *c, const int64_t *ids, size_t n) {
    const struct entity_info *i = registry_find(c->registry, S("order"));
    struct scope all = {.e = i->e, .act = ACT_READ, .level = LEVEL_ALL};
    for (size_t k = 0; k < n; k++) {
        struct record *o;
        TRY(record_load(c, &all, ids[k], false, &o));
        struct order_totals t = {.sales = record_i64(o, S("sales")),
                                 .returned = record_i64(o, S("returned"))};
        if (t.returned > 0)
            TRY(drop_return_fee(c, o));
        TRY(costs_of_order(c, SAVE_UPDATE, o, &t));
    }
    return OK;
}

/* --- entries themselves ------------------------------------------------- */

static bool amount_moved(const struct record *before,
                         const struct record *after) {
    return record_i64(before, S("amount")) != record_i64(after, S("amount")) ||
           !str_eq(record_str(before, S("currency")),
                   record_str(after, S("currency"))) ||
           record_i64(before, S("rate")) != record_i64(after, S("rate"));
}

/* By sync, which scores the customer once at its end. */
static bool is_made_here(enum save_op op, const struct record *e) {
    return op == SAVE_CREATE && (record_i64(e, S("order_id")) != 0 ||
                                 record_i64(e, S("interaction_id")) != 0);
}

enum err cost_entry_save(struct ctx *c, enum save_op op,
                         const struct record *before,
                         const struct record *after) {
    struct str origin = record_str(after, S("origin"));
    if (op == SAVE_UPDATE && amount_moved(before, after)) {
        if (str_eqc(origin, "order"))
            return fail(c, ERR_INVALID, "amount", "cost_from_order");
        struct record *set = record_new(c, after->info);
        record_set(set, S("origin"), V(S("actual")));
        TRY(record_set_computed(c, after->info, record_id(after), set));
    }
    TRY(document_base(c, before, after, S("incurred_on")));
    TRY(stats_costs(c, record_i64(after, S("customer_id"))));
    return is_made_here(op, after)
               ? OK
               : grade_rescore_costs(c, record_i64(after, S("customer_id")));
}
