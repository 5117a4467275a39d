/* Every model, computed alone and by several threads at once: the same bytes.
 * What is computed is written as text with every digit, so that one wrong bit
 * shows. */
#include "analytics/basket.h"
#include "analytics/bgbb.h"
#include "analytics/churn.h"
#include "analytics/clv.h"
#include "analytics/cohort.h"
#include "analytics/groups.h"
#include "analytics/kmeans.h"
#include "analytics/occasions.h"
#include "analytics/pipeline.h"
#include "analytics/purchases.h"
#include "analytics/value_report.h"

#include "test.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#define MAX_TEXT ((size_t)64 << 20)
#define CUSTOMERS 800
#define LAST_DAY 20000

/* splitmix64, from the same start for every job */
struct chance {
    uint64_t s;
};

static double uniform(struct chance *r) {
    uint64_t z = r->s += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) / 9007199254740992.0;
}

static int among(struct chance *r, int n) {
    return (int)(uniform(r) * n);
}

/* One job: a context of its own, and what it found. */
struct job {
    struct ctx c;
    struct chance r;
    struct buf out;
    void (*const *parts)(struct job *);
    size_t n_parts;
    bool failed;
};

static struct str id_of(struct job *j, int i) {
    return str_fmt(j->c.arena, "c%04d", i);
}

/* Purchases of people who stop one day. */
static void sell(struct job *j, struct transactions *sums,
                 struct purchases *days, struct baskets *baskets) {
    for (int i = 0; i < CUSTOMERS; i++) {
        double rate = -log(uniform(&j->r)) * 0.05;
        double lost = uniform(&j->r) * uniform(&j->r);
        int day = LAST_DAY - 500 + among(&j->r, 200);
        for (int k = 0; day <= LAST_DAY; k++) {
            struct sale_line l = {.customer = id_of(j, i),
                                  .order = str_fmt(j->c.arena, "o%d-%d", i, k),
                                  .day = day,
                                  .quantity = 1000,
                                  .has_amount = true,
                                  .amount = 1 + among(&j->r, 900000000)};
            j->failed =
                j->failed || transactions_add(&j->c, sums, &l) != OK ||
                purchases_add(&j->c, days, l.customer, l.day, l.amount) != OK;
            for (int p = among(&j->r, 4); p >= 0; p--)
                baskets_add(baskets, l.order,
                            str_fmt(j->c.arena, "p%d", among(&j->r, 12)));
            if (uniform(&j->r) < lost)
                break;
            day += 1 + (int)(-log(uniform(&j->r)) / (rate + 0.01));
        }
    }
}

static struct jw writer(struct job *j) {
    struct jw w;
    buf_byte(&j->out, '\n');
    jw_init(&w, &j->out);
    return w;
}

static void put(struct job *j, const double *v, size_t n) {
    for (size_t i = 0; i < n; i++)
        buf_fmt(&j->out, " %a", v[i]);
}

static void put_grades(struct job *j, const struct transactions *sums) {
    static const enum rfm_mode modes[] = {RFM_SHARE, RFM_NTILE, RFM_FIXED};
    struct transactions_totals totals = transactions_totals(sums);
    size_t n;
    struct customer_sales *all = transactions_customers(sums, j->c.arena, &n);
    for (size_t k = 0; k < COUNT_OF(modes); k++) {
        struct value_rules rules = {
            .as_of = LAST_DAY + 1,
            .abc = ABC_DEFAULT,
            .pyramid = PYRAMID_DEFAULT,
            .rfm = {.mode = modes[k],
                    .cuts = {{30, 60, 90, 180},
                             {2, 3, 5, 9},
                             {1, 1000, 1000000, 1000000000}}}};
        struct value_report r;
        struct jw w = writer(j);
        struct value_sink s = {.w = &w, .rows = true};
        value_report(j->c.arena, all, n, &totals, rules, &r);
        value_json_rfm(&r, &s);
        w = writer(j);
        value_json_abc(&r, &s);
        w = writer(j);
        value_json_pyramid(&r, &s);
    }
}

static void put_values(struct job *j, const struct purchases *days) {
    size_t n;
    struct purchase_days *all = purchases_customers(days, j->c.arena, &n);
    struct clv_customer *people = NEW_ARRAY(j->c.arena, struct clv_customer, n);
    struct clv_report r;
    for (size_t i = 0; i < n; i++)
        people[i] = (struct clv_customer){all[i].id,
                                          purchase_history(&all[i], LAST_DAY),
                                          purchase_mean(&all[i])};
    clv_report(j->c.arena, people, n, (struct clv_given){.bgnbd = NULL}, &r);
    struct jw w = writer(j);
    clv_json(&r, &w, NULL, NULL);
    put(j, r.models.bgnbd.error, 4);
    put(j, r.models.pareto_nbd.error, 4);
    put(j, r.models.gamma_gamma.error, 3);
    for (size_t i = 0; i < n; i++)
        put(j, &r.scores[i].p_alive, 3);
}

