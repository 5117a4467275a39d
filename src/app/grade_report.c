/* The report over everybody that a grading and a trial of other rules share.
 * Owns nothing. Invariant: with rules by all sales and no weights it is what
 * value_report says, customer by customer. */
#include "app/grade.h"

#include "analytics/columns.h"
#include "analytics/rank.h"
#include "app/contribution.h"
#include "app/settings.h"
#include "base/num.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/mirror.h"

/* Behind the last sale, but not behind tomorrow: one order with a wrong year
 * would else make all others long ago. */
static enum err as_of_day(struct ctx *c, int32_t *out) {
    struct str policy;
    TRY(settings_text(c, SETTING_VALUE_AS_OF, &policy));
    int32_t last, today = zone_day(c->zone, c->now_ms);
    *out = today;
    if (!str_eqc(policy, "after_last_sale"))
        return OK;
    TRY(stats_last_sale(c, &last));
    if (last != 0)
        *out = last < today ? last + 1 : today + 1;
    return OK;
}

static enum err number(struct ctx *c, enum setting_id id, int *out) {
    int64_t v;
    TRY(settings_i64(c, id, &v));
    *out = (int)v;
    return OK;
}

static enum err basis_settings(struct ctx *c, struct grade_rules *out) {
    struct str measure;
    TRY(settings_text(c, SETTING_VALUE_MEASURE, &measure));
    if (!measure_parse(measure, &out->basis.measure))
        return fail(c, ERR_INTERNAL, "", "bad_ruler");
    TRY(number(c, SETTING_VALUE_WINDOW_MONTHS, &out->months));
    for (int k = 0; k < WEIGHT_COUNT; k++)
        TRY(number(c, (enum setting_id)(SETTING_VALUE_WEIGHT_FREQUENCY + k),
                   &out->basis.weights[k]));
    return OK;
}

_Static_assert(SETTING_LIST == RFM_BANDS - 1, "a limit for each score above 1");

static enum err rfm_settings(struct ctx *c, struct rfm_rules *out) {
    struct str mode;
    TRY(settings_text(c, SETTING_VALUE_RFM_MODE, &mode));
    if (!rfm_mode_parse(mode, &out->mode))
        return fail(c, ERR_INTERNAL, "", "bad_ruler");
    TRY(settings_list(c, SETTING_VALUE_RFM_DAYS, out->cuts[0]));
    TRY(settings_list(c, SETTING_VALUE_RFM_ORDERS, out->cuts[1]));
    TRY(settings_list(c, SETTING_VALUE_RFM_MONEY, out->cuts[2]));
    for (int k = 0; k < RFM_BANDS - 1; k++)
        out->cuts[2][k] *= CENT_TO_MICRO;
    return OK;
}

void grade_set_window(struct grade_rules *r, int months) {
    r->months = months;
    r->basis.from_day =
        months == 0 ? 0 : day_add_months(r->value.as_of, -months);
}

enum err grade_rules(struct ctx *c, struct grade_rules *out) {
    *out = (struct grade_rules){.value.rfm.mode = RFM_SHARE};
    struct value_rules *v = &out->value;
    TRY(rfm_settings(c, &v->rfm));
    TRY(as_of_day(c, &v->as_of));
    TRY(number(c, SETTING_VALUE_ABC_A, &v->abc.a_bp));
    TRY(number(c, SETTING_VALUE_ABC_B, &v->abc.b_bp));
    TRY(number(c, SETTING_VALUE_TIER_VIP, &v->pyramid.vip_bp));
    TRY(number(c, SETTING_VALUE_TIER_MAIN, &v->pyramid.main_bp));
    TRY(number(c, SETTING_VALUE_TIER_ORDINARY, &v->pyramid.ordinary_bp));
    TRY(basis_settings(c, out));
    grade_set_window(out, out->months);
    return OK;
}

/* Sums of tiers and classes over rows that have them now. */
static void recount(struct value_report *r) {
    for (int t = 0; t < TIER_COUNT; t++)
        r->tiers[t] = (struct value_group){0, 0};
    for (int k = 0; k < 3; k++)
        r->classes[k] = (struct value_group){0, 0};
    for (size_t i = 0; i < r->n; i++) {
        const struct value_row *row = &r->rows[i];
        struct value_group *tier = &r->tiers[row->tier];
        struct value_group *class = &r->classes[row->abc.class - 'A'];
        tier->customers++;
        tier->sales += row->facts.monetary;
        class->customers++;
        class->sales += row->facts.monetary;
    }
}

