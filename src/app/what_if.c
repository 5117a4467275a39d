/* Trials of rules. One thread a call. Invariant: the grades are those a run
 * with these rules would give now; of them only customers in scope are told. */
#include "app/what_if.h"

#include "app/contribution.h"
#include "store/sight.h"
#include "store/value_rows.h"

static int tier_of(struct str name) {
    for (int t = 0; t < TIER_COUNT; t++)
        if (str_eq(tier_name((enum tier)t), name))
            return t;
    return TIER_COUNT;
}

static enum err need_measure(struct ctx *c, enum measure m) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct str field = contribution_field(m);
    return field.n == 0
               ? OK
               : sight_need(c, i, info_field(i, field), "unknown_field");
}

/* A score that weighs tells itself by who would move. */
static enum err need_weighed(struct ctx *c, const struct ruler_basis *b) {
    static const char *const scores[WEIGHT_COUNT] = {
        NULL, "credit_score", "influence_score", "prospects_score",
        "loyalty_score"};
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    for (int k = 0; k < WEIGHT_COUNT; k++)
        if (b->weights[k] > 0 && scores[k] != NULL)
            TRY(sight_need(c, i, info_field(i, str_of(scores[k])),
                           "unknown_field"));
    return OK;
}

enum err what_if_need(struct ctx *c, const struct grade_rules *rules) {
    /* of customers by their number, or by rules in force */
    static const char *const told[] = {"grade",   "abc_class", "r_score",
                                       "f_score", "m_score",   NULL};
    TRY(sight_told(c, told));
    TRY(need_weighed(c, &rules->basis));
    return need_measure(c, rules->basis.measure);
}

static enum err need_known(struct ctx *c, enum measure m, int64_t unknown) {
    if (m == MEASURE_SALES || unknown == 0)
        return OK;
    return failv(c, ERR_INVALID, S("measure"),
                 m == MEASURE_PROFIT ? "no_margins" : "no_costs",
                 ARGS(V(unknown)));
}

static void count(const struct value_row *row, const struct value_fact *fact,
                  struct what_if *out) {
    struct value_group *tier = &out->tiers[row->tier];
    struct value_group *class = &out->classes[row->abc.class - 'A'];
    int from = tier_of(fact->grade);
    out->customers++;
    out->sales += fact->sales;
    tier->customers++;
    tier->sales += fact->sales;
    class->customers++;
    class->sales += fact->sales;
    out->n += from != (int)row->tier;
    out->all[out->n_all++] = (struct what_if_row){
        .id = fact->id, .from = from, .to = (int)row->tier};
}

static void count_scores(const struct rfm_score *s,
                         const struct value_fact *fact, struct what_if *out) {
    out->scores[0][s->r - 1]++;
    out->scores[1][s->f - 1]++;
    out->scores[2][s->m - 1]++;
    struct what_if_row *row = &out->all[out->n_all - 1];
    row->scores[0] = (uint8_t)s->r;
    row->scores[1] = (uint8_t)s->f;
    row->scores[2] = (uint8_t)s->m;
    row->rescored = s->r != fact->r || s->f != fact->f || s->m != fact->m;
    out->rescored += row->rescored;
}

/* One by one within the company's total, which fits. */
static void weigh(const struct ruler_basis *b, const struct customer_figures *f,
                  enum tier t, struct what_if *out) {
    int64_t own = ruler_contribution(b, f);
    out->contribution += own;
    out->of_tier[t] += own;
    if (b->measure == MEASURE_SALES || f->contribution >= 0)
        return;
    out->all[out->n_all - 1].loss = true;
    out->losers++;
    out->losses += f->contribution;
}

enum err what_if(struct ctx *c, const struct grade_rules *rules,
                 struct what_if *out) {
    struct value_fact *facts;
    struct graded g;
    size_t n, at = 0;
    *out = (struct what_if){0};
    TRY(what_if_need(c, rules));
    TRY(value_facts(c, &facts, &n));
    TRY(grade_report(c, rules, &g));
    TRY(need_known(c, rules->basis.measure, g.unknown));
    out->all = NEW_ARRAY(c->arena, struct what_if_row, n + 1);
    for (size_t i = 0; i < n; i++) {
        while (at < g.report.n && g.ids[at] < facts[i].id)
            at++;
        if (at == g.report.n || g.ids[at] != facts[i].id)
            continue;
        count(&g.report.rows[at], &facts[i], out);
        count_scores(&g.report.rows[at].rfm, &facts[i], out);
        weigh(&rules->basis, &g.figures[at], g.report.rows[at].tier, out);
    }
    return OK;
}