static void put_cohorts(struct job *j, const struct purchases *days) {
    struct day_source source = {purchases_visit, days};
    struct cohorts t;
    j->failed = j->failed || !cohorts_make(j->c.arena, &source, &t);
    for (size_t i = 0; !j->failed && i < t.n * t.n; i++)
        buf_fmt(&j->out, " %lld", (long long)t.active[i]);
}

static void sales(struct job *j) {
    struct transactions *sums = transactions_new(j->c.arena, S("C"));
    struct purchases *days = purchases_new(j->c.arena);
    struct baskets *baskets = baskets_new(j->c.arena);
    struct basket_report pairs;
    sell(j, sums, days, baskets);
    put_grades(j, sums);
    put_values(j, days);
    put_cohorts(j, days);
    j->failed = j->failed || !baskets_pairs(baskets, j->c.arena, 100, &pairs);
    for (size_t i = 0; !j->failed && i < pairs.n; i++)
        buf_fmt(&j->out, " %.*s %.*s %lld %a %a", STR_ARG(pairs.pairs[i].a),
                STR_ARG(pairs.pairs[i].b), (long long)pairs.pairs[i].together,
                pairs.pairs[i].lift, pairs.pairs[i].chi2);
}

static void churn(struct job *j) {
    enum { N = 600 };
    double *times = NEW_ARRAY(j->c.arena, double, N);
    double *fee = NEW_ARRAY(j->c.arena, double, N);
    struct str *plan = NEW_ARRAY(j->c.arena, struct str, N);
    struct str *ids = NEW_ARRAY(j->c.arena, struct str, N);
    bool *lost = NEW_ARRAY(j->c.arena, bool, N);
    for (int i = 0; i < N; i++) {
        ids[i] = id_of(j, i);
        times[i] = among(&j->r, 60);
        fee[i] = i % 9 == 0 ? NAN : 10 + among(&j->r, 900) / 7.0;
        plan[i] = among(&j->r, 2) == 0 ? S("month") : S("year");
        double risk = 0.1 + 0.3 * (plan[i].n == 5) + 0.2 * (fee[i] > 90);
        lost[i] = uniform(&j->r) < risk;
    }
    struct design_column columns[] = {{S("months"), times, ids},
                                      {S("fee"), fee, ids},
                                      {S("plan"), NULL, plan}};
    struct churn_input in = {.n = N,
                             .ids = ids,
                             .lost = lost,
                             .times = times,
                             .columns = columns,
                             .n_columns = COUNT_OF(columns),
                             .ridge = 1,
                             .method = CHURN_AUTO};
    struct churn_report r;
    churn_report(j->c.arena, &in, &r);
    struct jw w = writer(j);
    churn_json(&r, &w, NULL, NULL);
    put(j, r.fit.beta, r.design.k + 1);
    put(j, r.risk, N);
}

static void pipeline(struct job *j) {
    enum { N = 500 };
    struct deal *deals = NEW_ARRAY(j->c.arena, struct deal, N);
    for (int i = 0; i < N; i++) {
        int end = among(&j->r, 3), opened = LAST_DAY - 400 + among(&j->r, 400);
        deals[i] = (struct deal){.id = id_of(j, i),
                                 .group = i % 2 ? S("a") : S("b"),
                                 .opened = opened,
                                 .closed = opened + among(&j->r, 90),
                                 .has_opened = true,
                                 .has_closed = end > 0,
                                 .end = end == 0   ? SPELL_OPEN
                                        : end == 1 ? SPELL_WON
                                                   : SPELL_LOST,
                                 .value = 1 + among(&j->r, 9000)};
    }
    struct pipeline_input in = {deals, N, LAST_DAY, 92};
    struct pipeline_report r;
    pipeline_report(j->c.arena, &in, &r);
    struct jw w = writer(j);
    pipeline_json(&r, &w, NULL, NULL);
}

static void groups(struct job *j) {
    enum { N = 2000, D = 3 };
    double *x = NEW_ARRAY(j->c.arena, double, N *D);
    struct kmeans k;
    for (size_t i = 0; i < (size_t)N * D; i++)
        x[i] = among(&j->r, 3) + uniform(&j->r) / 3;
    kmeans_group(j->c.arena, x, N, D, 6, &k);
    put(j, k.centres, k.k * D);
    put(j, &k.within, 1);
    for (size_t i = 0; i < N; i++)
        buf_fmt(&j->out, " %u", k.group[i]);
}

/* Customers who buy alike; the model comes back from its text bit for bit. */
static void buyers(struct job *j) {
    enum { N = 3000 };
    struct rfm_facts *all = NEW_ARRAY(j->c.arena, struct rfm_facts, N);
    struct group_model m, back;
    json_t *text;
    struct buf b;
    struct jw w;
    for (size_t i = 0; i < N; i++)
        all[i] = (struct rfm_facts){among(&j->r, 400), 1 + among(&j->r, 9),
                                    1000000 + among(&j->r, 90000) * 10007};
    groups_fit(j->c.arena, all, N, 7, &m);
    buf_init(&b, j->c.arena, 1 << 16);
    jw_init(&w, &b);
    groups_to_json(&m, &w);
    j->failed = j->failed || json_read(&j->c, buf_view(&b), &text) != OK ||
                !groups_from_json(text, &back);
    for (size_t i = 0; i < N && !j->failed; i++) {
        double distance, again;
        size_t at = group_of(&m, &all[i], &distance);
        j->failed = group_of(&back, &all[i], &again) != at || again != distance;
        buf_fmt(&j->out, " %zu %a", at, distance);
    }
}

