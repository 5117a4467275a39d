/* "Why does this customer stand here?": the facts, the rules that decided and
 * what the next rung asks for. Whoever applies the rules to the facts gets what
 * is shown. */
#include "app/ladder.h"

#include "app/ladder_figures.h"
#include "app/lifecycle.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/sight.h"

/* The field of customers whose right a fact needs. */
static const struct str sources[RUNG_FACT_COUNT] = {
    [RUNG_FACT_BUYER] = S_INIT("roles"),
    [RUNG_FACT_CONTACTS] = S_INIT("interactions"),
    [RUNG_FACT_NEEDS] = S_INIT("wanted_benefits"),
    [RUNG_FACT_ASKED] = S_INIT("orders"),
    [RUNG_FACT_ORDERS] = S_INIT("orders"),
    [RUNG_FACT_RECENT] = S_INIT("recent_orders"),
    [RUNG_FACT_IDLE_DAYS] = S_INIT("last_order_on"),
    [RUNG_FACT_REFERRALS] = S_INIT("referrals_bought"),
    [RUNG_FACT_ENDED] = S_INIT("relation_ended_on"),
};

static bool may_tell(const struct ctx *c, struct str field) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    const struct field *f = info_field(i, field);
    return sight_of(c, i, f) >= SEE_LISTED;
}

static void put_fact(struct ctx *c, struct jw *w,
                     const struct ladder_verdict *v, enum ladder_fact f) {
    jw_kstr(w, S("fact"), ladder_fact_name(f));
    jw_key(w, S("value"));
    if (may_tell(c, sources[f]) && v->facts[f] >= 0)
        jw_i64(w, v->facts[f]);
    else
        jw_null(w);
}

