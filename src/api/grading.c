/* Trials of grading rules and moves between grades over HTTP. */
#include "analytics/rank.h"
#include "api/body.h"
#include "api/routes.h"
#include "app/grade_moves.h"
#include "app/settings.h"
#include "app/what_if.h"
#include "app/who.h"
#include "base/num.h"
#include "base/time.h"

#define PERCENT_SCALE 2

static struct str move_name(int t) {
    return t == TIER_COUNT ? S("") : tier_name((enum tier)t);
}

/* --- the rules asked for: those in force, changed by the body ------------- */

static enum err percent(struct ctx *c, const json_t *o, const char *key,
                        int *out) {
    const json_t *j = json_object_get(o, key);
    struct str text;
    int64_t v;
    if (j == NULL)
        return OK;
    if (json_is_string(j))
        text = json_str(j);
    else if (json_is_integer(j))
        text = num_text(c->arena, json_integer_value(j), 0);
    else
        return fail(c, ERR_INVALID, key, "wrong_type");
    TRY(num_need(c, str_of(key), text, PERCENT_SCALE, &v));
    if (v < 1 || v > BASIS_POINTS)
        return failv(c, ERR_INVALID, str_of(key), "out_of_range",
                     ARGS(V("0.01"), V("100")));
    *out = (int)v;
    return OK;
}

static enum err whole(struct ctx *c, const json_t *o, const char *key,
                      int64_t max, int *out) {
    const json_t *j = json_object_get(o, key);
    if (j == NULL)
        return OK;
    if (!json_is_integer(j))
        return fail(c, ERR_INVALID, key, "wrong_type");
    if (json_integer_value(j) < 0 || json_integer_value(j) > max)
        return failv(c, ERR_INVALID, str_of(key), "out_of_range",
                     ARGS(V("0"), V(num_text(c->arena, max, 0))));
    *out = (int)json_integer_value(j);
    return OK;
}

/* A limit, and the setting it stands for. */
struct cut {
    const char *key;
    enum setting_id setting;
    int bp;
};

static struct str cut_label(struct ctx *c, struct cut x) {
    return settings[x.setting].label.text[c->lang];
}

static enum err rising(struct ctx *c, struct cut low, struct cut high) {
    return low.bp < high.bp
               ? OK
               : failv(c, ERR_INVALID, str_of(high.key), "what_if_order",
                       ARGS(V(cut_label(c, high)), V(cut_label(c, low))));
}

/* The member as an object; NULL when absent. */
static enum err part(struct ctx *c, const json_t *body, const char *key,
                     const json_t **out) {
    *out = json_object_get(body, key);
    return *out == NULL || json_is_object(*out)
               ? OK
               : fail(c, ERR_INVALID, key, "wrong_type");
}

static enum err read_cuts(struct ctx *c, const json_t *body,
                          struct grade_rules *r) {
    static const char *const tier_keys[] = {"vip", "main", "ordinary"};
    static const char *const class_keys[] = {"a", "b"};
    const json_t *tiers, *abc;
    TRY(part(c, body, "tiers", &tiers));
    TRY(part(c, body, "abc", &abc));
    body_only(c, tiers, tier_keys, COUNT_OF(tier_keys));
    body_only(c, abc, class_keys, COUNT_OF(class_keys));
    TRY(percent(c, tiers, "vip", &r->value.pyramid.vip_bp));
    TRY(percent(c, tiers, "main", &r->value.pyramid.main_bp));
    TRY(percent(c, tiers, "ordinary", &r->value.pyramid.ordinary_bp));
    TRY(percent(c, abc, "a", &r->value.abc.a_bp));
    TRY(percent(c, abc, "b", &r->value.abc.b_bp));
    struct cut vip = {"vip", SETTING_VALUE_TIER_VIP, r->value.pyramid.vip_bp};
    struct cut top = {"main", SETTING_VALUE_TIER_MAIN,
                      r->value.pyramid.main_bp};
    struct cut rest = {"ordinary", SETTING_VALUE_TIER_ORDINARY,
                       r->value.pyramid.ordinary_bp};
    TRY(rising(c, vip, top));
    TRY(rising(c, top, rest));
    return rising(c, (struct cut){"a", SETTING_VALUE_ABC_A, r->value.abc.a_bp},
                  (struct cut){"b", SETTING_VALUE_ABC_B, r->value.abc.b_bp});
}

static enum err read_basis(struct ctx *c, const json_t *body,
                           struct grade_rules *r) {
    static const char *const keys[WEIGHT_COUNT] = {
        "frequency", "credit", "influence", "prospects", "loyalty"};
    const json_t *weights;
    TRY(part(c, body, "weights", &weights));
    struct str measure = body_text(c, body, "measure", 10, false);
    int months = r->months;
    body_only(c, weights, keys, COUNT_OF(keys));
    for (int k = 0; k < WEIGHT_COUNT; k++)
        TRY(whole(c, weights, keys[k],
                  settings[SETTING_VALUE_WEIGHT_FREQUENCY].max,
                  &r->basis.weights[k]));
    if (measure.n > 0 && !measure_parse(measure, &r->basis.measure))
        return failv(c, ERR_INVALID, S("measure"), "not_option",
                     ARGS(V("sales, margin, profit")));
    TRY(whole(c, body, "window_months",
              settings[SETTING_VALUE_WINDOW_MONTHS].max, &months));
    grade_set_window(r, months);
    return OK;
}

