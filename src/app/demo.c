/* The demonstration company: settings, people, products, then its customers,
 * a few in each transaction. Owns nothing. */
#include "app/demo.h"

#include "app/company.h"
#include "app/demo_internal.h"
#include "app/grade.h"
#include "app/ladder.h"
#include "app/loss_find.h"
#include "app/password.h"
#include "app/settings.h"
#include "app/users.h"
#include "base/die.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/store.h"
#include "store/user.h"

#include <math.h>

#define ORDERS_PER_CUSTOMER 6.7 /* about 2,000 for 300 */
#define BATCH 10
#define COMPANY_NAME "云栖办公服务有限公司"

struct record *demo_record(struct ctx *c, const char *entity) {
    const struct entity_info *i = registry_find(c->registry, str_of(entity));
    if (i == NULL)
        die("the model has no %s", entity);
    return record_new(c, i);
}

/* --- people and products ------------------------------------------------- */

enum { TEAM_SALES, TEAM_EAST, TEAM_SOUTH, TEAM_SERVICE, TEAMS, NO_TEAM = -1 };
static const struct {
    struct str name;
    int parent;
} teams[TEAMS] = {
    [TEAM_SALES] = {S_INIT("销售部"), NO_TEAM},
    [TEAM_EAST] = {S_INIT("华东组"), TEAM_SALES},
    [TEAM_SOUTH] = {S_INIT("华南组"), TEAM_SALES},
    [TEAM_SERVICE] = {S_INIT("客服部"), NO_TEAM},
};

enum { USER_ADMIN, USER_MANAGER, USER_EAST, USER_SOUTH, USER_SERVICE, USERS };
static const struct {
    struct str login, name, role;
    int team;
} users[USERS] = {
    [USER_ADMIN] = {S_INIT(DEMO_ADMIN), S_INIT("王建国"), S_INIT("admin"),
                    NO_TEAM},
    [USER_MANAGER] = {S_INIT("chenjing"), S_INIT("陈静"), S_INIT("manager"),
                      TEAM_SALES},
    [USER_EAST] = {S_INIT("liwei"), S_INIT("李伟"), S_INIT("sales"), TEAM_EAST},
    [USER_SOUTH] = {S_INIT("zhangmin"), S_INIT("张敏"), S_INIT("sales"),
                    TEAM_SOUTH},
    [USER_SERVICE] = {S_INIT("zhaolei"), S_INIT("赵磊"), S_INIT("service"),
                      TEAM_SERVICE},
};

struct frame {
    struct demo_company company;
    struct str hashes[USERS];
};

static enum err make_settings(struct ctx *c) {
    bool any;
    TRY(user_any(c, &any));
    if (any)
        return fail(c, ERR_CONFLICT, "", "setup_done");
    TRY(settings_set(c, SETTING_COMPANY_DEMO, S("1")));
    TRY(settings_set(c, SETTING_COMPANY_NAME, S(COMPANY_NAME)));
    TRY(settings_set(c, SETTING_COST_VISIT, S("1800")));
    TRY(settings_set(c, SETTING_COST_CALL, S("60")));
    TRY(settings_set(c, SETTING_COST_COMPLAINT, S("800")));
    TRY(settings_set(c, SETTING_COST_RETURN, S("300")));
    return company_seed(c);
}

static enum err make_teams(struct ctx *c, int64_t ids[TEAMS]) {
    for (int i = 0; i < TEAMS; i++) {
        struct record *r = demo_record(c, "team");
        record_set(r, S("name"), V(teams[i].name));
        if (teams[i].parent != NO_TEAM)
            record_set(r, S("parent_id"), V(ids[teams[i].parent]));
        TRY(record_create(c, r));
        ids[i] = record_id(r);
    }
    return OK;
}

static enum err make_users(struct ctx *c, const struct str hashes[USERS],
                           const int64_t team_ids[TEAMS], int64_t ids[USERS]) {
    for (int i = 0; i < USERS; i++) {
        struct user_new u = {
            .login = users[i].login,
            .name = users[i].name,
            .password_hash = hashes[i],
            .role_key = users[i].role,
            .team_id = users[i].team == NO_TEAM ? 0 : team_ids[users[i].team],
            .language = S("zh"),
        };
        TRY(user_add(c, &u, &ids[i]));
    }
    return OK;
}

static enum err make_products(struct ctx *c, int64_t *ids) {
    for (size_t i = 0; i < demo_product_count; i++) {
        const struct demo_product *p = &demo_products[i];
        struct record *r = demo_record(c, "product");
        record_set(r, S("code"), V(p->code));
        record_set(r, S("name"), V(p->name));
        record_set(r, S("unit"), V(p->unit));
        record_set(r, S("price"), V(p->price * 10000));
        record_set(r, S("cost"), V(p->cost * 10000));
        record_set(r, S("category"), V(p->category));
        record_set(r, S("kind"), V(p->kind));
        TRY(record_create(c, r));
        ids[i] = record_id(r);
    }
    return OK;
}

