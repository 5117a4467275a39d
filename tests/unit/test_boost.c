/* Boosted trees on cases whose answer is known: what one tree of one split must
 * hold, an interaction no coefficient can tell, and sums that must add up. */
#include "analytics/boost.h"
#include "analytics/logistic.h"

#include "test.h"

#include <math.h>

static struct ctx c;

#define N 400

/* A fixed stream of numbers from 0 to 1 (Knuth's MMIX). */
static double next(uint64_t *s) {
    *s = *s * 6364136223846793005u + 1442695040888963407u;
    return (double)(*s >> 11) / 9007199254740992.0;
}

static void crossed(double *x, bool *y) {
    uint64_t s = 1;
    for (size_t i = 0; i < N; i++) {
        x[3 * i] = next(&s) * 2 - 1;
        x[3 * i + 1] = next(&s) * 2 - 1;
        x[3 * i + 2] = next(&s);
        y[i] = (x[3 * i] > 0) != (x[3 * i + 1] > 0);
    }
}

/* Two leaves by hand: g = Σ(y − p), h = Σp(1 − p), value = rate·g/(h + λ). */
static void one_split(void) {
    double x[10];
    bool y[10];
    for (size_t i = 0; i < 10; i++) {
        x[i] = (double)i;
        y[i] = i >= 7 || i == 2;
    }
    struct boost_data d = {x, y, 10, 1};
    struct boost_options o = {1, 2, .5, 1, 1};
    struct boost_model m;
    boost_fit(c.arena, &d, &o, &m);
    CHECK_I64(m.n, 1);
    CHECK(m.base == log(4.0 / 6));
    CHECK_I64(m.trees[0].n, 3);
    const struct boost_node *node = m.trees[0].nodes;
    CHECK(node[0].cut == 6.5);
    CHECK(fabs(node[1].value - .5 * (1 - 7 * .4) / (7 * .24 + 1)) < 1e-12);
    CHECK(fabs(node[2].value - .5 * (3 - 3 * .4) / (3 * .24 + 1)) < 1e-12);
    CHECK(boost_margin(&m, &x[2]) == m.base + node[1].value);
    CHECK(boost_margin(&m, &x[7]) == m.base + node[2].value);
}

static void facts_that_work_together(void) {
    double x[3 * N], chance[N];
    bool y[N];
    struct logistic_quality straight, trees;
    crossed(x, y);
    struct logistic_data d = {x, y, N, 3, 1};
    struct boost_data b = {x, y, N, 3};
    struct boost_options o = BOOST_DEFAULT;
    struct boost_model m;
    logistic_cross(c.arena, &d, 5, chance);
    logistic_quality(c.arena, chance, y, N, &straight);
    boost_fit(c.arena, &b, &o, &m);
    boost_cross(c.arena, &b, &o, 5, chance);
    boost_calibrate(c.arena, &m, chance, y, N);
    logistic_quality(c.arena, chance, y, N, &trees);
    CHECK(straight.auc < .6);
    CHECK(trees.auc > .97);
    CHECK(m.slope > 0);
    double mean = 0, yes = 0;
    for (size_t i = 0; i < N; i++) {
        CHECK(chance[i] > 0 && chance[i] < 1);
        mean += chance[i] / N;
        yes += (double)y[i] / N;
    }
    CHECK(fabs(mean - yes) < 1e-6); /* calibrated */
}

static void effects_add_up(void) {
    double x[3 * N], effects[3], margin[N];
    bool y[N];
    crossed(x, y);
    struct boost_data b = {x, y, N, 3};
    struct boost_options o = BOOST_DEFAULT;
    struct boost_model m, again;
    boost_fit(c.arena, &b, &o, &m);
    boost_cross(c.arena, &b, &o, 5, margin);
    boost_calibrate(c.arena, &m, margin, y, N);
    double roots = m.base;
    for (size_t t = 0; t < m.n; t++)
        roots += m.trees[t].nodes[0].value;
    boost_fit(c.arena, &b, &o, &again);
    for (size_t i = 0; i < N; i++) {
        double z = m.slope * roots + m.shift;
        boost_effects(&m, x + 3 * i, 3, effects);
        for (size_t j = 0; j < 3; j++)
            z += effects[j];
        CHECK(fabs(1 / (1 + exp(-z)) - boost_chance(&m, x + 3 * i)) < 1e-12);
        CHECK(boost_margin(&m, x + 3 * i) == boost_margin(&again, x + 3 * i));
    }
}

static void nothing_to_learn(void) {
    double x[60] = {0};
    bool y[60];
    struct boost_options o = BOOST_DEFAULT;
    struct boost_model m;
    struct boost_data d = {x, y, 60, 1};
    for (size_t i = 0; i < 60; i++)
        y[i] = i % 2 == 0;
    boost_fit(c.arena, &d, &o, &m); /* a fact without a difference */
    CHECK_I64(m.n, 0);
    CHECK(boost_chance(&m, x) == .5);
    for (size_t i = 0; i < 60; i++)
        y[i] = true;
    boost_fit(c.arena, &d, &o, &m);
    CHECK_I64(m.n, 0);
}

int main(void) {
    ctx_init(&c, arena_new());
    RUN(one_split);
    RUN(facts_that_work_together);
    RUN(effects_add_up);
    RUN(nothing_to_learn);
    arena_free(c.arena);
    return test_end();
}
