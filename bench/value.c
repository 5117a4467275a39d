/* The value of customers out of a company's own store:
 *
 *     value fill --db URL --orders FILE     rows "customer day sales", 10^-6,
 *                                           customers together
 *     value serve --db URL                  commands on standard input
 *
 * Commands, each answered by a line of JSON:
 *     full          the report of a grading over everybody: R-F-M scores, ABC
 *                   classes and tiers from the columns beside the database,
 *                   the look whether anything changed included
 *     rescore N     N orders, one after the other: what it takes until the
 *                   customer's scores are right again; then all customers'
 *                   scores against a full run with the same ruler
 * Times are of this process: wall clock and processor time. */
#include "million_sink.h"
#include "value_check.h"

#include "app/grade.h"
#include "app/hooks.h"
#include "base/die.h"
#include "base/time.h"
#include "store/actor.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE 256

/* --- filling ------------------------------------------------------------ */

struct sale {
    int64_t customer, day, sales;
};

static bool read_sale(FILE *f, struct sale *out) {
    char line[LINE], *at = line;
    if (fgets(line, sizeof line, f) == NULL)
        return false;
    out->customer = strtoll(at, &at, 10);
    out->day = strtoll(at, &at, 10);
    out->sales = strtoll(at, &at, 10);
    return true;
}

static void put_customer(struct sink *s, int64_t id) {
    char name[LINE];
    int n = snprintf(name, sizeof name, "customer %07lld", (long long)id);
    struct str text = {name, (size_t)n};
    sink_row(s, (struct val[]){V(id), V(0), V(0), V(text), V(text), V(text)});
}

static void put_order(struct sink *s, int64_t id, const struct sale *o) {
    char number[LINE];
    int n = snprintf(number, sizeof number, "b%09lld", (long long)id);
    struct str text = {number, (size_t)n};
    sink_row(s, (struct val[]){V(id), V(0), V(0), V(o->customer), V(text),
                               V(text), V(text), V(o->day), V(o->sales / 10000),
                               V(o->sales / 10000), V(o->sales)});
}

static void put_stats(struct sink *s, const struct sale *o, size_t n) {
    int64_t sales = 0, days = 0, first_sales = 0;
    int64_t first = o[0].day, last = o[0].day;
    for (size_t i = 0; i < n; i++) {
        bool seen = false;
        sales += o[i].sales;
        first = o[i].day < first ? o[i].day : first;
        last = o[i].day > last ? o[i].day : last;
        for (size_t k = 0; k < i && !seen; k++)
            seen = o[k].day == o[i].day;
        days += !seen;
    }
    for (size_t i = 0; i < n; i++)
        first_sales += o[i].day == first ? o[i].sales : 0;
    sink_row(s, (struct val[]){V(o[0].customer), V(sales), V((int64_t)n),
                               V(first), V(last), V(days), V(first_sales)});
}

static void fill(struct arena *a, struct str url, const char *file) {
    static const struct str customer[] = {
        S_INIT("id"),   S_INIT("created_at"), S_INIT("updated_at"),
        S_INIT("name"), S_INIT("name_fold"),  S_INIT("name_sort")};
    static const struct str order[] = {
        S_INIT("id"),          S_INIT("created_at"), S_INIT("updated_at"),
        S_INIT("customer_id"), S_INIT("number"),     S_INIT("number_fold"),
        S_INIT("number_sort"), S_INIT("ordered_on"), S_INIT("amount"),
        S_INIT("base_amount"), S_INIT("sales")};
    static const struct str stats[] = {S_INIT("id"),
                                       S_INIT("sales"),
                                       S_INIT("orders"),
                                       S_INIT("first_order_on"),
                                       S_INIT("last_order_on"),
                                       S_INIT("purchase_days"),
                                       S_INIT("first_day_sales")};
    VEC(struct sale) all = {0};
    struct sale one;
    FILE *f = fopen(file, "r");
    if (f == NULL)
        die("can't read %s", file);
    while (read_sale(f, &one))
        *VEC_PUSH(a, &all) = one;
    fclose(f);
    struct sink *s = sink_open(a, url);
    sink_bare(s, "customer");
    sink_begin(s, "customer", customer, COUNT_OF(customer));
    for (size_t i = 0; i < all.n; i++)
        if (i == 0 || all.p[i].customer != all.p[i - 1].customer)
            put_customer(s, all.p[i].customer);
    sink_end(s);
    sink_bare(s, "order");
    sink_begin(s, "order", order, COUNT_OF(order));
    for (size_t i = 0; i < all.n; i++)
        put_order(s, (int64_t)i + 1, &all.p[i]);
    sink_end(s);
    sink_bare(s, "customer_stats");
    sink_begin(s, "customer_stats", stats, COUNT_OF(stats));
    for (size_t from = 0, to; from < all.n; from = to) {
        for (to = from;
             to < all.n && all.p[to].customer == all.p[from].customer;)
            to++;
        put_stats(s, all.p + from, to - from);
    }
    sink_end(s);
    sink_close(s);
}

