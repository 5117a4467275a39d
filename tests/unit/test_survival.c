/* Survival, logistic regression and cohorts on cases that are known from books
 * or by hand. */
#include "analytics/churn.h"
#include "analytics/cohort.h"
#include "analytics/hazard.h"
#include "analytics/kmeans.h"
#include "analytics/purchases.h"

#include "base/time.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>

static struct ctx c;

static bool near(double got, double want, double by) {
    bool good = fabs(got - want) <= by;
    if (!good)
        printf("%s: %.17g, want %.17g\n", test_name, got, want);
    return good;
}

/* Freireich et al. 1963, 6-MP: weeks of remission; negative: still well. */
static void remission_of_leukaemia(void) {
    static const int weeks[] = {6,   6,   6,   -6,  7,   -9,  10,
                                -10, -11, 13,  16,  -17, -19, -20,
                                22,  23,  -25, -32, -32, -34, -35};
    static const double want[][3] = {{6, 0.8571, 0.0764},  {7, 0.8067, 0.0869},
                                     {10, 0.7529, 0.0963}, {13, 0.6902, 0.1068},
                                     {16, 0.6275, 0.1141}, {22, 0.5378, 0.1282},
                                     {23, 0.4482, 0.1346}};
    struct stay all[COUNT_OF(weeks)];
    struct survival s;
    for (size_t i = 0; i < COUNT_OF(weeks); i++)
        all[i] = (struct stay){abs(weeks[i]), weeks[i] > 0};
    survival_estimate(c.arena, all, COUNT_OF(all), &s);
    CHECK_I64(s.n, COUNT_OF(want));
    CHECK_I64(s.lost, 9);
    for (size_t i = 0; i < s.n && i < COUNT_OF(want); i++) {
        CHECK(s.rows[i].time == want[i][0]);
        CHECK(near(s.rows[i].survival, want[i][1], 5e-5));
        CHECK(near(s.rows[i].error, want[i][2], 5e-5));
    }
    CHECK(s.median == 23);
    /* half of an even number is left at the middle, however shares round */
    for (int n = 2; n <= 400; n += 2) {
        struct stay one_by_one[400];
        for (int i = 0; i < n; i++)
            one_by_one[i] = (struct stay){i + 1, true};
        survival_estimate(c.arena, one_by_one, (size_t)n, &s);
        CHECK(s.median == n / 2);
    }
    survival_estimate(c.arena, NULL, 0, &s);
    CHECK(s.n == 0 && isnan(s.median));
}

/* One 0/1 fact without penalty to speak of: the logs of the odds. */
static void odds_of_a_table(void) {
    double x[100];
    bool y[100];
    for (size_t i = 0; i < 100; i++) {
        x[i] = i < 40;
        y[i] = i < 30 || (i >= 40 && i < 50);
    }
    struct logistic_fit f;
    struct logistic_data d = {x, y, 100, 1, 1e-12};
    logistic_fit(c.arena, &d, &f);
    CHECK(f.converged);
    CHECK(near(f.beta[1], log(10.0 / 50), 1e-9));
    CHECK(near(f.beta[0], log(30.0 / 10) - log(10.0 / 50), 1e-9));
    CHECK(near(f.error[0], sqrt(1.0 / 30 + 1.0 / 10 + 1.0 / 10 + 1.0 / 50),
               1e-9));
    double chance[100];
    struct logistic_quality q;
    for (size_t i = 0; i < 100; i++)
        chance[i] = logistic_chance(&f, x + i, 1);
    logistic_quality(c.arena, chance, y, 100, &q);
    CHECK(near(q.auc, (30.0 * 50 + 0.5 * (30 * 10 + 10 * 50)) / (40 * 60),
               1e-12));
    CHECK(
        near(q.brier,
             (30 * 0.0625 + 10 * 0.5625 + 10 * 25.0 / 36 + 50 * 1.0 / 36) / 100,
             1e-9));
    CHECK(near(q.lift, 0.75 / 0.4, 1e-9));
}

