/* Fees of drop decisions as tasks: the program keeps no invoices, so a person
 * charges them. Owns nothing; runs inside the caller's write. Invariant: a task
 * names its decision, and of one decision no two live tasks are about one fee
 * of one order. */
#include "app/drop_acts.h"

#include "app/drop.h"
#include "app/settings.h"
#include "base/message.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/drops.h"

struct fee_task {
    int64_t decision_id, customer_id;
    int64_t operation; /* of a decision that comes out of the bin, else 0 */
    int64_t order_id;  /* that brought goods back, else 0 */
    int32_t due_on;
    const char *fee;          /* task.drop_rule */
    const char *title, *rule; /* message ids */
    struct val said[2];       /* in both: the decision's day, behind an order */
    struct str note;
};

static struct fee_task of_decision(struct ctx *c, const struct record *d) {
    int32_t day = (int32_t)record_i64(d, S("effective_on"));
    return (struct fee_task){.decision_id = record_id(d),
                             .customer_id = record_i64(d, S("customer_id")),
                             .due_on = day,
                             .fee = "fee",
                             .title = "drop_fee_title",
                             .rule = "drop_fee_rule",
                             .said = {V(day_text(c->arena, day)), V(S(""))},
                             .note = record_str(d, S("terms"))};
}

static enum err say(struct ctx *c, const struct fee_task *t, const char *id,
                    struct str *out) {
    enum lang lang;
    TRY(settings_language(c, &lang));
    *out = message_text(c, lang, id, (struct args){t->said, COUNT_OF(t->said)});
    return OK;
}

static enum err find_task(struct ctx *c, const struct fee_task *t,
                          struct drop_task *out, bool *found) {
    struct drop_task *there;
    size_t n;
    *found = false;
    TRY(drop_tasks(c, t->decision_id, t->operation, &there, &n));
    for (size_t i = 0; i < n && !*found; i++) {
        *out = there[i];
        *found =
            str_eqc(there[i].rule, t->fee) && there[i].order_id == t->order_id;
    }
    return OK;
}

static enum err make_task(struct ctx *c, const struct fee_task *t) {
    struct record *r = record_new(c, registry_find(c->registry, S("task")));
    struct drop_task there;
    struct str title, rule;
    int64_t owner;
    bool found;
    TRY(find_task(c, t, &there, &found));
    if (found)
        return OK;
    TRY(say(c, t, t->title, &title));
    TRY(say(c, t, t->rule, &rule));
    TRY(drop_owner(c, t->customer_id, &owner));
    record_set(r, S("title"), V(title));
    record_set(r, S("policy_rule"), V(rule));
    record_set(r, S("drop_decision_id"), V(t->decision_id));
    record_set(r, S("drop_rule"), V(str_of(t->fee)));
    if (t->order_id != 0)
        record_set(r, S("order_id"), V(t->order_id));
    record_set(r, S("customer_id"), V(t->customer_id));
    if (owner != 0)
        record_set(r, S("owner_id"), V(owner));
    record_set(r, S("due_on"), V(t->due_on));
    if (t->note.n > 0)
        record_set(r, S("note"), V(t->note));
    return record_create(c, r);
}

/* What nobody has done yet need not be done; what was begun is to end. */
static enum err end_fee(struct ctx *c, const struct fee_task *fee) {
    struct fee_task stop = *fee;
    struct drop_task there;
    bool found;
    TRY(find_task(c, fee, &there, &found));
    if (!found)
        return OK;
    if (!there.done && there.binned)
        return drop_task_leave(c, there.id);
    if (!there.done)
        return record_delete(c, registry_find(c->registry, S("task")), there.id,
                             0);
    stop.fee = "fee_stop";
    stop.title = "drop_fee_stop_title";
    stop.rule = "drop_fee_stop_rule";
    stop.due_on = zone_day(c->zone, c->now_ms);
    return make_task(c, &stop);
}

/* The task belongs to the customer's owner, whoever decided. */
static enum err as_program(struct ctx *c, const struct fee_task *t,
                           enum err (*act)(struct ctx *,
                                           const struct fee_task *)) {
    const struct actor *asked = c->actor;
    c->actor = actor_console(c);
    enum err e = act(c, t);
    c->actor = asked;
    return e;
}

enum err drop_acts_begin(struct ctx *c, const struct record *d) {
    struct fee_task t = of_decision(c, d);
    return drop_has(d, "fee") ? as_program(c, &t, make_task) : OK;
}

enum err drop_acts_end(struct ctx *c, const struct record *d) {
    struct fee_task t = of_decision(c, d);
    return drop_has(d, "fee") ? as_program(c, &t, end_fee) : OK;
}

enum err drop_acts_back(struct ctx *c, const struct record *binned) {
    struct fee_task t = of_decision(c, binned);
    bool lifted = str_eqc(record_str(binned, S("state")), "lifted") &&
                  record_i64(binned, S("decided_at")) >=
                      record_i64(binned, S("deleted_at"));
    t.operation = record_i64(binned, S("deleted_with"));
    return lifted && drop_has(binned, "fee") ? as_program(c, &t, end_fee) : OK;
}

enum err drop_return_fee(struct ctx *c, const struct record *order) {
    int64_t customer = record_i64(order, S("customer_id"));
    int32_t day = (int32_t)record_i64(order, S("ordered_on"));
    struct str status = record_str(order, S("status"));
    struct drop_held held;
    bool found;
    if (customer == 0 || str_eqc(status, "draft") ||
        str_eqc(status, "cancelled"))
        return OK;
    TRY(drop_held(c, customer, S("return_fee"), day, &held, &found));
    if (!found)
        return OK;
    struct fee_task t = {.decision_id = held.decision_id,
                         .customer_id = customer,
                         .due_on = zone_day(c->zone, c->now_ms),
                         .order_id = record_id(order),
                         .fee = "return_fee",
                         .title = "drop_return_fee_title",
                         .rule = "drop_return_fee_rule",
                         .said = {V(record_str(order, S("number"))),
                                  V(day_text(c->arena, held.from))},
                         .note = held.terms};
    return as_program(c, &t, make_task);
}
