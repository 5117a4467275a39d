/* The numeric cores on small cases whose answers are known by hand, and on
 * random ones against a slow second way. */
#include "analytics/value_report.h"

#include "analytics/radix.h"
#include "analytics/rank.h"
#include "base/time.h"

#include "test.h"

static struct ctx c;

static uint64_t next_random(uint64_t *x) {
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

static struct sale_line line(const char *customer, const char *order,
                             int32_t day, int64_t quantity, int64_t price) {
    return (struct sale_line){.customer = str_of(customer),
                              .order = str_of(order),
                              .day = day,
                              .quantity = quantity * 1000,
                              .price = price};
}

static void tells_what_a_line_is(void) {
    struct sale_line l = line("a", "1", 0, 1, 1);
    CHECK_I64(line_kind(&l, S("C")), LINE_SALE);
    l = line("", "C1", 0, -1, 0);
    CHECK_I64(line_kind(&l, S("C")), LINE_NO_CUSTOMER);
    l = line("a", "C1", 0, -1, 0);
    CHECK_I64(line_kind(&l, S("C")), LINE_CANCELLED);
    CHECK_I64(line_kind(&l, S("")), LINE_RETURNED);
    l = line("a", "1", 0, 0, 1);
    CHECK_I64(line_kind(&l, S("C")), LINE_RETURNED);
    l = line("a", "1", 0, 1, 0);
    CHECK_I64(line_kind(&l, S("C")), LINE_FREE);
    l.has_amount = true;
    CHECK_I64(line_kind(&l, S("C")), LINE_FREE);
    l.amount = 5;
    CHECK_I64(line_kind(&l, S("C")), LINE_SALE);
}

static void adds_lines_up(void) {
    struct transactions *t = transactions_new(c.arena, S("C"));
    const struct sale_line lines[] = {
        line("b", "1", 10, 2, 2550000), line("b", "1", 10, 1, 1),
        line("a", "2", 12, 1, 1000000), line("b", "3", 5, 1, 1000000),
        line("b", "1", 10, 1, 1000000), line("a", "C4", 20, -1, 1000000),
        line("", "5", 3, 1, 1000000),   line("a", "3", 12, 1, 1000000),
        line("z", "6", 12, 0, 1000000), line("a", "", 12, 1, 1),
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        CHECK_OK(transactions_add(&c, t, &lines[i]));
    struct transactions_totals s = transactions_totals(t);
    CHECK_I64(s.lines, 10);
    CHECK_I64(s.kinds[LINE_SALE], 7);
    CHECK_I64(s.kinds[LINE_CANCELLED], 1);
    CHECK_I64(s.kinds[LINE_NO_CUSTOMER], 1);
    CHECK_I64(s.kinds[LINE_RETURNED], 1);
    CHECK_I64(s.customers, 2);
    CHECK_I64(s.first_day, 3);
    CHECK_I64(s.last_day, 20);
    CHECK_I64(s.sales, 5100000 + 1 + 1000000 * 4 + 1);
    size_t n;
    struct customer_sales *p = transactions_customers(t, c.arena, &n);
    CHECK_I64(n, 2);
    CHECK_STR(p[0].id, "a");
    CHECK_I64(p[0].orders, 3);
    CHECK_I64(p[0].sales, 2000001);
    CHECK_STR(p[1].id, "b");
    CHECK_I64(p[1].orders, 2);
    CHECK_I64(p[1].first_day, 5);
    CHECK_I64(p[1].last_day, 10);
    CHECK_I64(p[1].sales, 7100001);
}

/* Lines at random, by one accumulator and by two that are joined. */
static void joined_sums_are_those_of_one(void) {
    uint64_t x = 7;
    for (int round = 0; round < 20; round++) {
        struct transactions *all = transactions_new(c.arena, S("C"));
        struct transactions *two[2] = {transactions_new(c.arena, S("C")),
                                       transactions_new(c.arena, S("C"))};
        for (int i = 0; i < 3000; i++) {
            char who[24], order[24];
            snprintf(who, sizeof who, "%llu",
                     (unsigned long long)(next_random(&x) % 400));
            bool named = next_random(&x) % 9 != 0;
            snprintf(order, sizeof order, "%llu",
                     (unsigned long long)(next_random(&x) % 500));
            if (!named)
                order[0] = '\0';
            struct sale_line l =
                line(who, order, (int32_t)(next_random(&x) % 900),
                     (int64_t)(next_random(&x) % 9) - 1, 1234567);
            CHECK_OK(transactions_add(&c, all, &l));
            CHECK(transactions_take(two[next_random(&x) % 2], &l));
        }
        CHECK(transactions_join(two[0], two[1]));
        struct transactions_totals a = transactions_totals(all);
        struct transactions_totals b = transactions_totals(two[0]);
        CHECK(memcmp(&a, &b, sizeof a) == 0);
        size_t n, m;
        struct customer_sales *p = transactions_customers(all, c.arena, &n);
        struct customer_sales *q = transactions_customers(two[0], c.arena, &m);
        CHECK_I64(n, m);
        for (size_t i = 0; i < n && i < m; i++) {
            CHECK(str_eq(p[i].id, q[i].id));
            CHECK(i == 0 || str_cmp(p[i - 1].id, p[i].id) < 0);
            CHECK_I64(p[i].orders, q[i].orders);
            CHECK_I64(p[i].sales, q[i].sales);
            CHECK_I64(p[i].first_day, q[i].first_day);
            CHECK_I64(p[i].last_day, q[i].last_day);
        }
    }
}

static void sorts_by_bytes_of_keys(void) {
    const int64_t v[] = {5, -1, INT64_MIN, 5, INT64_MAX, 0, -70000, 5};
    const struct radix_item *p = radix_order(c.arena, v, COUNT_OF(v), false);
    const size_t rising[] = {2, 6, 1, 5, 0, 3, 7, 4};
    for (size_t i = 0; i < COUNT_OF(v); i++)
        CHECK_I64(p[i].at, rising[i]);
    p = radix_order(c.arena, v, COUNT_OF(v), true);
    const size_t falling[] = {4, 0, 3, 7, 5, 1, 6, 2};
    for (size_t i = 0; i < COUNT_OF(v); i++)
        CHECK_I64(p[i].at, falling[i]);
}

static void refuses_overflow(void) {
    struct transactions *t = transactions_new(c.arena, S("C"));
    struct sale_line l = line("a", "1", 0, 1, INT64_MAX);
    CHECK_OK(transactions_add(&c, t, &l));
    CHECK_I64(transactions_add(&c, t, &l), ERR_INVALID);
    l = line("a", "1", 0, 2, INT64_MAX);
    CHECK_I64(transactions_add(&c, t, &l), ERR_INVALID);
    CHECK_I64(transactions_totals(t).lines, 1);
    CHECK_I64(transactions_totals(t).sales, INT64_MAX);
    fail_clear(&c);
}

static void scores_by_share(void) {
    const int64_t v[] = {1, 1, 1, 1, 1, 1, 2, 3, 4, 5};
    uint8_t s[10];
    rfm_share_scores(c.arena, v, 10, false, 5, s);
    const uint8_t want[] = {1, 1, 1, 1, 1, 1, 4, 4, 5, 5};
    for (size_t i = 0; i < 10; i++)
        CHECK_I64(s[i], want[i]);
    rfm_share_scores(c.arena, v, 10, true, 5, s);
    const uint8_t less[] = {3, 3, 3, 3, 3, 3, 2, 2, 1, 1};
    for (size_t i = 0; i < 10; i++)
        CHECK_I64(s[i], less[i]);
    rfm_share_scores(c.arena, v, 1, false, 5, s);
    CHECK_I64(s[0], 1);
    rfm_share_scores(c.arena, v, 0, false, 5, s);
}

static void scores_equal_a_slow_count(void) {
    uint64_t x = 7;
    for (int round = 0; round < 200; round++) {
        int64_t v[60];
        uint8_t s[60];
        size_t n = 1 + next_random(&x) % 60;
        bool less = next_random(&x) % 2 == 0;
        for (size_t i = 0; i < n; i++)
            v[i] = (int64_t)(next_random(&x) % 20);
        rfm_share_scores(c.arena, v, n, less, 5, s);
        for (size_t i = 0; i < n; i++) {
            size_t worse = 0;
            for (size_t j = 0; j < n; j++)
                worse += less ? v[j] > v[i] : v[j] < v[i];
            CHECK_I64(s[i], 1 + 5 * worse / n);
        }
    }
}

static void ranks_ties_by_index(void) {
    const int64_t sales[] = {5, 9, 5, 9, 1};
    size_t order[5];
    sales_rank(c.arena, sales, 5, order);
    const size_t want[] = {1, 3, 0, 2, 4};
    for (size_t i = 0; i < 5; i++)
        CHECK_I64(order[i], want[i]);
    CHECK_I64(rank_limit(2718, 100), 28);
    CHECK_I64(rank_limit(2718, 2000), 544);
    CHECK_I64(rank_limit(2718, 5000), 1359);
    CHECK_I64(rank_limit(1, 100), 1);
    CHECK_I64(rank_limit(0, 100), 0);
    CHECK_I64(rank_limit(100, 100), 1);
    CHECK_I64(rank_limit(101, 100), 2);
    CHECK_I64(rank_limit(1000000007, 10000), 1000000007);
}

static void classes_by_the_share_before(void) {
    /* shares before: 0, .5, .8 exactly, .9, .95 exactly, .99 */
    const int64_t sales[] = {50, 30, 10, 5, 4, 1};
    size_t order[6];
    struct abc_row out[6];
    sales_rank(c.arena, sales, 6, order);
    abc_classes(sales, order, 6, ABC_DEFAULT, out);
    const char want[] = "AABBCC";
    for (size_t i = 0; i < 6; i++)
        CHECK_I64(out[i].class, want[i]);
    CHECK_I64(out[4].before, 95);
    abc_classes(sales, order, 6, (struct abc_cuts){8001, 9501}, out);
    CHECK_I64(out[2].class, 'A');
    CHECK_I64(out[4].class, 'B');
    const int64_t huge[] = {INT64_MAX - 1, 1};
    sales_rank(c.arena, huge, 2, order);
    abc_classes(huge, order, 2, ABC_DEFAULT, out);
    CHECK_I64(out[0].class, 'A');
    CHECK_I64(out[1].class, 'C');
    const int64_t zero[] = {0, 0};
    abc_classes(zero, order, 2, ABC_DEFAULT, out);
    CHECK_I64(out[0].class, 'C');
}

static void tiers_by_rank(void) {
    size_t order[1000] = {0};
    enum tier tiers[1000];
    for (size_t n = 0; n <= 1000; n += n < 12 ? 1 : 97) {
        size_t count[TIER_COUNT] = {0};
        for (size_t i = 0; i < n; i++)
            order[i] = n - 1 - i;
        pyramid_tiers(order, n, PYRAMID_DEFAULT, tiers);
        for (size_t i = 0; i < n; i++)
            count[tiers[i]]++;
        size_t vip = (n + 99) / 100, key = (n + 4) / 5, half = (n + 1) / 2;
        CHECK_I64(count[TIER_VIP], vip);
        CHECK_I64(count[TIER_MAIN], key - vip);
        CHECK_I64(count[TIER_ORDINARY], half - key);
        CHECK_I64(count[TIER_SMALL], n - half);
        if (n > 1) {
            CHECK_I64(tiers[n - 1], TIER_VIP);
            CHECK_I64(tiers[0], TIER_SMALL);
        }
    }
    CHECK_STR(tier_name(TIER_ORDINARY), "ordinary");
}

static struct str json_of(void (*write)(const struct value_report *,
                                        struct value_sink *),
                          const struct value_report *r, bool rows) {
    struct buf b;
    struct jw w;
    buf_init(&b, c.arena, 1u << 20);
    jw_init(&w, &b);
    struct value_sink s = {.w = &w, .rows = rows};
    write(r, &s);
    return buf_view(&b);
}

static void writes_the_shapes(void) {
    struct transactions *t = transactions_new(c.arena, S("C"));
    int32_t day = day_of(2011, 5, 31);
    const struct sale_line lines[] = {line("x", "1", day, 3, 2500000),
                                      line("a\"b", "2", day - 4, 1, 2500000)};
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        CHECK_OK(transactions_add(&c, t, &lines[i]));
    struct transactions_totals s = transactions_totals(t);
    size_t n;
    struct customer_sales *p = transactions_customers(t, c.arena, &n);
    struct value_report r;
    value_report(c.arena, p, n, &s,
                 (struct value_rules){.as_of = day + 1,
                                      .abc = ABC_DEFAULT,
                                      .pyramid = PYRAMID_DEFAULT},
                 &r);
    CHECK_STR(json_of(value_json_rfm, &r, true),
              "{\"as_of\":\"2011-06-01\",\"lines\":2,\"sale_lines\":2,"
              "\"customers\":2,\"sales\":\"10\",\"hist\":{\"R\":[1,0,1,0,0],"
              "\"F\":[2,0,0,0,0],\"M\":[1,0,1,0,0]},\"rows\":["
              "{\"id\":\"a\\\"b\",\"recency_days\":5,\"frequency\":1,"
              "\"monetary\":\"2.5\",\"R\":1,\"F\":1,\"M\":1},"
              "{\"id\":\"x\",\"recency_days\":1,\"frequency\":1,"
              "\"monetary\":\"7.5\",\"R\":3,\"F\":1,\"M\":3}]}");
    CHECK_STR(json_of(value_json_abc, &r, true),
              "{\"classes\":{\"A\":{\"customers\":2,\"sales\":\"10\","
              "\"share\":1},\"B\":{\"customers\":0,\"sales\":\"0\",\"share\":0}"
              ",\"C\":{\"customers\":0,\"sales\":\"0\",\"share\":0}},\"rows\":"
              "[{\"id\":\"x\",\"sales\":\"7.5\",\"share_before\":0,"
              "\"class\":\"A\"},{\"id\":\"a\\\"b\",\"sales\":\"2.5\","
              "\"share_before\":0.75,\"class\":\"A\"}]}");
    CHECK_STR(json_of(value_json_pyramid, &r, false),
              "{\"tiers\":[{\"tier\":\"vip\",\"customers\":1,\"sales\":\"7.5\","
              "\"share\":0.75},{\"tier\":\"main\",\"customers\":0,\"sales\":"
              "\"0\",\"share\":0},{\"tier\":\"ordinary\",\"customers\":0,"
              "\"sales\":\"0\",\"share\":0},{\"tier\":\"small\",\"customers\":1"
              ",\"sales\":\"2.5\",\"share\":0.25}]}");
}

static void reports_on_nobody(void) {
    struct transactions *t = transactions_new(c.arena, S("C"));
    struct transactions_totals s = transactions_totals(t);
    size_t n;
    struct customer_sales *p = transactions_customers(t, c.arena, &n);
    struct value_report r;
    value_report(
        c.arena, p, n, &s,
        (struct value_rules){.abc = ABC_DEFAULT, .pyramid = PYRAMID_DEFAULT},
        &r);
    CHECK_STR(json_of(value_json_pyramid, &r, true),
              "{\"tiers\":[{\"tier\":\"vip\",\"customers\":0,\"sales\":\"0\","
              "\"share\":0},{\"tier\":\"main\",\"customers\":0,\"sales\":\"0\","
              "\"share\":0},{\"tier\":\"ordinary\",\"customers\":0,\"sales\":"
              "\"0\",\"share\":0},{\"tier\":\"small\",\"customers\":0,"
              "\"sales\":\"0\",\"share\":0}],\"rows\":[]}");
}

int main(void) {
    ctx_init(&c, arena_new());
    RUN(tells_what_a_line_is);
    RUN(adds_lines_up);
    RUN(joined_sums_are_those_of_one);
    RUN(sorts_by_bytes_of_keys);
    RUN(refuses_overflow);
    RUN(scores_by_share);
    RUN(scores_equal_a_slow_count);
    RUN(ranks_ties_by_index);
    RUN(classes_by_the_share_before);
    RUN(tiers_by_rank);
    RUN(writes_the_shapes);
    RUN(reports_on_nobody);
    arena_free(c.arena);
    return test_end();
}
