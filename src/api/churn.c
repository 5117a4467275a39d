/* Risks, losses and retention over HTTP. */
#include "api/body.h"
#include "api/routes.h"

#include "app/churn_risk.h"
#include "app/loss.h"
#include "app/loss_sums.h"
#include "base/num.h"
#include "base/time.h"
#include "store/record.h"
#include "store/sight.h"

#define ROWS_DEFAULT 50
#define ROWS_MAX 200

/* --- risks ---------------------------------------------------------------- */

static enum err query(struct ctx *c, const struct call *call, struct str *band,
                      int *rows) {
    bool found, known = false;
    int64_t v;
    *band = url_get(&call->params, S("band"), &found);
    for (int b = 0; b < RISK_COUNT; b++)
        known |= str_eq(*band, risk_band_names[b]);
    if (found && !known)
        return failv(c, ERR_INVALID, S("band"), "not_option",
                     ARGS(V("low, medium, high, lost")));
    *rows = ROWS_DEFAULT;
    struct str text = url_get(&call->params, S("rows"), &found);
    if (!found)
        return OK;
    TRY(num_need(c, S("rows"), text, 0, &v));
    if (v < 0 || v > ROWS_MAX)
        return failv(c, ERR_INVALID, S("rows"), "out_of_range",
                     ARGS(V("0"), V(num_text(c->arena, ROWS_MAX, 0))));
    *rows = (int)v;
    return OK;
}

static enum err put_rows(struct ctx *c, struct jw *w, struct str band,
                         int rows) {
    int64_t *ids;
    size_t n;
    TRY(churn_listed(c, band, rows, &ids, &n));
    jw_key(w, S("rows"));
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        TRY(churn_why(c, ids[i], w));
    jw_array_end(w);
    return OK;
}

static enum err churn_h(struct ctx *c, struct call *call) {
    struct churn_band *bands;
    struct jw *w = &call->w;
    struct str band;
    size_t n;
    int rows;
    TRY(query(c, call, &band, &rows));
    TRY(churn_bands(c, &bands, &n));
    jw_object(w);
    TRY(churn_state(c, w));
    jw_key(w, S("bands"));
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_kstr(w, S("band"), bands[i].band);
        jw_ki64(w, S("customers"), bands[i].customers);
        jw_kstr(w, S("sales"), num_text(c->arena, bands[i].sales, NUM_AMOUNT));
        jw_kstr(w, S("clv_12m"), num_text(c->arena, bands[i].clv, NUM_AMOUNT));
        jw_object_end(w);
    }
    jw_array_end(w);
    if (band.n > 0)
        TRY(put_rows(c, w, band, rows));
    jw_object_end(w);
    return OK;
}

/* The record of path value 0 within the actor's sight, and the right to what
 * its figures are made of (S3). */
static enum err seen(struct ctx *c, const struct call *call, const char *entity,
                     struct record **out) {
    const struct entity_info *i = registry_find(c->registry, str_of(entity));
    struct scope s;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(sight_sums(c));
    TRY(scope_make(c, i->e, ACT_READ, &s));
    return record_load(c, &s, id, false, out);
}

static enum err risk_h(struct ctx *c, struct call *call) {
    struct record *r;
    TRY(seen(c, call, "customer", &r));
    TRY(sight_need(c, r->info, info_field(r->info, S("risk_band")),
                   "forbidden"));
    return churn_why(c, record_id(r), &call->w);
}

/* --- losses --------------------------------------------------------------- */

static enum err losses_h(struct ctx *c, struct call *call) {
    return loss_sums_json(c, &call->w);
}

static enum err why_h(struct ctx *c, struct call *call) {
    struct record *r;
    TRY(seen(c, call, "loss_account", &r));
    return loss_why(c, r, &call->w);
}

/* A value of that field of the account. */
static struct str option(struct ctx *c, const json_t *body, const char *key,
                         bool required) {
    const struct entity_info *i = registry_find(c->registry, S("loss_account"));
    struct str v = body_text(c, body, key, 20, required);
    if (v.n > 0 && field_option(info_field(i, str_of(key)), v) == NULL)
        body_note(c, key, "not_option", ARGS(V(v)));
    return v;
}

/* The part of body that verbs share: what was said in words, for that field of
 * the account. */