static enum err make_frame(struct ctx *c, void *arg) {
    struct frame *f = arg;
    int64_t team_ids[TEAMS], user_ids[USERS];
    TRY(make_settings(c));
    TRY(make_teams(c, team_ids));
    TRY(make_users(c, f->hashes, team_ids, user_ids));
    TRY(make_products(c, f->company.products));
    f->company.sellers[0] = user_ids[USER_EAST];
    f->company.sellers[1] = user_ids[USER_SOUTH];
    f->company.service = user_ids[USER_SERVICE];
    return OK;
}

static enum err hash_all(struct ctx *c, struct str hashes[USERS]) {
    struct password_gate *gate = password_gate_new();
    enum err e = OK;
    for (int i = 0; i < USERS && e == OK; i++)
        e = password_hash(c, gate, S(DEMO_PASSWORD), &hashes[i]);
    password_gate_free(gate);
    return e;
}

/* --- customers ----------------------------------------------------------- */

struct batch {
    struct demo_customer *p;
    size_t n;
    int64_t first; /* id of the first customer made */
};

static enum err make_batch(struct ctx *c, void *arg) {
    struct batch *b = arg;
    for (size_t i = 0; i < b->n; i++) {
        int64_t id;
        TRY(demo_customer_make(c, &b->p[i], &id));
        b->first = i == 0 ? id : b->first;
    }
    return OK;
}

/* Zipf-like: a few buy often and much, most seldom and little, one in eight
 * has not bought yet. Ranks are spread over the numbers, so that the list by
 * number does not begin with the largest. */
static void plan(struct demo_customer *p, size_t n,
                 const struct demo_company *company) {
    double weights = 0, orders = ORDERS_PER_CUSTOMER * (double)n;
    size_t buyers = n - n / 8;
    size_t stride = n % 7 != 0 ? 7 : n % 11 != 0 ? 11 : 13; /* no divisor */
    for (size_t i = 0; i < buyers; i++)
        weights += pow((double)i + 3, -0.75);
    for (size_t i = 0; i < n; i++) {
        size_t rank = i * stride % n;
        double w = pow((double)rank + 3, -0.75) / weights;
        double share = (double)(rank + 1) / (double)n;
        p[i] = (struct demo_customer){
            .company = company,
            .number = i,
            .rank = rank,
            .orders = rank < buyers ? (int64_t)ceil(w * orders) : 0,
            .size_percent = (int64_t)(40 + 60 * pow(share, -0.45)),
        };
    }
}

static void free_arena(void *arg) {
    arena_free(arg);
}

static enum err make_customers(struct ctx *c, struct demo_company *company,
                               const struct demo_options *o) {
    size_t n = (size_t)o->customers;
    struct demo_customer *p = NEW_ARRAY(c->arena, struct demo_customer, n);
    struct arena *outer = c->arena, *own = arena_new();
    enum err e = OK;
    plan(p, n, company);
    for (size_t i = 0; i < n && e == OK; i += BATCH) {
        struct batch b = {p + i, n - i < BATCH ? n - i : BATCH, 0};
        c->arena = own;
        e = store_write(c, LANE_JOB, make_batch, &b);
        c->arena = outer;
        company->referrer = b.first;
        if (e == OK)
            arena_reset(own);
        if (o->progress != NULL)
            o->progress(o->arg, (int64_t)(i + b.n), o->customers);
    }
    /* Problems noted on failure live in c->problems, which may point into the
     * batch's arena: it is freed with the outer one. */
    arena_defer(outer, free_arena, own);
    return e;
}

enum err demo_make(struct ctx *c, const struct demo_options *o) {
    struct frame f = {
        .company = {.products =
                        NEW_ARRAY(c->arena, int64_t, demo_product_count),
                    .today = zone_day(c->zone, c->now_ms),
                    .now_ms = c->now_ms},
    };
    struct grade_result grades;
    struct loss_found losses;
    int64_t moved;
    if (c->actor == NULL || !c->actor->console)
        die("demonstration data are made by the console only");
    TRY(hash_all(c, f.hashes));
    TRY(store_write(c, LANE_INTERACTIVE, make_frame, &f));
    TRY(make_customers(c, &f.company, o));
    TRY(grade_run(c, &grades));
    TRY(ladder_run(c, &moved));
    return loss_find(c, &losses);
}
