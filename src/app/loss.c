/* Loss accounts: figures, rules, verbs. Runs inside the write that touches the
 * account. Invariants: one open account a customer; spending never passes the
 * limit of the decision. */
#include "app/loss.h"

#include "app/churn_risk.h"
#include "app/ladder.h"
#include "app/lifetime.h"
#include "app/settings.h"
#include "base/currency.h"
#include "base/message.h"
#include "base/num.h"
#include "base/wide.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/losses.h"

#define YEAR 365

enum err loss_say(struct ctx *c, const char *id, struct args args,
                  struct str *out) {
    enum lang lang;
    TRY(settings_language(c, &lang));
    *out = message_text(c, lang, id, args);
    return OK;
}

/* --- figures -------------------------------------------------------------- */

static int64_t active_days(int32_t first_day, int32_t last_day) {
    return last_day - first_day > YEAR ? last_day - first_day : YEAR;
}

int64_t loss_yearly(int64_t sales, int32_t first_day, int32_t last_day) {
    i128 days = active_days(first_day, last_day);
    i128 v = ((i128)sales * YEAR * 2 + days) / (2 * days);
    return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

/* What the purchase models expect of the customer, given that it is one. */
static enum err expected(struct ctx *c, const struct lifetime_facts *f,
                         struct loss_figures *out) {
    struct clv_models m;
    struct str text;
    int32_t as_of;
    bool found;
    out->expected = out->yearly;
    TRY(lifetimes_fitted(c, &text, &as_of, &found));
    if (!found || text.n == 0)
        return OK;
    TRY(lifetime_models_read(c, text, &m));
    int64_t v = lifetime_value_alive(&m, as_of, f);
    out->by_model = v != LIFETIME_NONE;
    if (out->by_model)
        out->expected = v;
    return OK;
}

/* a × b / by, rounded half up; all >= 0, by > 0. */
static int64_t portion(int64_t a, int64_t b, int64_t by) {
    i128 v = ((i128)a * b * 2 + by) / ((i128)2 * by);
    return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static void plus(int64_t *sum, int64_t v) {
    if (!num_add(sum, v))
        *sum = INT64_MAX;
}

/* Indirect loss (R51): who came through it and may follow, and who will not
 * come any more. */
static enum err referred(struct ctx *c, int64_t customer_id,
                         struct loss_figures *out) {
    struct referral *r;
    TRY(settings_i64(c, SETTING_CHURN_FOLLOW_SHARE, &out->follow_share));
    TRY(referrals_of(c, customer_id, &r, &out->n_referred));
    out->referred = r;
    for (size_t i = 0; i < out->n_referred; i++) {
        if (r[i].first_day == 0)
            continue;
        int64_t yearly = loss_yearly(r[i].sales, r[i].first_day, r[i].last_day);
        if (!r[i].lost)
            plus(&out->referred_yearly, yearly);
        if (r[i].generation == 1)
            plus(&out->brought_yearly, yearly);
    }
    out->following = portion(out->referred_yearly, out->follow_share, 10000);
    if (out->active_days > 0)
        out->missed = portion(out->brought_yearly, YEAR, out->active_days);
    out->indirect = out->following;
    plus(&out->indirect, out->missed);
    return OK;
}

enum err loss_figures(struct ctx *c, int64_t customer_id,
                      struct loss_figures *out) {
    struct lifetime_facts f;
    struct loss_customer k;
    TRY(losses_customer(c, customer_id, &k));
    TRY(lifetimes_one(c, customer_id, &f));
    *out = (struct loss_figures){.interval = k.interval, .lost = k.lost};
    if (f.days == 0)
        return referred(c, customer_id, out);
    out->sales = f.sales;
    out->first_day = f.first_day;
    out->last_day = f.last_day;
    out->active_days = active_days(f.first_day, f.last_day);
    out->yearly = loss_yearly(f.sales, f.first_day, f.last_day);
    TRY(referred(c, customer_id, out));
    return expected(c, &f, out);
}

/* --- the account ---------------------------------------------------------- */

static enum err rule_text(struct ctx *c, const struct loss_figures *f,
                          struct str *out) {
    struct churn_limits l;
    int32_t as_of;
    bool found;
    if (!f->lost)
        return loss_say(c, "loss_rule_hand", NO_ARGS, out);
    TRY(churn_limits_now(c, &l, &as_of, &found));
    if (!found)
        return loss_say(c, "loss_rule_hand", NO_ARGS, out);
    return loss_say(
        c, "loss_rule",
        ARGS(V(num_text(c->arena, as_of - f->last_day, 0)),
             V(num_text(c->arena, churn_lost_after(&l, f->interval), 0))),
        out);
}

static enum err fill(struct ctx *c, const struct record *account) {
    struct loss_figures f;
    struct str rule;
    struct record *set = record_new(c, account->info);
    TRY(loss_figures(c, record_i64(account, S("customer_id")), &f));
    TRY(rule_text(c, &f, &rule));
    record_set(set, S("found_on"), V(zone_day(c->zone, c->now_ms)));
    record_set(set, S("last_order_on"),
               f.active_days == 0 ? V_NULL : V(f.last_day));
    record_set(set, S("rule"), V(rule));
    record_set(set, S("direct_loss"), V(f.yearly));
    record_set(set, S("indirect_loss"), V(f.indirect));
    record_set(set, S("expected_clv"), V(f.expected));
    return record_set_computed(c, account->info, record_id(account), set);
}

static enum err check_single(struct ctx *c, const struct record *account) {
    int64_t customer = record_i64(account, S("customer_id")), others;
    struct str state = record_str(account, S("state"));
    if (!str_eqc(state, "found") && !str_eqc(state, "confirmed"))
        return OK;
    TRY(record_lock(c, registry_find(c->registry, S("customer"))->e, customer));
    TRY(losses_open(c, customer, record_id(account), &others));
    return others == 0 ? OK : fail(c, ERR_CONFLICT, "customer_id", "loss_open");
}

enum err loss_account_save(struct ctx *c, enum save_op op,
                           const struct record *before,
                           const struct record *after) {
    struct str state = record_str(after, S("state"));
    if (str_eqc(state, "dissolved")) /* the relation ends, or does not */
        TRY(ladder_refresh(c, record_i64(after, S("customer_id"))));
    if (op == SAVE_DELETE)
        return OK;
    if (!str_eqc(state, "found") && !str_eqc(state, "rejected") &&
        record_str(after, S("cause")).n == 0)
        return fail(c, ERR_INVALID, "cause", "loss_cause");
    if (op == SAVE_UPDATE)
        return OK;
    TRY(check_single(c, after));
    return op == SAVE_CREATE ? fill(c, after) : OK;
}

/* --- verbs ---------------------------------------------------------------- */

/* The account, held, in a state for the verb. */
static enum err take(struct ctx *c, int64_t id, const char *state,
                     struct record **out) {
    const struct entity_info *i = registry_find(c->registry, S("loss_account"));
    struct scope s;
    TRY(scope_make(c, i->e, ACT_UPDATE, &s));
    TRY(record_lock(c, i->e, id));
    TRY(record_load(c, &s, id, false, out));
    return str_eqc(record_str(*out, S("state")), state)
               ? OK
               : failv(c, ERR_CONFLICT, S("state"), "loss_state",
                       ARGS(V(record_str(*out, S("state")))));
}

static void stamp(struct ctx *c, struct record *set, struct str day,
                  struct str user) {
    record_set(set, day, V(zone_day(c->zone, c->now_ms)));
    if (c->actor->user_id != 0)
        record_set(set, user, V(c->actor->user_id));
}

enum err loss_confirm(struct ctx *c, int64_t id, const struct loss_words *w,
                      struct record **out) {
    struct record *r,
        *set = record_new(c, registry_find(c->registry, S("loss_account")));
    TRY(take(c, id, "found", &r));
    record_set(set, S("state"), V(S("confirmed")));
    if (w->cause.n > 0)
        record_set(set, S("cause"), V(w->cause));
    if (w->text.n > 0)
        record_set(set, S("cause_note"), V(w->text));
    stamp(c, set, S("confirmed_on"), S("confirmed_by"));
    return record_update(c, r->info, id, record_rev(r), set, out);
}

enum err loss_reject(struct ctx *c, int64_t id, const struct loss_words *w,
                     struct record **out) {
    struct record *r,
        *set = record_new(c, registry_find(c->registry, S("loss_account")));
    TRY(take(c, id, "found", &r));
    if (w->text.n == 0)
        return fail(c, ERR_INVALID, "text", "required");
    record_set(set, S("state"), V(S("rejected")));
    record_set(set, S("result"), V(w->text));
    record_set(set, S("closed_on"), V(zone_day(c->zone, c->now_ms)));
    stamp(c, set, S("confirmed_on"), S("confirmed_by"));
    return record_update(c, r->info, id, record_rev(r), set, out);
}

enum err loss_limit(struct ctx *c, const struct record *account,
                    int64_t *minor) {
    struct str base;
    int64_t share, micro;
    TRY(settings_i64(c, SETTING_CHURN_WIN_BACK_SHARE, &share));
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    if (!num_mul(record_i64(account, S("expected_clv")), share, 4, &micro) ||
        !num_rescale(micro, 6, currency_digits(base), minor))
        return fail(c, ERR_INVALID, "spend_limit", "amount_overflow");
    return OK;
}

static enum err money(struct ctx *c, int64_t minor, struct str *out) {
    struct str base;
    TRY(settings_text(c, SETTING_COMPANY_CURRENCY, &base));
    *out = num_text(c->arena, minor, currency_digits(base));
    return OK;
}

static enum err write_task(struct ctx *c, const struct record *account,
                           bool back, struct str rule, struct str offer) {
    struct record *r = record_new(c, registry_find(c->registry, S("task")));
    int64_t customer = record_i64(account, S("customer_id")), days;
    struct loss_customer k;
    struct str title;
    TRY(losses_customer(c, customer, &k));
    TRY(settings_i64(c, SETTING_CHURN_TASK_DAYS, &days));
    TRY(loss_say(c, back ? "loss_task_win_back" : "loss_task_dissolve", NO_ARGS,
                 &title));
    record_set(r, S("title"), V(title));
    record_set(r, S("policy_rule"), V(rule));
    record_set(r, S("customer_id"), V(customer));
    if (k.owner_id != 0)
        record_set(r, S("owner_id"), V(k.owner_id));
    record_set(r, S("due_on"), V(zone_day(c->zone, c->now_ms) + (int32_t)days));
    record_set(r, S("priority"), V(S("high")));
    if (offer.n > 0)
        record_set(r, S("note"), V(offer));
    return record_create(c, r);
}

/* The task belongs to the customer's owner, whoever decided. */
static enum err make_task(struct ctx *c, const struct record *account,
                          int64_t limit, struct str offer) {
    bool back = str_eqc(record_str(account, S("decision")), "win_back");
    const struct actor *asked = c->actor;
    struct str rule, amount;
    TRY(money(c, limit, &amount));
    TRY(loss_say(c, back ? "loss_task_limit" : "loss_task_closing",
                 ARGS(V(amount)), &rule));
    c->actor = actor_console(c);
    enum err e = write_task(c, account, back, rule, offer);
    c->actor = asked;
    return e;
}

enum err loss_decide(struct ctx *c, int64_t id, const struct loss_words *w,
                     struct record **out) {
    struct record *r,
        *set = record_new(c, registry_find(c->registry, S("loss_account")));
    int64_t limit = 0;
    TRY(take(c, id, "confirmed", &r));
    if (w->text.n == 0)
        return fail(c, ERR_INVALID, "text", "required");
    bool back = str_eqc(w->decision, "win_back");
    if (back)
        TRY(loss_limit(c, r, &limit));
    record_set(set, S("decision"), V(w->decision));
    record_set(set, S("reason"), V(w->text));
    if (w->offer.n > 0)
        record_set(set, S("offer"), V(w->offer));
    record_set(set, S("spend_limit"), back ? V(limit) : V_NULL);
    stamp(c, set, S("decided_on"), S("decided_by"));
    TRY(record_update(c, r->info, id, record_rev(r), set, out));
    return str_eq(record_str(r, S("decision")), w->decision)
               ? OK
               : make_task(c, *out, limit, w->offer);
}

enum err loss_close(struct ctx *c, int64_t id, const struct loss_words *w,
                    struct record **out) {
    struct record *r,
        *set = record_new(c, registry_find(c->registry, S("loss_account")));
    TRY(take(c, id, "confirmed", &r));
    struct str decision = record_str(r, S("decision"));
    bool dissolved = str_eqc(w->result, "dissolved");
    if (decision.n == 0 || dissolved != str_eqc(decision, "dissolve"))
        return fail(c, ERR_CONFLICT, "result", "loss_result");
    record_set(set, S("state"), V(w->result));
    if (w->text.n > 0)
        record_set(set, S("result"), V(w->text));
    record_set(set, S("closed_on"), V(zone_day(c->zone, c->now_ms)));
    return record_update(c, r->info, id, record_rev(r), set, out);
}

/* --- spending ------------------------------------------------------------- */

/* Rights were checked where the cost was written. */
static enum err load_account(struct ctx *c, int64_t id, struct record **out) {
    const struct entity_info *i = registry_find(c->registry, S("loss_account"));
    struct scope all = {.e = i->e, .act = ACT_READ, .level = LEVEL_ALL};
    TRY(record_lock(c, i->e, id)); /* its costs are about to be added up */
    return record_load(c, &all, id, false, out);
}

/* again: it comes back from the bin, alone or with its account, which may be
 * closed by now. */
static enum err check_spending(struct ctx *c, const struct record *account,
                               bool again, int64_t spent, int64_t added) {
    struct str most, left;
    int64_t limit = record_i64(account, S("spend_limit"));
    bool back = str_eqc(record_str(account, S("decision")), "win_back");
    bool open = str_eqc(record_str(account, S("state")), "confirmed");
    if (!again && !(back && open))
        return fail(c, ERR_INVALID, "loss_account_id", "win_back_undecided");
    if (!back || spent <= limit)
        return OK;
    int64_t rest = limit - (spent - added);
    TRY(money(c, limit, &most));
    TRY(money(c, rest > 0 ? rest : 0, &left));
    return failv(c, ERR_INVALID, S("amount"), "win_back_limit",
                 ARGS(V(most), V(left)));
}

enum err win_back_cost_save(struct ctx *c, enum save_op op,
                            const struct record *before,
                            const struct record *after) {
    int64_t id = record_i64(after, S("loss_account_id")), spent;
    int64_t added = record_i64(after, S("amount"));
    struct record *account;
    enum err e = load_account(c, id, &account);
    if (e == ERR_NOT_FOUND && op == SAVE_DELETE) { /* goes with its account */
        fail_clear(c);
        return OK;
    }
    TRY(e);
    TRY(losses_spent(c, id, &spent));
    if (op == SAVE_UPDATE)
        added -= record_i64(before, S("amount"));
    if (op != SAVE_DELETE && added > 0)
        TRY(check_spending(c, account, op == SAVE_RESTORE, spent, added));
    struct record *set = record_new(c, account->info);
    record_set(set, S("spent"), V(spent));
    return record_set_computed(c, account->info, id, set);
}