static struct str said(struct ctx *c, const json_t *body, const char *field) {
    const struct entity_info *i = registry_find(c->registry, S("loss_account"));
    return body_words(c, body, "text", info_field(i, str_of(field)), false);
}

typedef enum err (*verb)(struct ctx *c, int64_t id, const struct loss_words *w,
                         struct record **out);

static enum err run_verb(struct ctx *c, struct call *call, verb fn,
                         const struct loss_words *words) {
    struct record *r;
    struct jw *w = &call->w;
    int64_t id;
    TRY(fail_any(c));
    TRY(call_id(c, call, 0, &id));
    TRY(fn(c, id, words, &r));
    jw_object(w);
    jw_ki64(w, S("id"), id);
    jw_ki64(w, S("rev"), record_rev(r));
    jw_kstr(w, S("state"), record_str(r, S("state")));
    jw_object_end(w);
    return OK;
}

static enum err confirm_h(struct ctx *c, struct call *call) {
    static const char *const keys[] = {"cause", "text"};
    body_only(c, call->json, keys, COUNT_OF(keys));
    struct loss_words w = {.cause = option(c, call->json, "cause", false),
                           .text = said(c, call->json, "cause_note")};
    return run_verb(c, call, loss_confirm, &w);
}

static enum err reject_h(struct ctx *c, struct call *call) {
    static const char *const keys[] = {"text"};
    body_only(c, call->json, keys, COUNT_OF(keys));
    struct loss_words w = {.text = said(c, call->json, "result")};
    return run_verb(c, call, loss_reject, &w);
}

static enum err decide_h(struct ctx *c, struct call *call) {
    static const char *const keys[] = {"decision", "text", "offer"};
    const struct entity_info *i = registry_find(c->registry, S("loss_account"));
    body_only(c, call->json, keys, COUNT_OF(keys));
    struct loss_words w = {.decision = option(c, call->json, "decision", true),
                           .text = said(c, call->json, "reason"),
                           .offer =
                               body_words(c, call->json, "offer",
                                          info_field(i, S("offer")), false)};
    return run_verb(c, call, loss_decide, &w);
}

static enum err close_h(struct ctx *c, struct call *call) {
    static const char *const keys[] = {"result", "text"};
    body_only(c, call->json, keys, COUNT_OF(keys));
    struct str result = body_text(c, call->json, "result", 20, true);
    if (result.n > 0 && !str_eqc(result, "won_back") &&
        !str_eqc(result, "given_up") && !str_eqc(result, "dissolved"))
        body_note(c, "result", "not_option", ARGS(V(result)));
    struct loss_words w = {.result = result,
                           .text = said(c, call->json, "result")};
    return run_verb(c, call, loss_close, &w);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/churn",
     .fn = churn_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Customers by band of risk, and with ?band= those of a band with "
            "the reasons of each.",
     .tag = "value",
     .in = "churn_query",
     .out = "churn"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/customers/{id}/risk",
     .fn = risk_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "Risk of losing a customer, and the facts behind it.",
     .tag = "value",
     .out = "churn_risk"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/losses",
     .fn = losses_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Loss accounts by state, cause and month.",
     .tag = "value",
     .out = "losses"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/loss_accounts/{id}/why",
     .fn = why_h,
     .auth = AUTH_USER,
     .run = RUN_SLOW,
     .doc = "The facts behind the figures of a loss account.",
     .tag = "value",
     .out = "loss_why"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/loss_accounts/{id}/confirm",
     .fn = confirm_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Confirm a loss and its cause.",
     .tag = "value",
     .in = "loss_confirm",
     .out = "loss_state"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/loss_accounts/{id}/reject",
     .fn = reject_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Say that the customer is not lost.",
     .tag = "value",
     .in = "loss_reject",
     .out = "loss_state"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/loss_accounts/{id}/decide",
     .fn = decide_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Win back within the limit, or dissolve; makes the task.",
     .tag = "value",
     .in = "loss_decide",
     .out = "loss_state"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/loss_accounts/{id}/close",
     .fn = close_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Close an account with its result.",
     .tag = "value",
     .in = "loss_close",
     .out = "loss_state"},
};

const struct route_list churn_routes = {routes, COUNT_OF(routes)};
