/* Builds the report that `analyze` prints from what the last grading stored,
 * so that both have one shape and one meaning. */
#include "app/value.h"

#include "analytics/rank.h"
#include "app/contribution.h"
#include "app/grade.h"
#include "base/num.h"
#include "base/time.h"
#include "store/grades.h"
#include "store/sight.h"
#include "store/value_rows.h"

static enum tier tier_of(struct str name) {
    for (int t = 0; t < TIER_COUNT; t++)
        if (str_eq(tier_name((enum tier)t), name))
            return (enum tier)t;
    return TIER_SMALL;
}

static void fill(struct ctx *c, const struct value_fact *f, int32_t as_of,
                 struct value_row *row) {
    *row = (struct value_row){
        .id = num_text(c->arena, f->id, 0),
        .facts = {.recency_days = as_of - f->last_day,
                  .frequency = f->orders,
                  .monetary = f->sales},
        .rfm = {.r = (uint8_t)f->r, .f = (uint8_t)f->f, .m = (uint8_t)f->m},
        .abc = {.class = f->abc.n == 1 ? (char)(f->abc.p[0] - 32) : 'C'},
        .tier = tier_of(f->grade),
    };
}

static void count(struct value_report *r, const struct value_row *row) {
    struct value_group *class = &r->classes[row->abc.class - 'A'];
    struct value_group *tier = &r->tiers[row->tier];
    class->customers++;
    class->sales += row->facts.monetary;
    tier->customers++;
    tier->sales += row->facts.monetary;
    if (row->rfm.r > 0)
        r->hist_r[row->rfm.r - 1]++;
    if (row->rfm.f > 0)
        r->hist_f[row->rfm.f - 1]++;
    if (row->rfm.m > 0)
        r->hist_m[row->rfm.m - 1]++;
}

/* Sales of all better ranks, within the scope. */
static void accumulate(struct ctx *c, struct value_report *r) {
    int64_t *sales = NEW_ARRAY(c->arena, int64_t, r->n + 1);
    r->order = NEW_ARRAY(c->arena, size_t, r->n + 1);
    for (size_t i = 0; i < r->n; i++)
        sales[i] = r->rows[i].facts.monetary;
    sales_rank(c->arena, sales, r->n, r->order);
    int64_t before = 0;
    for (size_t k = 0; k < r->n; k++) {
        r->rows[r->order[k]].abc.before = before;
        before += sales[r->order[k]];
    }
}

enum err value_as_of(struct ctx *c, int32_t *out) {
    struct ruler u;
    struct str text;
    int64_t run_id;
    bool found;
    TRY(grades_ruler(c, &run_id, &text, &found));
    *out = 0;
    if (!found)
        return OK;
    TRY(ruler_from_json(c, text, &u));
    *out = u.as_of;
    return OK;
}

#define TOLD 6

static enum err may_tell(struct ctx *c, enum value_page page) {
    static const char *const told[][TOLD] = {
        [VALUE_RFM] = {"r_score", "f_score", "m_score", "last_order_on",
                       "sales"},
        [VALUE_ABC] = {"abc_class", "sales"},
        [VALUE_PYRAMID] = {"grade", "sales"},
        [VALUE_PARETO] = {"sales"}};
    return sight_told(c, told[page]);
}

enum err value_current(struct ctx *c, enum value_page page,
                       struct value_report *out) {
    struct value_fact *facts;
    size_t n;
    *out = (struct value_report){0};
    TRY(may_tell(c, page));
    TRY(value_as_of(c, &out->as_of));
    if (out->as_of == 0)
        out->as_of = DAY_MIN;
    TRY(value_facts(c, &facts, &n));
    if (page == VALUE_RFM)
        TRY(value_lines(c, &out->lines, &out->sale_lines));
    out->rows = NEW_ARRAY(c->arena, struct value_row, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (facts[i].grade.n == 0)
            continue;
        struct value_row *row = &out->rows[out->n++];
        fill(c, &facts[i], out->as_of, row);
        if (!num_add(&out->sales, facts[i].sales))
            return fail(c, ERR_INVALID, "", "amount_overflow");
        count(out, row);
    }
    accumulate(c, out);
    return OK;
}

static bool sees_profits(const struct ctx *c) {
    const struct entity_info *i = registry_find(c->registry, S("customer"));
    struct str name = contribution_field(MEASURE_PROFIT);
    return sight_of(c, i, info_field(i, name)) == SEE_FULL;
}

enum err value_profits(struct ctx *c, struct value_profits *out) {
    struct value_grade_sums *sums;
    size_t n;
    *out = (struct value_profits){.seen = sees_profits(c)};
    TRY(may_tell(c, VALUE_PYRAMID));
    TRY(ruling_now(c, &out->ruling));
    TRY(value_grade_rows(c, &sums, &n));
    for (size_t i = 0; i < n; i++) {
        struct value_profit *tier = &out->tiers[tier_of(sums[i].grade)];
        tier->customers = sums[i].customers;
        out->all.customers += sums[i].customers;
        if (!out->seen)
            continue;
        tier->known = sums[i].known;
        tier->profit = sums[i].profit;
        out->all.known += sums[i].known;
        if (!num_add(&out->all.profit, sums[i].profit))
            return fail(c, ERR_INVALID, "", "amount_overflow");
    }
    return OK;
}