/* --- the full run ------------------------------------------------------- */

struct clocks {
    int64_t wall, cpu; /* ns */
};

static int64_t ns_of(clockid_t which) {
    struct timespec t;
    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct clocks now(void) {
    return (struct clocks){ns_of(CLOCK_MONOTONIC),
                           ns_of(CLOCK_PROCESS_CPUTIME_ID)};
}

static void put_list(const char *key, const int64_t *v, size_t n) {
    printf(",\"%s\":[", key);
    for (size_t i = 0; i < n; i++)
        printf("%s%lld", i == 0 ? "" : ",", (long long)v[i]);
    printf("]");
}

static void put_groups(const char *key, const struct value_group *g, size_t n) {
    printf(",\"%s\":[", key);
    for (size_t i = 0; i < n; i++)
        printf("%s[%lld,\"%lld\"]", i == 0 ? "" : ",",
               (long long)g[i].customers, (long long)g[i].sales);
    printf("]");
}

static void full(struct ctx *c) {
    struct grade_rules rules;
    struct graded g;
    if (grade_rules(c, &rules) != OK)
        die("no rules");
    struct clocks began = now();
    if (grade_report(c, &rules, &g) != OK)
        die("the report failed");
    struct clocks ended = now();
    printf("{\"wall\":%.9f,\"cpu\":%.9f,\"orders\":%lld,\"customers\":%zu,"
           "\"sales\":\"%lld\"",
           (double)(ended.wall - began.wall) / 1e9,
           (double)(ended.cpu - began.cpu) / 1e9, (long long)g.orders,
           g.report.n, (long long)g.report.sales);
    put_list("r", g.report.hist_r, RFM_BANDS);
    put_list("f", g.report.hist_f, RFM_BANDS);
    put_list("m", g.report.hist_m, RFM_BANDS);
    put_groups("classes", g.report.classes, COUNT_OF(g.report.classes));
    put_groups("tiers", g.report.tiers, TIER_COUNT);
    printf("}\n");
}

/* --- one order ----------------------------------------------------------- */

struct one {
    int64_t order, customer;
    int32_t day;
    int64_t scored, counted; /* ns */
    int64_t cpu;             /* of scored */
};

SQL(Q_SELL,
    "INSERT INTO \"order\" (created_at, updated_at, customer_id, number,"
    " number_fold, number_sort, ordered_on, amount, base_amount, sales) VALUES"
    " ($1, $1, $2, $3, $3, $3, $4, $5, $5, $6) RETURNING id");
SQL(Q_TELL, "INSERT INTO change_log (entity, record_id, rev, op, at) VALUES"
            " ('order', $1, 1, 'create', $2)");

/* As a saved order does it: its row, its place in the change log, the
 * customer's statistics, his scores. The last of these is timed. */
static enum err sell(struct ctx *c, void *arg) {
    struct one *o = arg;
    struct str number = str_fmt(c->arena, "n%lld-%lld", (long long)c->now_ms,
                                (long long)o->order);
    int64_t id, minor = 100 * (1 + o->order % 900);
    const int64_t day = o->day;
    const struct stats_days on = {&day, 1};
    TRY(db_i64(c, &Q_SELL,
               ARGS(V(c->now_ms), V(o->customer), V(number), V(o->day),
                    V(minor), V(minor * 10000)),
               0, &id));
    TRY(db_exec(c, &Q_TELL, ARGS(V(id), V(c->now_ms)), NULL));
    int64_t began = ns_of(CLOCK_MONOTONIC);
    TRY(stats_orders(c, o->customer, &on));
    int64_t counted = ns_of(CLOCK_MONOTONIC);
    int64_t cpu = ns_of(CLOCK_THREAD_CPUTIME_ID);
    TRY(grade_rescore(c, o->customer));
    o->cpu = ns_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
    o->counted = counted - began;
    o->scored = ns_of(CLOCK_MONOTONIC) - counted;
    return OK;
}

static int rising(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static void put_times(const char *key, int64_t *ns, size_t n) {
    qsort(ns, n, sizeof *ns, rising);
    printf(",\"%s\":{\"median_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f}", key,
           (double)ns[n / 2] / 1e3, (double)ns[n * 9 / 10] / 1e3,
           (double)ns[n * 99 / 100] / 1e3);
}

static void rescore(struct ctx *c, size_t n) {
    struct value_check check;
    struct grade_result done;
    int64_t *scored = NEW_ARRAY(c->arena, int64_t, n + 1);
    int64_t *cpu = NEW_ARRAY(c->arena, int64_t, n + 1);
    int64_t *counted = NEW_ARRAY(c->arena, int64_t, n + 1);
    uint64_t state = 1;
    if (grade_run(c, &done) != OK)
        die("grading failed");
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, (size_t)done.customers + 1);
    size_t n_ids = value_check_ids(c, ids, (size_t)done.customers);
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        struct one o = {.order = (int64_t)i,
                        .customer = ids[(state >> 33) % n_ids],
                        .day = done.as_of};
        struct arena *outer = c->arena;
        c->arena = arena_new();
        if (store_write(c, LANE_INTERACTIVE, sell, &o) != OK)
            die("an order failed");
        arena_free(c->arena);
        c->arena = outer;
        scored[i] = o.scored;
        counted[i] = o.counted;
        cpu[i] = o.cpu;
    }
    value_check(c, &check);
    printf(
        "{\"orders\":%zu,\"customers\":%lld,\"by_model\":%lld,\"wrong\":%lld",
        n, (long long)check.customers, (long long)check.by_model,
        (long long)check.wrong);
    put_times("scores", scored, n);
    put_times("cpu", cpu, n);
    put_times("statistics", counted, n);
    printf("}\n");
}

