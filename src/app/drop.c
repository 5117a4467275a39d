/* Drop decisions. Owns nothing; runs inside writes. Invariant: the state moves
 * here alone, and a barred identity belongs to an approved decision. */
#include "app/drop.h"

#include "app/drop_acts.h"
#include "app/reentry.h"
#include "app/settings.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/costs.h"
#include "store/record_write.h"
#include "store/trail.h"

bool drop_has(const struct record *d, const char *measure) {
    char text[64];
    struct buf b = {.p = text, .cap = sizeof text, .max = sizeof text};
    buf_fmt(&b, ",%s,", measure);
    return str_find(record_str(d, S("measures")), buf_view(&b)) != SIZE_MAX;
}

static enum err note_figures(struct ctx *c, const struct record *d) {
    struct customer_profit p;
    struct record *set = record_new(c, d->info);
    TRY(customer_profit(c, record_i64(d, S("customer_id")), &p));
    record_set(set, S("cost_then"), V(p.cost));
    if (p.margin_known) {
        record_set(set, S("margin_then"), V(p.margin + p.discounts));
        record_set(set, S("net_then"), V(p.net));
    }
    return record_set_computed(c, d->info, record_id(d), set);
}

static const struct str words[] = {
    S_INIT("can_rise"), S_INIT("can_rise_note"), S_INIT("must_go"),
    S_INIT("measures"), S_INIT("terms"),         S_INIT("reason"),
};

static bool words_moved(const struct record *before,
                        const struct record *after) {
    bool moved = record_i64(before, S("effective_on")) !=
                 record_i64(after, S("effective_on"));
    for (size_t k = 0; k < COUNT_OF(words); k++)
        moved |=
            !str_eq(record_str(before, words[k]), record_str(after, words[k]));
    return moved;
}

/* Decides for others. */
static bool is_chief(const struct ctx *c, const struct record *d) {
    return c->actor->admin ||
           actor_level(c, d->info->e, ACT_UPDATE) >= LEVEL_TREE;
}

enum err drop_decision_save(struct ctx *c, enum save_op op,
                            const struct record *before,
                            const struct record *after) {
    bool leaves = drop_has(after, "exit") || drop_has(after, "no_reentry");
    bool open = str_eqc(record_str(after, S("state")), "proposed");
    if (op == SAVE_DELETE && str_eqc(record_str(after, S("state")), "approved"))
        return is_chief(c, after)
                   ? OK
                   : fail(c, ERR_FORBIDDEN, "", "decision_approver");
    if (op == SAVE_RESTORE)
        return drop_acts_back(c, before);
    if (op == SAVE_DELETE)
        return OK;
    if (op == SAVE_UPDATE && !open && words_moved(before, after))
        return fail(c, ERR_CONFLICT, "", "decision_settled");
    if (leaves && !str_eqc(record_str(after, S("must_go")), "yes"))
        return fail(c, ERR_INVALID, "must_go", "decision_must_go");
    return op == SAVE_CREATE ? note_figures(c, after) : OK;
}

/* --- deciding ----------------------------------------------------------- */

static const struct {
    const char *from, *to;
    bool approver; /* not for everybody who may change the decision */
} verbs[] = {
    [DROP_APPROVE] = {"proposed", "approved", true},
    [DROP_REJECT] = {"proposed", "rejected", true},
    [DROP_WITHDRAW] = {"proposed", "withdrawn", false},
    [DROP_LIFT] = {"approved", "lifted", true},
};

static enum err may_decide(struct ctx *c, const struct record *d,
                           enum drop_verb verb) {
    const struct actor *a = c->actor;
    int64_t own = 0, by = record_i64(d, S("created_by"));
    bool mine = a->user_id != 0 && by == a->user_id;
    bool chief = is_chief(c, d);
    if (!verbs[verb].approver)
        return mine || chief ? OK
                             : fail(c, ERR_FORBIDDEN, "", "decision_approver");
    if (!chief)
        return fail(c, ERR_FORBIDDEN, "", "decision_approver");
    if (verb == DROP_APPROVE && mine)
        TRY(settings_i64(c, SETTING_DROP_SELF_APPROVAL, &own));
    return verb == DROP_APPROVE && mine && own == 0
               ? fail(c, ERR_FORBIDDEN, "", "decision_own")
               : OK;
}