static void put_needs(struct ctx *c, struct jw *w,
                      const struct ladder_verdict *v,
                      const struct ladder_limits *l,
                      const struct ladder_rule *r) {
    jw_key(w, S("needs"));
    jw_array(w);
    for (size_t k = 0; k < r->n; k++) {
        jw_object(w);
        put_fact(c, w, v, r->needs[k].fact);
        jw_ki64(w, S("least"), l->of[r->needs[k].limit]);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_rules(struct ctx *c, struct jw *w,
                      const struct ladder_verdict *v,
                      const struct ladder_limits *l) {
    static const struct str axes[AXIS_COUNT] = {
        [AXIS_RUNG] = S_INIT("ladder_rung"),
        [AXIS_RELATION] = S_INIT("relation_class"),
        [AXIS_STAGE] = S_INIT("lifecycle_stage"),
    };
    jw_key(w, S("rules"));
    jw_array(w);
    for (int x = 0; x < AXIS_COUNT; x++) {
        jw_object(w);
        jw_kstr(w, S("field"), axes[x]);
        jw_kstr(w, S("value"), v->rules[x]->value);
        put_needs(c, w, v, l, v->rules[x]);
        jw_object_end(w);
    }
    jw_array_end(w);
}

/* The next rung up, and each way to it. */
static void put_next(struct ctx *c, struct jw *w,
                     const struct ladder_verdict *v,
                     const struct ladder_limits *l) {
    int next = RUNG_SUSPECT;
    for (int r = 0; r < RUNG_COUNT; r++)
        if (str_eq(rung_name((enum rung)r), v->state.rung))
            next = r + 1;
    jw_key(w, S("next"));
    if (next == RUNG_COUNT) {
        jw_null(w);
        return;
    }
    jw_object(w);
    jw_kstr(w, S("ladder_rung"), rung_name((enum rung)next));
    jw_key(w, S("ways"));
    jw_array(w);
    for (size_t i = 0; i < ladder_rule_count; i++) {
        const struct ladder_rule *r = &ladder_rules[i];
        if (r->axis != AXIS_RUNG ||
            !str_eq(r->value, rung_name((enum rung)next)))
            continue;
        jw_object(w);
        put_needs(c, w, v, l, r);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
}

static void put_day(struct ctx *c, struct jw *w, struct str field,
                    int32_t day) {
    jw_key(w, field);
    if (day != 0 && may_tell(c, field))
        jw_str(w, day_text(c->arena, day));
    else
        jw_null(w);
}

static enum err put_plan(struct ctx *c, struct jw *w, struct str field,
                         struct str value) {
    struct lifecycle_plan p;
    struct lifecycle_task t;
    bool found;
    TRY(lifecycle_plan_of(c, value, &p, &found));
    if (!found)
        return OK;
    struct str rest = p.tasks;
    jw_object(w);
    jw_kstr(w, S("field"), field);
    jw_kstr(w, S("value"), value);
    jw_ki64(w, S("id"), p.id);
    jw_kstr(w, S("strategy"), p.strategy);
    jw_key(w, S("tasks"));
    jw_array(w);
    while (lifecycle_next(c, &p, &rest, &t)) {
        jw_object(w);
        jw_kstr(w, S("title"), t.title);
        jw_ki64(w, S("due_days"), t.due_days);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_kbool(w, S("active"), p.active);
    jw_object_end(w);
    return OK;
}

/* Of the stage, the level and each bond. */
static enum err put_plans(struct ctx *c, struct jw *w,
                          const struct record *customer, struct str stage) {
    const struct entity *e = registry_find(c->registry, S("lifecycle_plan"))->e;
    bool may = actor_level(c, e, ACT_READ) != LEVEL_NONE;
    jw_key(w, S("plans"));
    jw_array(w);
    if (may)
        TRY(put_plan(c, w, S("lifecycle_stage"), stage));
    if (may && may_tell(c, S("relation_level")))
        TRY(put_plan(c, w, S("relation_level"),
                     record_str(customer, S("relation_level"))));
    struct str bonds = record_str(customer, S("bonds")), bond;
    while (may && may_tell(c, S("bonds")) && str_cut(&bonds, ',', &bond))
        TRY(put_plan(c, w, S("bonds"), bond));
    jw_array_end(w);
    return OK;
}

void ladder_put_limits(struct jw *w, const struct ladder_limits *l) {
    jw_key(w, S("limits"));
    jw_object(w);
    jw_ki64(w, S("client_orders"), l->of[LIMIT_CLIENT_ORDERS]);
    jw_ki64(w, S("client_days"), l->client_days);
    jw_ki64(w, S("lapse_days"), l->of[LIMIT_LAPSE_DAYS]);
    jw_ki64(w, S("lost_days"), l->of[LIMIT_LOST_DAYS]);
    jw_object_end(w);
}

enum err ladder_why(struct ctx *c, const struct record *customer,
                    struct jw *w) {
    int64_t customer_id = record_id(customer);
    struct ladder_facts *f;
    struct ladder_limits l;
    struct ladder_verdict v;
    size_t n;
    TRY(ladder_limits(c, &l));
    TRY(ladder_read(c, customer_id, customer_id, &f, &n));
    if (n == 0)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    ladder_judge_now(c, f, &l, &v);
    jw_object(w);
    jw_ki64(w, S("customer_id"), customer_id);
    jw_kstr(w, S("as_of"), day_text(c->arena, l.today));
    jw_kstr(w, S("ladder_rung"), v.state.rung);
    put_day(c, w, S("rung_since"), v.state.rung_since);
    jw_kstr(w, S("relation_class"), v.state.relation);
    jw_kstr(w, S("lifecycle_stage"), v.state.stage);
    put_day(c, w, S("stage_since"), v.state.stage_since);
    jw_key(w, S("facts"));
    jw_array(w);
    for (int k = 0; k < RUNG_FACT_COUNT; k++) {
        jw_object(w);
        put_fact(c, w, &v, (enum ladder_fact)k);
        jw_object_end(w);
    }
    jw_array_end(w);
    ladder_put_limits(w, &l);
    put_rules(c, w, &v, &l);
    put_next(c, w, &v, &l);
    TRY(put_plans(c, w, customer, v.state.stage));
    jw_object_end(w);
    return OK;
}