/* Perfectly told apart: only the penalty keeps the coefficient finite. */
static void penalty_keeps_it_finite(void) {
    double x[20];
    bool y[20];
    for (size_t i = 0; i < 20; i++) {
        x[i] = (double)i - 9.5;
        y[i] = i >= 10;
    }
    struct logistic_fit f;
    logistic_fit(c.arena, &(struct logistic_data){x, y, 20, 1, 1}, &f);
    CHECK(f.converged && f.beta[0] > 0 && f.beta[0] < 10);
    for (size_t i = 0; i < 20; i++)
        y[i] = false;
    logistic_fit(c.arena, &(struct logistic_data){x, y, 20, 1, 1}, &f);
    CHECK(!f.converged && f.beta[0] == 0);
}

static void months_before_1970_too(void) {
    struct purchases *p = purchases_new(c.arena);
    struct cohorts t;
    CHECK_OK(purchases_add(&c, p, S("a"), day_of(1969, 12, 31), 1));
    CHECK_OK(purchases_add(&c, p, S("b"), day_of(1970, 1, 31), 1));
    CHECK_OK(purchases_add(&c, p, S("a"), day_of(1970, 2, 1), 1));
    CHECK_OK(purchases_add(&c, p, S("a"), day_of(1970, 2, 9), 1));
    struct day_source source = {purchases_visit, p};
    CHECK(cohorts_make(c.arena, &source, &t));
    CHECK_I64(t.first_month, -1);
    CHECK_I64(t.n, 3);
    CHECK_I64(t.active[0], 1);
    CHECK_I64(t.active[1], 0);
    CHECK_I64(t.active[2], 1);
    CHECK_I64(t.active[3], 1);
    CHECK_I64(t.active[4], 0);
}

static void groups_are_found(void) {
    enum { N = 300 };
    double x[2 * N];
    uint64_t state = 88172645463325252u;
    struct kmeans g;
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < 2; j++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            x[2 * i + j] = (double)(state >> 40) * 0x1p-24;
        }
        x[2 * i] += 5 * (double)(i % 3);
        x[2 * i + 1] -= i % 3 == 1 ? 7 : 0;
    }
    kmeans_group(c.arena, x, N, 2, 3, &g);
    CHECK_I64(g.k, 3);
    for (size_t i = 0; i < N; i++)
        CHECK_I64(g.group[i], i % 3);
    for (size_t i = 0; i < 3; i++)
        CHECK_I64(g.sizes[i], N / 3);
    CHECK(near(g.centres[0], 0.5, 0.1) && near(g.centres[3], -6.5, 0.1));
    kmeans_group(c.arena, x, 1, 2, 5, &g);
    CHECK(g.k == 1 && g.within == 0);
    kmeans_group(c.arena, (double[]){4, 4, 4, 4}, 4, 1, 3, &g);
    CHECK(g.k == 1 && g.sizes[0] == 4);
    kmeans_group(c.arena, x, 0, 2, 3, &g);
    CHECK_I64(g.k, 0);
}

/* A fifth is won within two days, as expected; what is won at an age that the
 * hazards don't know says nothing of their variation. */
static void spread_of_known_ages(void) {
    double won[] = {0.1, 0.1}, lost[] = {0, 0};
    struct hazard h = {won, lost, COUNT_OF(won)};
    struct spell all[40];
    for (int i = 0; i < 40; i++) {
        int32_t first = i / 10 * 10, age = i % 10 < 2 ? 1 : 5;
        all[i] = (struct spell){first, first + age, SPELL_WON};
    }
    CHECK(hazard_spread(c.arena, &h, all, COUNT_OF(all), 40, 10) == 0);
    for (int i = 0; i < 40; i++)
        all[i].last = all[i].first + (i < 20);
    CHECK(hazard_spread(c.arena, &h, all, COUNT_OF(all), 40, 10) > 1);
}

int main(void) {
    ctx_init(&c, arena_new());
    RUN(remission_of_leukaemia);
    RUN(odds_of_a_table);
    RUN(penalty_keeps_it_finite);
    RUN(groups_are_found);
    RUN(months_before_1970_too);
    RUN(spread_of_known_ages);
    arena_free(c.arena);
    return test_end();
}