static enum err bar(struct ctx *c, const struct record *d) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct scope all = {.e = i->e, .act = ACT_READ, .level = LEVEL_ALL};
    struct record *customer;
    TRY(record_load(c, &all, record_i64(d, S("customer_id")), false,
                    &customer));
    return reentry_bar(c, customer, d);
}

static struct str state_label(struct ctx *c, const struct record *d) {
    const struct field *f = info_field(d->info, S("state"));
    return field_option(f, record_str(d, S("state")))->label.text[c->lang];
}

static enum err settle(struct ctx *c, const struct record *before,
                       const char *to, struct str note, struct record **out) {
    struct record *after = *out = record_copy(c, before);
    record_set(after, S("state"), V(str_of(to)));
    record_set(after, S("decided_by"),
               c->actor->user_id != 0 ? V(c->actor->user_id) : V_NULL);
    record_set(after, S("decided_at"), V(c->now_ms));
    record_set(after, S("decision_note"), note.n > 0 ? V(note) : V_NULL);
    TRY(record_write_row(c, before, after));
    return trail_write(c, SAVE_UPDATE, before, after);
}

enum err drop_lift_binned(struct ctx *c, const struct record *d,
                          struct str note) {
    struct record *after;
    return str_eqc(record_str(d, S("state")), verbs[DROP_LIFT].from)
               ? settle(c, d, verbs[DROP_LIFT].to, note, &after)
               : OK;
}

enum err drop_decide(struct ctx *c, int64_t id, enum drop_verb verb,
                     struct str note, struct record **out) {
    const struct entity_info *i =
        registry_find(c->registry, S("drop_decision"));
    struct scope s;
    struct record *before;
    TRY(scope_make(c, i->e, ACT_UPDATE, &s));
    TRY(record_lock(c, i->e, id));
    TRY(record_load(c, &s, id, false, &before));
    TRY(may_decide(c, before, verb));
    if (!str_eqc(record_str(before, S("state")), verbs[verb].from))
        return failv(c, ERR_CONFLICT, S(""), "decision_state",
                     ARGS(V(state_label(c, before))));
    struct record *after;
    TRY(settle(c, before, verbs[verb].to, note, &after));
    if (verb == DROP_APPROVE && drop_has(after, "no_reentry"))
        TRY(bar(c, after));
    if (verb == DROP_LIFT)
        TRY(barred_clear(c, id));
    if (verb == DROP_APPROVE)
        TRY(drop_acts_begin(c, after));
    if (verb == DROP_LIFT)
        TRY(drop_acts_end(c, after));
    *out = after;
    return OK;
}

/* --- what it asks of orders --------------------------------------------- */

static bool is_return(const struct record *order) {
    return str_eqc(record_str(order, S("kind")), "return");
}

static int32_t day_of_order(const struct record *order) {
    return (int32_t)record_i64(order, S("ordered_on"));
}

static bool moved(const struct record *before, const struct record *after) {
    return before == NULL || is_return(before) ||
           record_i64(before, S("customer_id")) !=
               record_i64(after, S("customer_id")) ||
           !str_eq(record_str(before, S("pay_method")),
                   record_str(after, S("pay_method")));
}

enum err drop_check_sale(struct ctx *c, const struct drop_asked *asked,
                         int32_t day, struct str pay_method) {
    if (day >= asked->exit_from)
        return fail(c, ERR_INVALID, "customer_id", "customer_exited");
    if (day >= asked->prepay_from && str_eqc(pay_method, "credit"))
        return fail(c, ERR_INVALID, "pay_method", "prepayment_only");
    return OK;
}

struct drop_asked drop_still_asks(struct drop_asked asked, int32_t former_day) {
    if (former_day >= asked.exit_from)
        asked.exit_from = DROP_NEVER;
    if (former_day >= asked.prepay_from)
        asked.prepay_from = DROP_NEVER;
    return asked;
}

enum err drop_check_order(struct ctx *c, const struct record *before,
                          const struct record *after) {
    int64_t customer = record_i64(after, S("customer_id"));
    struct drop_asked asked;
    bool is_new = moved(before, after);
    if (customer == 0 || is_return(after) ||
        (!is_new && day_of_order(after) <= day_of_order(before)))
        return OK;
    TRY(drop_asks(c, customer, &asked));
    if (!is_new)
        asked = drop_still_asks(asked, day_of_order(before));
    return drop_check_sale(c, &asked, day_of_order(after),
                           record_str(after, S("pay_method")));
}