static enum err limits(struct ctx *c, const json_t *o, const char *key,
                       enum setting_id id, int64_t *cuts) {
    const json_t *j = json_object_get(o, key);
    if (j == NULL)
        return OK;
    if (!json_is_string(j))
        return fail(c, ERR_INVALID, key, "wrong_type");
    TRY(settings_list_of(c, id, str_of(key), json_str(j), cuts));
    for (int k = 0; id == SETTING_VALUE_RFM_MONEY && k < SETTING_LIST; k++)
        cuts[k] *= CENT_TO_MICRO;
    return OK;
}

static enum err read_rfm(struct ctx *c, const json_t *body,
                         struct rfm_rules *r) {
    static const char *const keys[] = {"mode", "days", "orders", "money"};
    const json_t *rfm;
    TRY(part(c, body, "rfm", &rfm));
    if (rfm == NULL)
        return OK;
    body_only(c, rfm, keys, COUNT_OF(keys));
    struct str mode = body_text(c, rfm, "mode", 10, false);
    if (mode.n > 0 && !rfm_mode_parse(mode, &r->mode))
        return failv(c, ERR_INVALID, S("mode"), "not_option",
                     ARGS(V("share, ntile, fixed")));
    for (int k = 0; k < 3; k++)
        TRY(limits(c, rfm, keys[k + 1],
                   (enum setting_id)(SETTING_VALUE_RFM_DAYS + k), r->cuts[k]));
    return OK;
}

static enum err read_rules(struct ctx *c, const json_t *body,
                           struct grade_rules *r) {
    static const char *const keys[] = {"tiers",   "abc",     "window_months",
                                       "measure", "weights", "rfm"};
    TRY(grade_rules(c, r));
    body_only(c, body, keys, COUNT_OF(keys));
    TRY(read_cuts(c, body, r));
    TRY(read_basis(c, body, r));
    TRY(read_rfm(c, body, &r->value.rfm));
    return fail_any(c);
}

/* --- the answer ----------------------------------------------------------- */

static void put_group(struct ctx *c, struct jw *w, const struct value_group *g,
                      int64_t total) {
    jw_ki64(w, S("customers"), g->customers);
    jw_kstr(w, S("sales"), num_text(c->arena, g->sales, NUM_AMOUNT));
    jw_key(w, S("share"));
    jw_f64(w, share_of(g->sales, total));
}

static struct str trial_query(struct ctx *c, const struct grade_rules *r,
                              int from, int to) {
    return str_fmt(c->arena, "would=" STR_FMT "&sort=-sales",
                   STR_ARG(trial_text(c, r, from, to)));
}

static void put_trial(struct ctx *c, struct jw *w, const struct grade_rules *r,
                      int from, int to) {
    jw_kstr(w, S("query"), trial_query(c, r, from, to));
}

/* One pair of grades: how many, and the list of those. */
static void put_move(struct ctx *c, struct jw *w, const struct grade_rules *r,
                     int from, int to, int64_t customers) {
    if (customers == 0 || from == to)
        return;
    jw_object(w);
    jw_key(w, S("from"));
    if (from == TIER_COUNT)
        jw_null(w);
    else
        jw_str(w, move_name(from));
    jw_kstr(w, S("to"), move_name(to));
    jw_ki64(w, S("customers"), customers);
    put_trial(c, w, r, from, to);
    jw_object_end(w);
}

static void put_moves(struct ctx *c, struct jw *w, const struct grade_rules *r,
                      const struct what_if *x) {
    int64_t moves[TIER_COUNT + 1][TIER_COUNT] = {{0}};
    for (size_t i = 0; i < x->n_all; i++)
        moves[x->all[i].from][x->all[i].to]++;
    jw_key(w, S("moves"));
    jw_array(w);
    for (int from = 0; from <= TIER_COUNT; from++)
        for (int to = 0; to < TIER_COUNT; to++)
            put_move(c, w, r, from, to, moves[from][to]);
    jw_array_end(w);
}

