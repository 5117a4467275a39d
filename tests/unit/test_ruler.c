/* The ruler: scoring one customer against cut-offs gives exactly what the full
 * run gave it, for every customer, ties and edges included; and survives its
 * trip through JSON. */
#include "app/ruler.h"

#include "base/num.h"
#include "test.h"

static uint64_t state = 88172645463325252u;

static int64_t below(int64_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (int64_t)(state % (uint64_t)n);
}

struct company {
    size_t n;
    struct customer_sales *in;
    struct customer_figures *figures;
    int64_t *ids;
};

/* Few distinct values, so that ties stand at every cut. */
static struct company make(struct arena *a, size_t n, int64_t distinct) {
    struct company co = {.n = n,
                         .in = NEW_ARRAY(a, struct customer_sales, n + 1),
                         .figures =
                             NEW_ARRAY(a, struct customer_figures, n + 1),
                         .ids = NEW_ARRAY(a, int64_t, n + 1)};
    int64_t id = 0;
    for (size_t i = 0; i < n; i++) {
        id += 1 + below(3);
        co.ids[i] = id;
        struct customer_figures *f = &co.figures[i];
        *f = (struct customer_figures){.id = id,
                                       .sales = (1 + below(distinct)) * 1000001,
                                       .orders = 1 + below(distinct / 2 + 1),
                                       .last_day =
                                           (int32_t)(15000 + below(distinct))};
        co.in[i] = (struct customer_sales){.id = num_text(a, id, 0),
                                           .last_day = f->last_day,
                                           .orders = f->orders,
                                           .sales = f->sales};
    }
    return co;
}

static void report_of(struct arena *a, const struct company *co,
                      const struct rfm_rules *rfm, struct value_report *out) {
    struct transactions_totals totals = {.customers = (int64_t)co->n};
    for (size_t i = 0; i < co->n; i++)
        totals.sales += co->in[i].sales;
    struct value_rules rules = {.as_of = 16000,
                                .abc = {8000, 9500},
                                .pyramid = {100, 2000, 5000},
                                .rfm = *rfm};
    value_report(a, co->in, co->n, &totals, rules, out);
}

static bool same(const struct value_row *row, const struct scores *s) {
    return s->graded && s->tier == row->tier && s->abc == row->abc.class + 32 &&
           s->r == row->rfm.r && s->f == row->rfm.f && s->m == row->rfm.m;
}

/* Limits among the values that customers have. */
static struct rfm_rules rules_of(enum rfm_mode mode, int64_t distinct) {
    struct rfm_rules out = {.mode = mode};
    for (int k = 0; k < RFM_BANDS - 1; k++) {
        out.cuts[0][k] = 1000 - distinct + distinct * (k + 1) / 5 + k;
        out.cuts[1][k] = 1 + distinct * (k + 1) / 10 + k;
        out.cuts[2][k] = (distinct * (k + 1) / 5 + k) * 1000001;
    }
    return out;
}

static void check_mode(size_t n, int64_t distinct, enum rfm_mode mode) {
    struct rfm_rules rfm = rules_of(mode, distinct);
    struct arena *a = arena_new();
    struct company co = make(a, n, distinct);
    struct value_report report;
    struct ruler u, back;
    struct ctx c;
    struct buf b;
    struct jw w;
    ctx_init(&c, a);
    report_of(a, &co, &rfm, &report);
    ruler_make(&report, co.ids, &rfm, &u);
    buf_init(&b, a, 1 << 20);
    jw_init(&w, &b);
    ruler_to_json(&u, &w);
    CHECK_OK(ruler_from_json(&c, buf_view(&b), &back));
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        struct scores direct, again;
        ruler_score(&u, &co.figures[i], &direct);
        ruler_score(&back, &co.figures[i], &again);
        wrong += !same(&report.rows[i], &direct);
        wrong += !same(&report.rows[i], &again);
    }
    CHECK_I64(wrong, 0);
    arena_free(a);
}

static void check_company(size_t n, int64_t distinct) {
    for (int m = 0; m < RFM_MODES; m++)
        check_mode(n, distinct, (enum rfm_mode)m);
}

static void scores_equal_the_full_run(void) {
    for (int round = 0; round < 300; round++)
        check_company((size_t)(1 + below(400)), 1 + below(60));
    check_company(20000, 5000);
}

static void one_customer_is_vip(void) {
    check_company(1, 1);
}

static void nobody(void) {
    check_company(0, 1);
}

static void without_sales_there_is_no_grade(void) {
    struct arena *a = arena_new();
    struct company co = make(a, 10, 5);
    struct value_report report;
    struct ruler u;
    struct scores s;
    struct rfm_rules rfm = {.mode = RFM_SHARE};
    report_of(a, &co, &rfm, &report);
    ruler_make(&report, co.ids, &rfm, &u);
    struct customer_figures none = {.id = 3};
    ruler_score(&u, &none, &s);
    CHECK(!s.graded);
    arena_free(a);
}

