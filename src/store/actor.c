/* Users, their roles and teams as the scope builder needs them. Owns nothing:
 * an actor lives in the arena it was made in and never changes. */
#include "store/actor.h"

#include "base/json.h"
#include "db/db.h"
#include "store/registry.h"
#include "store/rights.h"
#include "store/user.h"

#include <string.h>

static const struct str action_names[ACT_COUNT] = {
    [ACT_READ] = S_INIT("read"),     [ACT_CREATE] = S_INIT("create"),
    [ACT_UPDATE] = S_INIT("update"), [ACT_DELETE] = S_INIT("delete"),
    [ACT_EXPORT] = S_INIT("export"),
};
static const struct str level_names[] = {
    [LEVEL_NONE] = S_INIT("none"), [LEVEL_OWN] = S_INIT("own"),
    [LEVEL_TEAM] = S_INIT("team"), [LEVEL_TREE] = S_INIT("tree"),
    [LEVEL_ALL] = S_INIT("all"),
};

SQL(Q_USER, "SELECT u.login, u.name, u.language, u.role_id, u.team_id,"
            " r.key, r.name, r.name_en, r.grants, u.clearance,"
            " CASE WHEN r.two_factor = 1 AND NOT EXISTS (SELECT 1"
            " FROM two_factor f WHERE f.user_id = u.id"
            " AND f.confirmed_at IS NOT NULL) THEN 1 ELSE 0 END"
            " FROM \"user\" u JOIN role r ON r.id = u.role_id"
            " WHERE u.id = $1 AND u.active = 1 AND u.deleted_at IS NULL");
SQL(Q_TEAM_USERS, "SELECT id FROM \"user\" WHERE team_id = $1 AND id <> $2");
SQL(Q_TREE_USERS, "SELECT u.id FROM team_closure tc JOIN \"user\" u"
                  " ON u.team_id = tc.descendant_id WHERE tc.ancestor_id = $1 "
                  "AND u.id <> $2");

SQL(Q_TEAMS, "SELECT ancestor_id FROM team_closure WHERE descendant_id = $1"
             " ORDER BY ancestor_id");

SQL(Q_ROLE, "SELECT id, key, name, name_en, grants FROM role"
            " WHERE (key = $1 OR CAST(id AS TEXT) = $1)"
            " AND deleted_at IS NULL");
/* Records above a clearance, in the bin or not. */
SQL(Q_ABOVE, "SELECT CASE WHEN"
             " EXISTS (SELECT 1 FROM customer WHERE secrecy IN ($1, $2, $3)) OR"
             " EXISTS (SELECT 1 FROM contact WHERE secrecy IN ($1, $2, $3))"
             " THEN 1 ELSE 0 END");

const char *action_name(enum action a) {
    return action_names[a].p;
}

const char *level_name(enum level l) {
    return level_names[l].p;
}

bool level_parse(struct str s, enum level *out) {
    for (size_t i = 0; i < COUNT_OF(level_names); i++) {
        if (str_eq(s, level_names[i])) {
            *out = (enum level)i;
            return true;
        }
    }
    return false;
}

/* One {"read":"all",…} into the row of an entity; what is not readable gives
 * no right (roles are checked when they are saved). */
static void read_levels(const json_t *grant, unsigned char *row) {
    for (int act = 0; act < ACT_COUNT; act++) {
        const json_t *j = json_object_get(grant, action_names[act].p);
        enum level l;
        if (json_is_string(j) && level_parse(json_str(j), &l))
            row[act] = (unsigned char)l;
    }
}

static enum err read_grants(struct ctx *c, struct str text, struct actor *a) {
    const struct model *m = c->registry->model;
    unsigned char *levels = arena_alloc(c->arena, m->n * ACT_COUNT);
    json_t *grants;
    TRY(json_read(c, text, &grants));
    a->admin = json_is_true(json_object_get(grants, "admin"));
    a->pool = json_is_true(json_object_get(grants, "pool"));
    const json_t *any = json_object_get(grants, "*");
    for (size_t i = 0; i < m->n; i++) {
        const char *name = str_cstr(c->arena, m->entities[i].name);
        const json_t *own = json_object_get(grants, name);
        read_levels(own != NULL ? own : any, levels + i * ACT_COUNT);
    }
    a->levels = levels;
    a->unmask = a->admin || json_is_true(json_object_get(grants, "unmask"));
    rights_read(c, grants, a);
    a->view =
        (uint32_t)str_hash(text) ^ (uint32_t)(a->clearance << 3 | a->screened);
    return OK;
}

/* Administrators see every level: they set them. */
static enum err read_clearance(struct ctx *c, struct str word, bool admin,
                               struct actor *a) {
    const struct entity *e = model_entity(c->registry->model, S("user"));
    const struct field *f = entity_field(e, S("clearance"));
    const struct option *o = f == NULL ? NULL : field_option(f, word);
    int64_t above = 0;
    if (f == NULL)
        return OK;
    int top = (int)f->n_options - 1;
    a->clearance = admin ? top : o == NULL ? 0 : (int)(o - f->options);
    if (a->clearance < top) {
        struct val v[3];
        for (int i = 0; i < 3; i++) {
            int k = a->clearance + 1 + i;
            v[i] = V(f->options[k < top ? k : top].value);
        }
        TRY(db_i64(c, &Q_ABOVE, ARGS(v[0], v[1], v[2]), 0, &above));
    }
    a->screened = above != 0;
    return OK;
}

/* The grants and what follows from them. */
static enum err read_role(struct ctx *c, struct str grants,
                          struct str clearance, struct actor *a) {
    json_t *j;
    TRY(json_read(c, grants, &j));
    bool admin = json_is_true(json_object_get(j, "admin"));
    TRY(read_clearance(c, clearance, admin, a));
    return read_grants(c, grants, a);
}