static void put_what_if(struct ctx *c, struct jw *w,
                        const struct grade_rules *r, const struct what_if *x) {
    static const struct str classes[] = {S_INIT("A"), S_INIT("B"), S_INIT("C")};
    jw_key(w, S("tiers"));
    jw_array(w);
    for (int t = 0; t < TIER_COUNT; t++) {
        jw_object(w);
        jw_kstr(w, S("tier"), tier_name((enum tier)t));
        put_group(c, w, &x->tiers[t], x->sales);
        jw_kstr(w, S("contribution"),
                num_text(c->arena, x->of_tier[t], NUM_AMOUNT));
        jw_key(w, S("contribution_share"));
        jw_f64(w, share_of(x->of_tier[t], x->contribution));
        put_trial(c, w, r, TRIAL_ANY, t);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_key(w, S("classes"));
    jw_object(w);
    for (int k = 0; k < 3; k++) {
        jw_key(w, classes[k]);
        jw_object(w);
        put_group(c, w, &x->classes[k], x->sales);
        jw_object_end(w);
    }
    jw_object_end(w);
    put_moves(c, w, r, x);
}

/* By score, each with the list of those. */
static void put_scores(struct ctx *c, struct jw *w, const struct grade_rules *r,
                       const struct what_if *x) {
    static const struct str names[] = {S_INIT("R"), S_INIT("F"), S_INIT("M")};
    jw_key(w, S("rfm"));
    jw_object(w);
    jw_kstr(w, S("mode"), rfm_mode_name(r->value.rfm.mode));
    jw_ki64(w, S("moved"), x->rescored);
    put_trial(c, w, r, TRIAL_ANY, TRIAL_RESCORED);
    for (int which = 0; which < 3; which++) {
        jw_key(w, names[which]);
        jw_array(w);
        for (int k = 0; k < RFM_BANDS; k++)
            jw_i64(w, x->scores[which][k]);
        jw_array_end(w);
    }
    jw_key(w, S("queries"));
    jw_object(w);
    for (int which = 0; which < 3; which++) {
        jw_key(w, names[which]);
        jw_array(w);
        for (int k = 1; k <= RFM_BANDS; k++)
            jw_str(w, trial_query(c, r, TRIAL_ANY, TRIAL_SCORE(which, k)));
        jw_array_end(w);
    }
    jw_object_end(w);
    jw_object_end(w);
}

static enum err what_if_h(struct ctx *c, struct call *call) {
    struct grade_rules rules;
    struct what_if x;
    struct jw *w = &call->w;
    TRY(read_rules(c, call->json, &rules));
    TRY(what_if(c, &rules, &x));
    jw_object(w);
    jw_kstr(w, S("as_of"), day_text(c->arena, rules.value.as_of));
    jw_ki64(w, S("customers"), x.customers);
    jw_kstr(w, S("sales"), num_text(c->arena, x.sales, NUM_AMOUNT));
    jw_ki64(w, S("moved"), (int64_t)x.n);
    put_trial(c, w, &rules, TRIAL_ANY, TRIAL_MOVED);
    jw_kstr(w, S("measure"), measure_name(rules.basis.measure));
    jw_kstr(w, S("contribution"),
            num_text(c->arena, x.contribution, NUM_AMOUNT));
    jw_key(w, S("losses"));
    jw_object(w);
    jw_ki64(w, S("customers"), x.losers);
    put_trial(c, w, &rules, TRIAL_ANY, TRIAL_LOSS);
    jw_kstr(w, S("amount"), num_text(c->arena, x.losses, NUM_AMOUNT));
    jw_object_end(w);
    put_scores(c, w, &rules, &x);
    put_what_if(c, w, &rules, &x);
    jw_object_end(w);
    return OK;
}

static void put_grade(struct jw *w, struct str key, int t) {
    jw_key(w, key);
    if (t == GRADE_NONE)
        jw_null(w);
    else
        jw_str(w, tier_name((enum tier)t));
}

static const char *move_end(int t) {
    return t == GRADE_NONE ? "none" : tier_name((enum tier)t).p;
}

static enum err moves_h(struct ctx *c, struct call *call) {
    struct grade_month *months;
    struct jw *w = &call->w;
    size_t n;
    TRY(grade_moves(c, &months, &n));
    jw_object(w);
    jw_key(w, S("months"));
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        const struct grade_month *m = &months[i];
        jw_object(w);
        jw_kstr(w, S("month"),
                str_fmt(c->arena, "%04d-%02d", m->year, m->month));
        jw_key(w, S("moves"));
        jw_array(w);
        for (int k = 0; k < GRADE_KINDS * GRADE_KINDS; k++) {
            int from = k / GRADE_KINDS, to = k % GRADE_KINDS;
            if (m->moves[from][to] == 0)
                continue;
            jw_object(w);
            put_grade(w, S("from"), from);
            put_grade(w, S("to"), to);
            jw_ki64(w, S("customers"), m->moves[from][to]);
            jw_kstr(w, S("query"),
                    str_fmt(c->arena, "moved=%04d-%02d:%s:%s&sort=-sales",
                            m->year, m->month, move_end(from), move_end(to)));
            jw_object_end(w);
        }
        jw_array_end(w);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_POST,
     .pattern = "/api/v1/grading/what_if",
     .fn = what_if_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .body = BODY_JSON,
     .doc = "Who would move under other rules; nothing is saved.",
     .tag = "value",
     .in = "what_if",
     .out = "what_if_answer"},
    {.method = HTTP_GET,
     .pattern = "/api/v1/analytics/grade_moves",
     .fn = moves_h,
     .auth = AUTH_USER,
     .run = RUN_HEAVY,
     .doc = "Moves between grades, month by month.",
     .tag = "value",
     .out = "grade_moves"},
};

const struct route_list grading_routes = {routes, COUNT_OF(routes)};