static void serve(struct ctx *c, struct str url) {
    char line[LINE];
    struct store *s;
    c->actor = actor_console(c);
    if (app_open(c, url, STORE_WRITE, &s) != OK)
        die("the company can't be opened");
    printf("{\"ready\":true}\n");
    for (fflush(stdout); fgets(line, sizeof line, stdin) != NULL;
         fflush(stdout)) {
        struct arena *outer = c->arena;
        c->arena = arena_new();
        ctx_now(c);
        if (strncmp(line, "rescore ", 8) == 0)
            rescore(c, (size_t)strtoul(line + 8, NULL, 10));
        else
            full(c);
        arena_free(c->arena);
        c->arena = outer;
    }
    store_close(s);
}

int main(int argc, char **argv) {
    struct str url = {0};
    const char *orders = NULL;
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--db") == 0)
            url = str_of(argv[i + 1]);
        else if (strcmp(argv[i], "--orders") == 0)
            orders = argv[i + 1];
    }
    bool filling = argc > 1 && strcmp(argv[1], "fill") == 0;
    if (sodium_init() < 0 || url.n == 0 || (filling && orders == NULL)) {
        fprintf(stderr, "usage: value fill|serve --db URL [--orders FILE]\n");
        return 2;
    }
    struct arena *a = arena_new();
    struct ctx c;
    ctx_init(&c, a);
    if (filling)
        fill(a, url, orders);
    else
        serve(&c, url);
    arena_free(a);
    return 0;
}