/* Ids of a query, with the actor's own first. */
static enum err read_ids(struct ctx *c, const struct sql *q,
                         const struct actor *a, const int64_t **out,
                         size_t *n) {
    VEC(int64_t) ids = {0};
    *VEC_PUSH(c->arena, &ids) = a->user_id;
    if (a->team_id != 0) {
        struct rows *r;
        bool more;
        TRY(db_query(c, q, ARGS(V(a->team_id), V(a->user_id)), &r));
        for (;;) {
            TRY(rows_next(r, &more));
            if (!more)
                break;
            *VEC_PUSH(c->arena, &ids) = row_i64(r, 0);
        }
    }
    *out = ids.p;
    *n = ids.n;
    return OK;
}

static enum err read_teams(struct ctx *c, struct actor *a) {
    struct rows *r;
    int64_t *ids;
    if (a->team_id == 0)
        return OK;
    TRY(db_query(c, &Q_TEAMS, ARGS(V(a->team_id)), &r));
    TRY(rows_ids(r, &ids, &a->n_teams));
    a->teams = ids;
    return OK;
}

enum err actor_load(struct ctx *c, int64_t user_id, struct actor **out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_USER, ARGS(V(user_id)), &r, &found));
    if (!found)
        return fail(c, ERR_UNAUTHENTICATED, "", "sign_in_required");
    struct actor *a = NEW(c->arena, struct actor);
    a->user_id = user_id;
    a->login = row_str(r, 0);
    a->name = row_str(r, 1);
    a->lang = str_eqc(row_view(r, 2), "en") ? LANG_EN : LANG_ZH;
    a->role_id = row_i64(r, 3);
    a->team_id = row_i64(r, 4);
    a->role_key = row_str(r, 5);
    a->role_name[LANG_ZH] = row_str(r, 6);
    a->role_name[LANG_EN] =
        row_view(r, 7).n > 0 ? row_str(r, 7) : a->role_name[LANG_ZH];
    struct str grants = row_str(r, 8), clearance = row_str(r, 9);
    a->limited = row_i64(r, 10) != 0;
    rows_end(r);
    TRY(read_role(c, grants, clearance, a));
    TRY(read_ids(c, &Q_TEAM_USERS, a, &a->team_users, &a->n_team_users));
    TRY(read_ids(c, &Q_TREE_USERS, a, &a->tree_users, &a->n_tree_users));
    TRY(read_teams(c, a));
    *out = a;
    return OK;
}

enum err actor_as_role(struct ctx *c, struct str role, struct actor **out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_ROLE, ARGS(V(role)), &r, &found));
    if (!found)
        return fail(c, ERR_NOT_FOUND, "view_as", "not_found");
    struct actor *a = NEW(c->arena, struct actor);
    *a = *c->actor;
    a->role_id = row_i64(r, 0);
    a->role_key = row_str(r, 1);
    a->role_name[LANG_ZH] = row_str(r, 2);
    a->role_name[LANG_EN] =
        row_view(r, 3).n > 0 ? row_str(r, 3) : a->role_name[LANG_ZH];
    struct str grants = row_str(r, 4);
    rows_end(r);
    a->admin = a->pool = a->unmask = a->console = false;
    TRY(read_role(c, grants, S(""), a));
    *out = a;
    return OK;
}

static const int64_t *ids_copy(struct arena *a, const int64_t *ids, size_t n) {
    int64_t *copy = NEW_ARRAY(a, int64_t, n);
    if (n > 0)
        memcpy(copy, ids, n * sizeof *copy);
    return copy;
}

struct actor *actor_copy(struct arena *a, const struct actor *from,
                         const struct registry *r) {
    struct actor *to = NEW(a, struct actor);
    *to = *from;
    to->login = str_dup(a, from->login);
    to->name = str_dup(a, from->name);
    to->role_key = str_dup(a, from->role_key);
    for (int i = 0; i < LANG_COUNT; i++)
        to->role_name[i] = str_dup(a, from->role_name[i]);
    if (from->levels != NULL) {
        size_t n = r->model->n * ACT_COUNT;
        to->levels = memcpy(arena_alloc(a, n), from->levels, n);
    }
    if (from->fields != NULL)
        to->fields =
            memcpy(arena_alloc(a, r->n_places), from->fields, r->n_places);
    to->team_users = ids_copy(a, from->team_users, from->n_team_users);
    to->tree_users = ids_copy(a, from->tree_users, from->n_tree_users);
    to->teams = ids_copy(a, from->teams, from->n_teams);
    return to;
}

struct actor *actor_console(struct ctx *c) {
    struct actor *a = NEW(c->arena, struct actor);
    a->login = a->name = a->role_key = S("console");
    a->role_name[LANG_ZH] = S("控制台");
    a->role_name[LANG_EN] = S("Console");
    a->lang = c->lang;
    a->admin = a->console = a->pool = a->unmask = true;
    return a;
}

enum err actor_console_as(struct ctx *c, struct str login) {
    struct user u;
    struct actor *a;
    bool found;
    c->actor = actor_console(c);
    if (login.n == 0)
        return OK;
    TRY(user_by_login(c, login, &u, &found));
    if (!found)
        return failv(c, ERR_INVALID, S("as"), "import_no_user", ARGS(V(login)));
    TRY(actor_load(c, u.id, &a));
    c->actor = a;
    return OK;
}

enum level actor_level(const struct ctx *c, const struct entity *e,
                       enum action act) {
    const struct actor *a = c->actor;
    if (a == NULL)
        return LEVEL_NONE;
    if (a->console)
        return LEVEL_ALL;
    size_t place = (size_t)(e - c->registry->model->entities);
    return (enum level)a->levels[place * ACT_COUNT + (size_t)act];
}