/* Ranks by what the rules say instead of all sales. */
static enum err rank_anew(struct ctx *c, const struct grade_rules *rules,
                          struct graded *g) {
    struct value_report *r = &g->report;
    int64_t *own = NEW_ARRAY(c->arena, int64_t, r->n + 1);
    int64_t *weighted = NEW_ARRAY(c->arena, int64_t, r->n + 1);
    size_t *by_weighted = NEW_ARRAY(c->arena, size_t, r->n + 1);
    struct abc_row *abc = NEW_ARRAY(c->arena, struct abc_row, r->n + 1);
    enum tier *tiers = NEW_ARRAY(c->arena, enum tier, r->n + 1);
    TRY(contribution_all(c, &rules->basis, g->figures, r->n, &g->unknown));
    g->total = 0;
    for (size_t i = 0; i < r->n; i++) {
        own[i] = ruler_contribution(&rules->basis, &g->figures[i]);
        weighted[i] =
            ruler_weigh(&rules->basis, &g->figures[i], r->rows[i].rfm.f);
        if (!num_add(&g->total, own[i]))
            return fail(c, ERR_INVALID, "", "amount_overflow");
    }
    sales_rank(c->arena, own, r->n, r->order);
    sales_rank(c->arena, weighted, r->n, by_weighted);
    abc_classes(own, r->order, r->n, rules->value.abc, abc);
    pyramid_tiers(by_weighted, r->n, rules->value.pyramid, tiers);
    for (size_t i = 0; i < r->n; i++) {
        r->rows[i].abc = abc[i];
        /* a rank without a contribution is no merit */
        r->rows[i].tier = weighted[i] > 0 ? tiers[i] : TIER_SMALL;
    }
    ruler_edges(r, g->ids, weighted, by_weighted, own, r->order, &g->ruler);
    return OK;
}

/* Bad credit caps at small (V2); the others keep their ranks. */
enum tier grade_cap(const struct customer_figures *f, enum tier t) {
    return f->standing[STANDING_CREDIT] == 1 ? TIER_SMALL : t;
}

/* --- everybody's figures -------------------------------------------------- */

static bool sum_up(struct arena *a, const struct mirror_view *v,
                   struct sales_figures **out, size_t *n) {
    struct sales_columns columns = {.order = v->order,
                                    .customer = v->customer,
                                    .day = v->day,
                                    .sales = v->sales,
                                    .n = v->n};
    struct sales_span ever = {INT32_MIN, INT32_MAX};
    return columns_figures(a, &columns, ever, false, out, n);
}

/* Both sides by id: who is in the bin is left out. */
static void take(struct ctx *c, const struct mirror_view *v,
                 const struct sales_figures *sums, size_t n, struct graded *g) {
    const struct mirror_person *at = v->people, *end = at + v->n_people;
    g->figures = NEW_ARRAY(c->arena, struct customer_figures, n + 1);
    g->by_hand = NEW_ARRAY(c->arena, int64_t, v->n_people + 1);
    for (size_t i = 0; i < n; i++) {
        while (at < end && at->id < sums[i].customer)
            at++;
        bool known = at < end && at->id == sums[i].customer;
        if (known && at->gone)
            continue;
        struct customer_figures *f = &g->figures[g->report.n++];
        *f = (struct customer_figures){.id = sums[i].customer,
                                       .sales = sums[i].sales,
                                       .orders = sums[i].orders,
                                       .last_day = sums[i].last_day};
        g->orders += f->orders;
        for (int k = 0; known && k < STANDING_COUNT; k++)
            f->standing[k] = at->standing[k];
    }
    for (size_t i = 0; i < v->n_people; i++)
        if (v->people[i].by_hand)
            g->by_hand[g->n_by_hand++] = v->people[i].id;
}

static enum err read_figures(struct ctx *c, struct graded *g,
                             struct feed_place *place) {
    struct arena *scratch = arena_new();
    struct mirror_view v;
    struct sales_figures *sums;
    size_t n;
    enum err e = mirror_open(c, &v);
    if (e == OK) {
        *place = v.place;
        if (sum_up(scratch, &v, &sums, &n))
            take(c, &v, sums, n, g);
        else
            e = fail(c, ERR_INVALID, "", "amount_overflow");
        mirror_close(&v);
    }
    arena_free(scratch);
    return e;
}

enum err grade_report(struct ctx *c, const struct grade_rules *rules,
                      struct graded *g) {
    struct feed_place place;
    *g = (struct graded){0};
    TRY(read_figures(c, g, &place));
    size_t n = g->report.n;
    struct customer_sales *in =
        NEW_ARRAY(c->arena, struct customer_sales, n + 1);
    struct transactions_totals totals = {.customers = (int64_t)n};
    g->ids = NEW_ARRAY(c->arena, int64_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct customer_figures *f = &g->figures[i];
        g->ids[i] = f->id;
        in[i] = (struct customer_sales){
            .last_day = f->last_day,
            .orders = f->orders,
            .sales = f->sales,
        };
        if (!num_add(&totals.sales, f->sales))
            return fail(c, ERR_INVALID, "", "amount_overflow");
    }
    value_report(c->arena, in, n, &totals, rules->value, &g->report);
    ruler_make(&g->report, g->ids, &rules->value.rfm, &g->ruler);
    g->ruler.basis = rules->basis;
    g->ruler.place = place;
    g->total = g->report.sales;
    if (!ruler_is_plain(&rules->basis))
        TRY(rank_anew(c, rules, g));
    g->ruler.total = g->total;
    ruler_settle(&g->ruler, NULL);
    for (size_t i = 0; i < n; i++)
        g->report.rows[i].tier =
            grade_cap(&g->figures[i], g->report.rows[i].tier);
    recount(&g->report);
    return OK;
}