static void broken_rulers_are_refused(void) {
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"r\":[1,2,3],\"f\":[1,2,3,4],\"m\":[1,2,3,4]}",
        "{\"r\":[1,2,3,\"x\"],\"f\":[],\"m\":[],\"tiers\":[],\"classes\":[]}",
        "{\"mode\":5,\"r\":[1,2,3,4],\"f\":[1,2,3,4],\"m\":[1,2,3,4],"
        "\"tiers\":[null,null,null],\"classes\":[null,null]}",
        "{\"mode\":\"thirds\",\"r\":[1,2,3,4],\"f\":[1,2,3,4],\"m\":[1,2,3,4],"
        "\"tiers\":[null,null,null],\"classes\":[null,null]}",
        "{\"mode\":\"ntile\",\"r\":[1,2,3,4],\"f\":[1,2,3,4],\"m\":[1,2,3,4],"
        "\"ties\":[1,2],\"tiers\":[null,null,null],\"classes\":[null,null]}"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct arena *a = arena_new();
        struct ctx c;
        struct ruler u;
        ctx_init(&c, a);
        CHECK_I64(ruler_from_json(&c, str_of(bad[i]), &u), ERR_INTERNAL);
        arena_free(a);
    }
}

static struct ruler through_json(struct arena *a, const struct ruler *u) {
    struct ruler back;
    struct ctx c;
    struct buf b;
    struct jw w;
    ctx_init(&c, a);
    buf_init(&b, a, 1 << 20);
    jw_init(&w, &b);
    ruler_to_json(u, &w);
    CHECK_OK(ruler_from_json(&c, buf_view(&b), &back));
    return back;
}

static void a_basis_survives_its_trip(void) {
    struct arena *a = arena_new();
    for (int m = 0; m < MEASURE_COUNT; m++) {
        struct ruler u = {.basis = {.from_day = m == 0 ? 19000 : 0,
                                    .measure = (enum measure)m,
                                    .weights = {0, 7, 0, 100, 1}}};
        struct ruler back = through_json(a, &u);
        CHECK(ruler_same_basis(&u.basis, &back.basis));
        enum measure again;
        CHECK(measure_parse(measure_name((enum measure)m), &again));
        CHECK_I64(again, m);
    }
    enum measure none = MEASURE_MARGIN;
    CHECK(!measure_parse(S("turnover"), &none));
    CHECK_I64(none, MEASURE_MARGIN);
    arena_free(a);
}

/* Limits that nobody reaches today count for whoever reaches them tomorrow,
 * and are told as they were given. */
static void fixed_bands_hold_for_everybody(void) {
    struct arena *a = arena_new();
    struct company co = make(a, 3, 1);
    struct rfm_rules rfm = {.mode = RFM_FIXED,
                            .cuts = {{30, 90, 180, 365},
                                     {2, 4, 8, 16},
                                     {1000000, 2000000, 3000000, 4000000}}};
    struct value_report report;
    struct ruler u;
    struct scores s;
    int64_t cuts[3][RFM_BANDS - 1];
    report_of(a, &co, &rfm, &report);
    ruler_make(&report, co.ids, &rfm, &u);
    u = through_json(a, &u);
    ruler_bands(&u, cuts);
    for (int which = 0; which < 3; which++)
        for (int k = 0; k < RFM_BANDS - 1; k++)
            CHECK_I64(cuts[which][k], rfm.cuts[which][k]);
    struct customer_figures f = {
        .id = 7, .sales = 4000000, .orders = 16, .last_day = 16000 - 30};
    ruler_score(&u, &f, &s);
    CHECK(s.r == 5 && s.f == 5 && s.m == 5);
    f = (struct customer_figures){
        .id = 7, .sales = 999999, .orders = 1, .last_day = 16000 - 366};
    ruler_score(&u, &f, &s);
    CHECK(s.r == 1 && s.f == 1 && s.m == 1);
    arena_free(a);
}

/* Rulers written before there was a third measure. */
static void older_rulers_are_understood(void) {
    static const char text[] =
        "{\"r\":[1,2,3,4],\"f\":[1,2,3,4],\"m\":[1,2,3,4],"
        "\"tiers\":[[1,1],null,null],\"classes\":[null,null],"
        "\"from_day\":0,\"margin\":true,\"weights\":[0,0,0,0,0]}";
    struct arena *a = arena_new();
    struct ctx c;
    struct ruler u;
    ctx_init(&c, a);
    CHECK_OK(ruler_from_json(&c, str_of(text), &u));
    CHECK_I64(u.basis.measure, MEASURE_MARGIN);
    arena_free(a);
}

/* The sum is below 0: no contribution, whatever the sales and the weights. */
static void a_loss_has_no_rank_of_merit(void) {
    struct ruler u = {.basis = {.measure = MEASURE_PROFIT, .weights = {100}},
                      .tiers = {{true, 1, 9}, {true, 1, 9}, {true, 1, 9}},
                      .classes = {{true, 1, 9}, {true, 1, 9}}};
    struct customer_figures f = {
        .id = 1, .sales = 5000000, .orders = 3, .contribution = -1};
    struct scores s;
    ruler_score(&u, &f, &s);
    CHECK(s.graded);
    CHECK_I64(s.contribution, 0);
    CHECK_I64(s.weighted, 0);
    CHECK_I64(s.tier, TIER_SMALL);
    CHECK_I64(s.abc, 'c');
    f.contribution = 1;
    ruler_score(&u, &f, &s);
    CHECK_I64(s.contribution, 1);
    CHECK_I64(s.abc, 'a');
}

int main(void) {
    RUN(scores_equal_the_full_run);
    RUN(one_customer_is_vip);
    RUN(nobody);
    RUN(without_sales_there_is_no_grade);
    RUN(broken_rulers_are_refused);
    RUN(a_basis_survives_its_trip);
    RUN(fixed_bands_hold_for_everybody);
    RUN(older_rulers_are_understood);
    RUN(a_loss_has_no_rank_of_merit);
    return test_end();
}