static void occasions(struct job *j) {
    enum { N = 900 };
    struct occasion_customer *all =
        NEW_ARRAY(j->c.arena, struct occasion_customer, N);
    struct occasion_report r;
    for (size_t i = 0; i < N; i++) {
        int32_t n = 3 + (int32_t)among(&j->r, 4);
        int32_t t_x = (int32_t)among(&j->r, n + 1);
        int32_t x = t_x == 0 ? 0 : 1 + (int32_t)among(&j->r, t_x);
        all[i] = (struct occasion_customer){
            .cell = {x, t_x, n, 1}, .m = x == 0 ? 0 : 5 + uniform(&j->r) * 40};
    }
    occasions_report(j->c.arena, all, N, OCCASION_MONTH, NULL, NULL, &r);
    put(j, &r.bgbb.ll, 1);
    for (size_t i = 0; i < N; i++) {
        const struct occasion_score *s = &r.scores[i];
        put(j, (double[]){s->p_alive, s->expected, s->clv_12m}, 3);
    }
}

static void renewals(struct job *j) {
    struct bgbb_cell cells[28];
    struct bgbb_fit f;
    size_t n = 0;
    for (int32_t t = 0; t <= 6; t++)
        for (int32_t x = t == 0 ? 0 : 1; x <= t; x++)
            cells[n++] = (struct bgbb_cell){x, t, 6, 5 + among(&j->r, 90)};
    bgbb_fit(j->c.arena, cells, n, &f);
    put(j, &f.p.alpha, 1);
    put(j, &f.p.delta, 1);
    put(j, &f.ll, 1);
    for (size_t i = 0; i < n; i++)
        buf_fmt(&j->out, " %a %a", bgbb_alive(&f.p, cells[i], 3),
                bgbb_expected(&f.p, cells[i], 5, NULL));
}

static void (*const all_parts[])(struct job *) = {
    sales, churn, pipeline, groups, buyers, renewals, occasions};
static void (*const turned[])(struct job *) = {
    occasions, renewals, buyers, groups, pipeline, churn, sales};

/* A part begins at the same chance whatever was computed before it. */
static void *work(void *arg) {
    struct job *j = arg;
    ctx_init(&j->c, arena_new());
    buf_init(&j->out, j->c.arena, MAX_TEXT);
    for (size_t i = 0; i < j->n_parts; i++) {
        j->r = (struct chance){20260321};
        j->parts[i](j);
    }
    j->failed = j->failed || !buf_ok(&j->out);
    return NULL;
}

static void check_same(const struct job *a, const struct job *b) {
    struct str x = buf_view(&a->out), y = buf_view(&b->out);
    CHECK(!a->failed && !b->failed);
    CHECK(x.n > 100000 && str_eq(x, y));
}

/* Everything twice, side by side. */
static void two_threads_are_one(void) {
    struct job alone = {.parts = all_parts, .n_parts = COUNT_OF(all_parts)};
    struct job pair[2];
    pthread_t threads[2];
    work(&alone);
    for (size_t i = 0; i < COUNT_OF(pair); i++) {
        pair[i] =
            (struct job){.parts = all_parts, .n_parts = COUNT_OF(all_parts)};
        CHECK(pthread_create(&threads[i], NULL, work, &pair[i]) == 0);
    }
    for (size_t i = 0; i < COUNT_OF(pair); i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        check_same(&alone, &pair[i]);
        arena_free(pair[i].c.arena);
    }
    arena_free(alone.c.arena);
}

/* Each part by whichever of two threads, beside another part. */
static void parts_do_not_know_of_each_other(void) {
    size_t n = COUNT_OF(all_parts);
    for (size_t i = 0; i < n; i++) {
        struct job alone = {.parts = &all_parts[i], .n_parts = 1};
        struct job here = {.parts = &all_parts[i], .n_parts = 1};
        struct job beside = {.parts = turned, .n_parts = n};
        pthread_t thread;
        work(&alone);
        CHECK(pthread_create(&thread, NULL, work, &beside) == 0);
        work(&here);
        CHECK(pthread_join(thread, NULL) == 0);
        CHECK(!here.failed && !alone.failed && !beside.failed);
        CHECK(str_eq(buf_view(&alone.out), buf_view(&here.out)));
        CHECK(buf_view(&alone.out).n > 100);
        arena_free(alone.c.arena);
        arena_free(here.c.arena);
        arena_free(beside.c.arena);
    }
}

int main(void) {
    RUN(two_threads_are_one);
    RUN(parts_do_not_know_of_each_other);
    return test_end();
}
