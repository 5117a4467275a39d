/* A company of any size in minutes: customers with everything the product
 * keeps beside them, orders with lines, interactions, tasks, users and teams.
 *
 *     million --db URL [--customers N]
 *
 * The database is one of `guanxi init`. Three orders and ten lines a customer;
 * a user has about 300 customers; users sit in teams of ten, a hundred of them
 * below team 1 (a tree of 1,000). Signing in are bench_tree, bench_team,
 * bench_own and bench_sales. Columns, sort keys, tokens and statistics come
 * from the product's own code, so `guanxi doctor` finds nothing wrong.
 * The same rows on every machine. */
#include "million.h"
#include "app/hooks.h"
#include "base/die.h"
#include "base/num.h"
#include "store/actor.h"
#include "store/derived.h"
#include "store/record_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000
#define FIRST_DAY 18993 /* 2022-01-01 */
#define DAYS 1500
#define ORDERS 3 /* a customer */
#define PRODUCTS 2000
#define POOL_EACH 50 /* one customer in so many has no owner */

/* splitmix64: the same numbers for the same row, whatever was made before. */
static uint64_t mix(uint64_t seed, int64_t row) {
    uint64_t z = seed * 0x9e3779b97f4a7c15u + (uint64_t)row;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int64_t pick(uint64_t seed, int64_t row, int64_t n) {
    return (int64_t)(mix(seed, row) % (uint64_t)n);
}

/* --- customers ------------------------------------------------------------ */

static const char *const cities[] = {"上海", "北京", "广州", "深圳", "杭州",
                                     "南京", "苏州", "成都", "武汉", "西安",
                                     "长沙", "天津", "青岛", "宁波", "厦门",
                                     "郑州", "合肥", "福州", "济南", "大连"};
static const char *const firsts[] = {"华", "鑫", "宏", "泰", "恒", "瑞", "盛",
                                     "达", "兴", "隆", "天", "海", "金", "永",
                                     "安", "和", "顺", "源", "丰", "祥"};
static const char *const seconds[] = {"联", "诚", "信", "邦", "通", "凯",
                                      "博", "润", "辉", "腾", "创", "源",
                                      "科", "瑞", "嘉", "利", "德", "美"};
static const char *const trades[] = {"机械设备", "电子科技", "贸易", "物流",
                                     "医药",     "食品",     "服装", "建材",
                                     "化工",     "软件"};
static const char *const sources[] = {"referral", "website", "exhibition", NULL,
                                      NULL};
#define ONE_OF(list, seed, i) list[pick(seed, i, (int64_t)COUNT_OF(list))]

static int64_t owner_of(const struct gen *g, int64_t i) {
    if (i % POOL_EACH == 7)
        return 0;
    return g->first_user + pick(1, i, g->users);
}

static int64_t created_ms(int64_t i, int64_t n) {
    return ((int64_t)FIRST_DAY * DAY_MS) + i * (DAYS * (int64_t)DAY_MS / n);
}

static void set_text(struct record *r, struct str field, const char *text) {
    record_set(r, field, text == NULL ? V_NULL : V(text));
}

/* Customer i, from 1. Only what it sets is given a column. */
static struct record *customer(struct gen *g, int64_t i) {
    struct ctx *c = &g->c;
    struct arena *a = c->arena;
    struct record *r = record_new(c, registry_find(c->registry, S("customer")));
    const char *city = ONE_OF(cities, 2, i);
    int64_t at = created_ms(i, g->customers), owner = owner_of(g, i);
    record_set(r, S("id"), V(i));
    record_set(r, S("rev"), V(1));
    record_set(r, S("created_at"), V(at));
    record_set(r, S("updated_at"), V(at + pick(3, i, 300) * DAY_MS));
    record_set(r, S("owner_id"), owner == 0 ? V_NULL : V(owner));
    set_text(r, S("kind"), "organization");
    record_set(
        r, S("name"),
        V(str_fmt(a, "%s%s%s%s有限公司%lld", city, ONE_OF(firsts, 4, i),
                  ONE_OF(seconds, 5, i), ONE_OF(trades, 6, i), (long long)i)));
    record_set(r, S("code"), V(str_fmt(a, "K%07lld", (long long)i)));
    record_set(r, S("phone"),
               V(str_fmt(a, "13%09lld", (long long)pick(7, i, 1000000000))));
    record_set(r, S("email"),
               i % 3 == 0 ? V_NULL
                          : V(str_fmt(a, "c%lld@example.com", (long long)i)));
    set_text(r, S("country"), "CN");
    set_text(r, S("city"), city);
    record_set(r, S("address"),
               V(str_fmt(a, "人民路%lld号", (long long)pick(8, i, 999))));
    set_text(r, S("source_channel"), ONE_OF(sources, 9, i));
    record_set(r, S("note"),
               V(str_fmt(a, "第%lld批导入", (long long)pick(10, i, 90))));
    if (record_fill_defaults(c, r) != OK)
        die("defaults");
    return r;
}

struct columns {
    VEC(struct str) names;
    VEC(struct val) values;
};

/* What the record sets, and what is derived of it. */
static void columns_of(struct gen *g, const struct record *r,
                       struct columns *out) {
    *out = (struct columns){0};
    for (size_t k = 0; k < r->info->e->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        if (!r->has[k] && r->v[k].type == VAL_NULL)
            continue;
        *VEC_PUSH(g->c.arena, &out->names) = f->name;
        *VEC_PUSH(g->c.arena, &out->values) = r->v[k];
        struct derived d[3];
        size_t n = derived_columns(&g->c, f, r->v[k], d);
        for (size_t x = 0; x < n; x++) {
            *VEC_PUSH(g->c.arena, &out->names) = d[x].column;
            *VEC_PUSH(g->c.arena, &out->values) = d[x].value;
        }
    }
}

typedef struct record *(*maker)(struct gen *g, int64_t i);

static void say(const char *what, int64_t n) {
    fprintf(stderr, "%s: %lld\n", what, (long long)n);
}

/* All rows of an entity made as records, from 1, then its search index. */
static void records(struct gen *g, const char *entity, maker make, int64_t n) {
    struct columns cols;
    struct arena *outer = g->c.arena;
    say(entity, n);
    sink_bare(g->out, entity);
    columns_of(g, make(g, 1), &cols);
    sink_begin(g->out, entity, cols.names.p, cols.names.n);
    g->c.arena = g->row;
    for (int64_t i = 1; i <= n; i++) {
        columns_of(g, make(g, i), &cols);
        sink_row(g->out, cols.values.p);
        arena_reset(g->row);
    }
    sink_end(g->out);
    if (entity_is_searched(registry_find(g->c.registry, str_of(entity))->e)) {
        sink_begin_search(g->out, entity);
        for (int64_t i = 1; i <= n; i++) {
            const struct str *t;
            size_t n_tokens;
            derived_tokens(&g->c, make(g, i), &t, &n_tokens);
            sink_tokens(g->out, i, t, n_tokens);
            arena_reset(g->row);
        }
        sink_end_search(g->out, entity);
    }
    g->c.arena = outer;
}

/* Primary phones and addresses, as store_points keeps them. */
static void points(struct gen *g) {
    static const struct str columns[] = {
        S_INIT("entity"), S_INIT("record_id"), S_INIT("kind"),
        S_INIT("value"),  S_INIT("digits"),    S_INIT("is_primary")};
    static const struct str kinds[] = {S_INIT("phone"), S_INIT("email")};
    struct arena *outer = g->c.arena;
    sink_bare(g->out, "contact_point");
    sink_begin(g->out, "contact_point", columns, COUNT_OF(columns));
    g->c.arena = g->row;
    for (int64_t i = 1; i <= g->customers; i++) {
        struct record *r = customer(g, i);
        for (size_t k = 0; k < COUNT_OF(kinds); k++) {
            struct val v = record_get(r, kinds[k]);
            if (v.type == VAL_STR)
                sink_row(g->out,
                         (struct val[]){V("customer"), V(i), V(kinds[k]), v,
                                        k == 0 ? v : V_NULL, V(1)});
        }
        arena_reset(g->row);
    }
    sink_end(g->out);
    g->c.arena = outer;
}

/* --- orders, products, contacts ----------------------------------------- */

/* A few buy much: the square of a uniform number. */
static int64_t buyer(const struct gen *g, uint64_t seed, int64_t i) {
    double u = (double)(mix(seed, i) >> 11) / 9007199254740992.0;
    int64_t k = (int64_t)(u * u * (double)g->customers);
    return 1 + (int64_t)(((uint64_t)k * 7919u) % (uint64_t)g->customers);
}

static int lines_of(int64_t order) {
    return order % 3 == 0 ? 4 : 3;
}
static int64_t quantity(int64_t line) {
    return 1000 * (1 + pick(21, line, 20));
}
static int64_t price(int64_t line) {
    return 10000 * (100 + pick(22, line, 90000));
}
static int64_t amount(int64_t line) {
    return quantity(line) / 1000 * price(line);
}
static int64_t line_id(int64_t order, int place) {
    return (order - 1) * 3 + (order - 1) / 3 + place + 1;
}
static int32_t order_day(const struct gen *g, int64_t i) {
    return FIRST_DAY + (int32_t)(i * DAYS / (g->customers * ORDERS + 1));
}

static struct record *order(struct gen *g, int64_t i) {
    struct ctx *c = &g->c;
    struct record *r = record_new(c, registry_find(c->registry, S("order")));
    int64_t sales = 0, day = order_day(g, i);
    for (int k = 0; k < lines_of(i); k++)
        sales += amount(line_id(i, k));
    record_set(r, S("id"), V(i));
    record_set(r, S("rev"), V(1));
    record_set(r, S("created_at"), V(day * DAY_MS));
    record_set(r, S("updated_at"), V(day * DAY_MS));
    record_set(r, S("customer_id"), V(buyer(g, 11, i)));
    record_set(r, S("number"), V(str_fmt(c->arena, "SO%08lld", (long long)i)));
    set_text(r, S("kind"), "sale");
    set_text(r, S("status"), i % 9 == 0 ? "completed" : "confirmed");
    record_set(r, S("ordered_on"), V(day));
    set_text(r, S("currency"), "CNY");
    record_set(r, S("rate"), V(1000000000));
    record_set(r, S("amount"), V(sales / 10000));
    record_set(r, S("base_amount"), V(sales / 10000));
    record_set(r, S("sales"), V(sales));
    record_set(r, S("returned"), V(0));
    return r;
}

static struct record *product(struct gen *g, int64_t i) {
    struct ctx *c = &g->c;
    struct record *r = record_new(c, registry_find(c->registry, S("product")));
    record_set(r, S("id"), V(i));
    record_set(r, S("rev"), V(1));
    record_set(r, S("created_at"), V((int64_t)FIRST_DAY * DAY_MS));
    record_set(r, S("updated_at"), V((int64_t)FIRST_DAY * DAY_MS));
    record_set(r, S("code"), V(str_fmt(c->arena, "P%05lld", (long long)i)));
    record_set(r, S("name"),
               V(str_fmt(c->arena, "%s产品%lld", ONE_OF(trades, 23, i),
                         (long long)i)));
    record_set(r, S("price"), V(price(i) / 10000));
    if (record_fill_defaults(c, r) != OK)
        die("defaults");
    return r;
}

static struct record *contact(struct gen *g, int64_t i) {
    struct ctx *c = &g->c;
    struct record *r = record_new(c, registry_find(c->registry, S("contact")));
    int64_t at = created_ms(i, g->customers / 5 + 1);
    record_set(r, S("id"), V(i));
    record_set(r, S("rev"), V(1));
    record_set(r, S("created_at"), V(at));
    record_set(r, S("updated_at"), V(at));
    record_set(r, S("customer_id"), V(1 + pick(12, i, g->customers)));
    record_set(r, S("name"),
               V(str_fmt(c->arena, "王%s%s", ONE_OF(firsts, 13, i),
                         ONE_OF(seconds, 14, i))));
    if (record_fill_defaults(c, r) != OK)
        die("defaults");
    return r;
}

static void order_lines(struct gen *g) {
    static const struct str columns[] = {
        S_INIT("id"),           S_INIT("created_at"), S_INIT("updated_at"),
        S_INIT("order_id"),     S_INIT("position"),   S_INIT("product_id"),
        S_INIT("product_name"), S_INIT("quantity"),   S_INIT("unit_price"),
        S_INIT("amount")};
    int64_t orders = g->customers * ORDERS;
    say("order_line", line_id(orders + 1, 0) - 1);
    sink_bare(g->out, "order_line");
    sink_begin(g->out, "order_line", columns, COUNT_OF(columns));
    for (int64_t i = 1; i <= orders; i++) {
        struct figures *f = &g->figures[buyer(g, 11, i)];
        int32_t day = order_day(g, i);
        f->orders++;
        f->days += f->last != day;
        f->first = f->first == 0 ? day : f->first;
        f->last = day;
        for (int k = 0; k < lines_of(i); k++) {
            int64_t id = line_id(i, k), what = 1 + pick(24, id, PRODUCTS);
            f->sales += amount(id);
            f->first_sales += day == f->first ? amount(id) : 0;
            sink_row(g->out, (struct val[]){
                                 V(id), V(day * (int64_t)DAY_MS),
                                 V(day * (int64_t)DAY_MS), V(i), V(k + 1),
                                 V(what), V(ONE_OF(trades, 23, what)),
                                 V(quantity(id)), V(price(id)), V(amount(id))});
        }
    }
    sink_end(g->out);
}

static void interactions(struct gen *g) {
    static const struct str columns[] = {
        S_INIT("id"),          S_INIT("created_at"),  S_INIT("updated_at"),
        S_INIT("customer_id"), S_INIT("happened_at"), S_INIT("content"),
        S_INIT("next_on")};
    say("interaction", g->customers);
    sink_bare(g->out, "interaction");
    sink_begin(g->out, "interaction", columns, COUNT_OF(columns));
    for (int64_t i = 1; i <= g->customers; i++) {
        int64_t who = buyer(g, 15, i), at = created_ms(i, g->customers);
        struct figures *f = &g->figures[who];
        int32_t next = i % 4 == 0 ? (int32_t)(at / DAY_MS) + 30 : 0;
        f->contacts++;
        f->last_contact = at;
        f->next = next > f->next ? next : f->next;
        sink_row(g->out, (struct val[]){V(i), V(at), V(at), V(who), V(at),
                                        V("电话沟通，客户希望下周报价"),
                                        next == 0 ? V_NULL : V(next)});
    }
    sink_end(g->out);
}

static void tasks(struct gen *g) {
    static const struct str columns[] = {
        S_INIT("id"),          S_INIT("created_at"), S_INIT("updated_at"),
        S_INIT("owner_id"),    S_INIT("title"),      S_INIT("title_fold"),
        S_INIT("customer_id"), S_INIT("due_on")};
    int64_t n = g->customers / 10;
    say("task", n);
    sink_bare(g->out, "task");
    sink_begin(g->out, "task", columns, COUNT_OF(columns));
    for (int64_t i = 1; i <= n; i++) {
        int64_t at = created_ms(i, n);
        sink_row(g->out,
                 (struct val[]){V(i), V(at), V(at),
                                V(g->first_user + pick(16, i, g->users)),
                                V("回访"), V("回访"),
                                V(1 + pick(17, i, g->customers)),
                                V(at / DAY_MS + 7)});
    }
    sink_end(g->out);
}

static void statistics(struct gen *g) {
    static const struct str columns[] = {S_INIT("id"),
                                         S_INIT("sales"),
                                         S_INIT("orders"),
                                         S_INIT("first_order_on"),
                                         S_INIT("last_order_on"),
                                         S_INIT("interactions"),
                                         S_INIT("last_contact_at"),
                                         S_INIT("next_contact_on"),
                                         S_INIT("purchase_days"),
                                         S_INIT("first_day_sales")};
    sink_bare(g->out, "customer_stats");
    sink_begin(g->out, "customer_stats", columns, COUNT_OF(columns));
    for (int64_t i = 1; i <= g->customers; i++) {
        const struct figures *f = &g->figures[i];
        sink_row(g->out, (struct val[]){
                             V(i), V(f->sales), V(f->orders),
                             f->first == 0 ? V_NULL : V(f->first),
                             f->last == 0 ? V_NULL : V(f->last), V(f->contacts),
                             f->last_contact == 0 ? V_NULL : V(f->last_contact),
                             f->next == 0 ? V_NULL : V(f->next), V(f->days),
                             V(f->first_sales)});
    }
    sink_end(g->out);
}

static void fill(struct gen *g) {
    if (sink_number(g->out, "SELECT count(*) FROM customer") > 0)
        die("there are customers already");
    organization(g);
    records(g, "customer", customer, g->customers);
    points(g);
    records(g, "product", product, PRODUCTS);
    records(g, "contact", contact, g->customers / 5);
    records(g, "order", order, g->customers * ORDERS);
    order_lines(g);
    interactions(g);
    tasks(g);
    statistics(g);
    say("indexes", 0);
    sink_close(g->out);
}

int main(int argc, char **argv) {
    struct gen g = {.customers = 1000000};
    struct str url = {0};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--db") == 0)
            url = str_of(argv[i + 1]);
        else if (strcmp(argv[i], "--customers") == 0)
            g.customers = strtoll(argv[i + 1], NULL, 10);
    }
    if (url.n == 0 || g.customers < 1000) {
        fprintf(stderr, "usage: million --db URL [--customers N]\n");
        return 2;
    }
    struct arena *a = arena_new();
    ctx_init(&g.c, a);
    g.row = arena_new();
    g.c.registry = registry_new(a, &builtin_model, &app_hooks);
    g.c.actor = actor_console(&g.c);
    g.figures = NEW_ARRAY(a, struct figures, (size_t)g.customers + 1);
    g.out = sink_open(a, url);
    fill(&g);
    arena_free(g.row);
    arena_free(a);
    return 0;
}
