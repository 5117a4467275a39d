/* Users of bench/million: teams of ten, a hundred of them below one root, the
 * others below another, and the four who sign in. Owns nothing; one thread. */
#include "million.h"

#include "base/buf.h"

#include <stdio.h>

#define PER_USER 300
#define TEAM 10
#define TREE_TEAMS 100
#define LEAST_USERS 1200

/* Everything a salesperson works with, at one level. */
static struct str grants(struct gen *g, const char *level, bool pool) {
    static const char *const of[] = {
        "customer", "contact",     "order", "order_line",
        "payment",  "interaction", "task",  "grade_history"};
    struct buf b;
    buf_init(&b, g->c.arena, 4096);
    buf_fmt(&b, "{\"pool\":%s,\"user\":{\"read\":\"all\"}",
            pool ? "true" : "false");
    for (size_t i = 0; i < COUNT_OF(of); i++)
        buf_fmt(&b,
                ",\"%s\":{\"read\":\"%s\",\"create\":\"%s\","
                "\"update\":\"%s\"}",
                of[i], level, level, level);
    buf_byte(&b, '}');
    return buf_view(&b);
}

static void roles(struct gen *g, int64_t first) {
    static const struct str columns[] = {
        S_INIT("id"),  S_INIT("created_at"), S_INIT("updated_at"),
        S_INIT("key"), S_INIT("name"),       S_INIT("grants")};
    static const char *const levels[] = {"tree", "team", "own", "own"};
    static const char *const names[] = {"bench_tree", "bench_team", "bench_own",
                                        "bench_sales"};
    sink_bare(g->out, "role");
    sink_begin(g->out, "role", columns, COUNT_OF(columns));
    for (int i = 0; i < 4; i++)
        sink_row(g->out,
                 (struct val[]){V(first + i), V(1), V(1), V(names[i]),
                                V(names[i]), V(grants(g, levels[i], i == 3))});
    sink_end(g->out);
}

static int64_t root(const struct gen *g, int64_t team) {
    return g->first_team + (team < TREE_TEAMS ? 0 : 1);
}
static int64_t team_id(const struct gen *g, int64_t team) {
    return g->first_team + 2 + team;
}

static void teams(struct gen *g) {
    static const struct str columns[] = {
        S_INIT("id"),   S_INIT("created_at"), S_INIT("updated_at"),
        S_INIT("name"), S_INIT("name_sort"),  S_INIT("parent_id")};
    static const struct str pairs[] = {
        S_INIT("ancestor_id"), S_INIT("descendant_id"), S_INIT("depth")};
    int64_t n = g->users / TEAM;
    sink_bare(g->out, "team");
    sink_begin(g->out, "team", columns, COUNT_OF(columns));
    for (int64_t t = -2; t < n; t++) {
        struct str name = str_fmt(g->c.arena, "bench team %lld", (long long)t);
        sink_row(g->out,
                 (struct val[]){V(team_id(g, t)), V(1), V(1), V(name), V(name),
                                t < 0 ? V_NULL : V(root(g, t))});
    }
    sink_end(g->out);
    sink_bare(g->out, "team_closure");
    sink_begin(g->out, "team_closure", pairs, COUNT_OF(pairs));
    for (int64_t t = -2; t < n; t++) {
        sink_row(g->out,
                 (struct val[]){V(team_id(g, t)), V(team_id(g, t)), V(0)});
        if (t >= 0)
            sink_row(g->out,
                     (struct val[]){V(root(g, t)), V(team_id(g, t)), V(1)});
    }
    sink_end(g->out);
}

/* Roles by place: one head of the tree who owns nothing, one member each of
 * three teams, all others plain. */
static const char *login_of(struct gen *g, int64_t i, int *role) {
    static const char *const special[] = {"bench_tree", "bench_team",
                                          "bench_own", "bench_sales"};
    *role = 2;
    if (i == g->users)
        *role = 0;
    else if (i == 15)
        *role = 1;
    else if (i == 35)
        *role = 3;
    else if (i != 25)
        return str_cstr(g->c.arena,
                        str_fmt(g->c.arena, "bench_%lld", (long long)i));
    return special[*role];
}

static void users(struct gen *g, int64_t first_role) {
    static const struct str columns[] = {
        S_INIT("id"),        S_INIT("created_at"), S_INIT("updated_at"),
        S_INIT("login"),     S_INIT("login_fold"), S_INIT("name"),
        S_INIT("name_fold"), S_INIT("name_sort"),  S_INIT("role_id"),
        S_INIT("team_id")};
    fprintf(stderr, "user: %lld\n", (long long)g->users + 1);
    sink_bare(g->out, "user");
    sink_begin(g->out, "user", columns, COUNT_OF(columns));
    for (int64_t i = 0; i <= g->users; i++) {
        int role;
        struct str login = str_of(login_of(g, i, &role));
        int64_t team = i == g->users ? g->first_team : team_id(g, i / TEAM);
        sink_row(g->out,
                 (struct val[]){V(g->first_user + i), V(1), V(1), V(login),
                                V(login), V(login), V(login), V(login),
                                V(first_role + role), V(team)});
    }
    sink_end(g->out);
}

void organization(struct gen *g) {
    int64_t first_role = 1 + sink_number(g->out, "SELECT max(id) FROM role");
    g->first_user = 1 + sink_number(g->out, "SELECT max(id) FROM \"user\"");
    g->first_team = 1 + sink_number(g->out, "SELECT max(id) FROM team");
    g->users = g->customers / PER_USER;
    if (g->users < LEAST_USERS)
        g->users = LEAST_USERS;
    g->users -= g->users % TEAM;
    roles(g, first_role);
    teams(g);
    users(g, first_role);
}
