/* Costs of a customer, and decisions about it, over HTTP. */
#include "app/drop.h"
#include "api/body.h"
#include "api/job.h"
#include "api/reply.h"
#include "api/routes.h"
#include "base/num.h"
#include "store/costs.h"
#include "store/sight.h"

#define LETTER_MAX ((size_t)1024 * 1024)

/* Each figure only to whoever may read that field of the customer. */
static bool shown(struct ctx *c, const char *field) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    const struct field *f = info_field(i, str_of(field));
    return sight_field(c, i, f);
}

static void put_amount(struct ctx *c, struct jw *w, struct str key, bool known,
                       int64_t v) {
    jw_key(w, key);
    if (known)
        jw_str(w, num_text(c->arena, v, NUM_AMOUNT));
    else
        jw_null(w);
}

static enum err put_kinds(struct ctx *c, struct jw *w, int64_t id) {
    struct cost_sum *sums;
    size_t n;
    TRY(cost_sums(c, id, &sums, &n));
    jw_key(w, S("kinds"));
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_kstr(w, S("kind"), sums[i].kind);
        jw_ki64(w, S("entries"), sums[i].entries);
        put_amount(c, w, S("amount"), true, sums[i].amount);
        put_amount(c, w, S("standard"), true, sums[i].standard);
        put_amount(c, w, S("actual"), true, sums[i].actual);
        put_amount(c, w, S("order"), true, sums[i].order);
        jw_object_end(w);
    }
    jw_array_end(w);
    return OK;
}

static enum err costs_h(struct ctx *c, struct call *call) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct customer_profit p;
    struct jw *w = &call->w;
    struct scope s;
    struct record *r;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(record_load(c, &s, id, false, &r));
    if (!shown(c, "cost_to_serve"))
        return fail(c, ERR_FORBIDDEN, "", "forbidden");
    TRY(customer_profit(c, id, &p));
    bool margin = shown(c, "margin"), profit = shown(c, "net_profit");
    jw_object(w);
    jw_ki64(w, S("customer_id"), id);
    put_amount(c, w, S("margin"), margin && p.margin_known, p.margin);
    put_amount(c, w, S("list_margin"), margin && p.margin_known,
               p.margin + p.discounts);
    put_amount(c, w, S("cost_to_serve"), true, p.cost);
    put_amount(c, w, S("net_profit"), profit && p.margin_known, p.net);
    jw_key(w, S("unpriced_orders"));
    if (margin)
        jw_i64(w, p.unpriced_orders);
    else
        jw_null(w);
    TRY(put_kinds(c, w, id));
    jw_object_end(w);
    return OK;
}

/* --- decisions ---------------------------------------------------------- */

static enum err decide(struct ctx *c, struct call *call, enum drop_verb verb) {
    static const char *const names[] = {"note"};
    struct jw *w = &call->w;
    struct record *r;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    const struct entity_info *i =
        registry_find(c->registry, S("drop_decision"));
    body_only(c, call->json, names, COUNT_OF(names));
    struct str note =
        body_words(c, call->json, "note", info_field(i, S("decision_note")),
                   verb == DROP_REJECT || verb == DROP_LIFT);
    TRY(fail_any(c));
    TRY(drop_decide(c, id, verb, note, &r));
    jw_object(w);
    jw_ki64(w, S("id"), id);
    jw_ki64(w, S("rev"), record_rev(r));
    jw_kstr(w, S("state"), record_str(r, S("state")));
    jw_object_end(w);
    return OK;
}

static enum err approve_h(struct ctx *c, struct call *call) {
    return decide(c, call, DROP_APPROVE);
}

static enum err reject_h(struct ctx *c, struct call *call) {
    return decide(c, call, DROP_REJECT);
}

static enum err withdraw_h(struct ctx *c, struct call *call) {
    return decide(c, call, DROP_WITHDRAW);
}

static enum err lift_h(struct ctx *c, struct call *call) {
    return decide(c, call, DROP_LIFT);
}

/* Hidden or masked words do not leave in a letter either. */
static enum err need_whole(struct ctx *c, const char *entity,
                           const char *field) {
    const struct entity_info *i = registry_find(c->registry, str_of(entity));
    const struct field *f = info_field(i, str_of(field));
    return sight_of(c, i, f) >= SEE_LISTED
               ? OK
               : fail(c, ERR_FORBIDDEN, "", "forbidden");
}

static enum err letter_h(struct ctx *c, struct call *call) {
    const struct entity_info *i =
        registry_find(c->registry, S("drop_decision"));
    struct scope s;
    struct record *d;
    struct buf text;
    struct str name;
    bool found;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    TRY(record_load(c, &s, id, false, &d));
    TRY(need_whole(c, "customer", "name"));
    TRY(need_whole(c, "drop_decision", "terms"));
    TRY(need_whole(c, "drop_decision", "reason"));
    if (!str_eqc(record_str(d, S("state")), "approved"))
        return fail(c, ERR_INVALID, "state", "letter_not_approved");
    struct str lang = url_get(&call->params, S("language"), &found);
    enum lang in = !found ? c->lang : str_eqc(lang, "en") ? LANG_EN : LANG_ZH;
    buf_init(&text, c->arena, LETTER_MAX);
    TRY(drop_letter(c, d, in, &text));
    TRY(drop_letter_name(c, d, in, &name));
    buf_str(&call->out, buf_view(&text));
    call->content_type = "text/plain; charset=utf-8";
    reply_header(call, "Content-Disposition", call_attachment(c, name));
    return OK;
}

#define VERB(path, handler, words)                                             \
    {                                                                          \
        .method = HTTP_POST, .pattern = path, .fn = handler,                   \
        .auth = AUTH_USER, .run = RUN_WRITE, .body = BODY_JSON, .doc = words,  \
        .tag = "value", .in = "drop_note", .out = "drop_state"                 \
    }

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/customers/{id}/costs",
     .fn = costs_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "What a customer brings and costs, by kind.",
     .tag = "value",
     .out = "customer_costs"},
    VERB("/api/v1/drop_decisions/{id}/approve", approve_h,
         "Approve a drop decision."),
    VERB("/api/v1/drop_decisions/{id}/reject", reject_h,
         "Reject a drop decision, with a reason."),
    VERB("/api/v1/drop_decisions/{id}/withdraw", withdraw_h,
         "Take a proposal back."),
    VERB("/api/v1/drop_decisions/{id}/lift", lift_h,
         "End what was decided, with a reason."),
    {.method = HTTP_GET,
     .pattern = "/api/v1/drop_decisions/{id}/letter",
     .fn = letter_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "The letter that tells the customer.",
     .tag = "value",
     .in = "letter_query",
     .out = "text/plain"},
};

const struct route_list drop_routes = {routes, COUNT_OF(routes)};
