/* Built-in roles as a const table; rules of roles. Owns nothing. */
#include "app/roles.h"

#include "app/users.h"
#include "base/die.h"
#include "store/actor.h"
#include "store/rights.h"
#include "store/user.h"

#define ALL                                                                    \
    "{\"read\":\"all\",\"create\":\"all\",\"update\":\"all\","                 \
    "\"delete\":\"all\",\"export\":\"all\"}"
#define READ_ALL "{\"read\":\"all\"}"
#define READ_EXPORT "{\"read\":\"all\",\"export\":\"all\"}"
#define LEVEL_SET(l)                                                           \
    "{\"read\":\"" l "\",\"create\":\"" l "\",\"update\":\"" l                 \
    "\",\"delete\":\"" l "\",\"export\":\"" l "\"}"
#define NO_EXPORT(l)                                                           \
    "{\"read\":\"" l "\",\"create\":\"" l "\",\"update\":\"" l                 \
    "\",\"delete\":\"" l "\"}"
#define WRITE_NO_DELETE                                                        \
    "{\"read\":\"all\",\"create\":\"all\",\"update\":\"own\","                 \
    "\"delete\":\"own\"}"
#define MINE                                                                   \
    "{\"read\":\"own\",\"create\":\"own\",\"update\":\"own\","                 \
    "\"delete\":\"own\"}"

/* What everybody who works here must see to work at all. */
#define COMMON                                                                 \
    "\"user\":" READ_ALL ",\"team\":" READ_ALL ",\"role\":" READ_ALL           \
    ",\"currency_rate\":" READ_ALL ",\"saved_view\":" MINE                     \
    ",\"grade_run\":" READ_ALL ",\"grade_policy\":" READ_ALL                   \
    ",\"lifecycle_plan\":" READ_ALL ",\"job\":" MINE
#define OWNED(set)                                                             \
    "\"customer\":" set ",\"contact\":" set ",\"order\":" set                  \
    ",\"order_line\":" set ",\"payment\":" set ",\"interaction\":" set         \
    ",\"task\":" set ",\"cost_entry\":" set ",\"drop_decision\":" set          \
    ",\"loss_account\":" set ",\"win_back_cost\":" set

const struct role_seed role_seeds[] = {
    {S_INIT("admin"), S_INIT("管理员"), S_INIT("Administrator"),
     S_INIT("{\"admin\":true,\"pool\":true,\"*\":" ALL "}")},
    {S_INIT("manager"), S_INIT("销售经理"), S_INIT("Manager"),
     S_INIT("{\"pool\":true," OWNED(LEVEL_SET(
         "tree")) ",\"product\":" ALL
                  ",\"tag\":" NO_EXPORT(
                      "all") ",\"grade_history\":{\"read\":"
                             "\"tree\"},\"ladder_move\":{"
                             "\"read\":\"tree\"},\"import\":" MINE
                             ",\"import_mapping\":" MINE "," COMMON "}")},
    {S_INIT("sales"), S_INIT("销售"), S_INIT("Sales"),
     S_INIT("{\"pool\":true," OWNED(
         LEVEL_SET("own")) ",\"import\":" MINE ",\"product\":" READ_ALL
                           ",\"tag\":{\"read\":\"all\",\"create\":\"all\"}"
                           ",\"grade_history\":{\"read\":\"own\"}"
                           ",\"ladder_move\":{\"read\":\"own\"}," COMMON "}")},
    {S_INIT("service"), S_INIT("客服"), S_INIT("Service"),
     S_INIT("{\"pool\":true,\"customer\":" READ_ALL ",\"contact\":" READ_ALL
            ",\"order\":" READ_ALL ",\"order_line\":" READ_ALL
            ",\"payment\":" READ_ALL ",\"interaction\":" WRITE_NO_DELETE
            ",\"task\":" WRITE_NO_DELETE ",\"cost_entry\":" WRITE_NO_DELETE
            ",\"drop_decision\":" READ_ALL ",\"product\":" READ_ALL
            ",\"tag\":" READ_ALL ",\"grade_history\":" READ_ALL
            ",\"loss_account\":" READ_ALL ",\"win_back_cost\":" READ_ALL
            ",\"ladder_move\":" READ_ALL "," COMMON "}")},
    {S_INIT("analyst"), S_INIT("分析员"), S_INIT("Analyst"),
     S_INIT("{\"pool\":true," OWNED(
         READ_EXPORT) ",\"product\":" READ_EXPORT ",\"tag\":" READ_ALL
                      ",\"grade_history\":" READ_EXPORT
                      ",\"ladder_move\":" READ_EXPORT ",\"user\":" READ_ALL
                      ",\"team\":" READ_ALL ",\"role\":" READ_ALL
                      ",\"currency_rate\":" READ_ALL ",\"saved_view\":" MINE
                      ",\"grade_run\":" READ_ALL ",\"grade_policy\":" READ_ALL
                      ",\"lifecycle_plan\":" READ_ALL ",\"job\":" MINE "}")},
};
const size_t role_seed_count = COUNT_OF(role_seeds);

static const struct entity_info *role_info(const struct ctx *c) {
    const struct entity_info *i = registry_find(c->registry, S("role"));
    if (i == NULL)
        die("the model has no role");
    return i;
}

enum err roles_seed(struct ctx *c) {
    for (size_t i = 0; i < role_seed_count; i++) {
        const struct role_seed *s = &role_seeds[i];
        int64_t id;
        TRY(role_by_key(c, s->key, &id));
        if (id != 0)
            continue;
        struct record *r = record_new(c, role_info(c));
        record_set(r, S("key"), V(s->key));
        record_set(r, S("name"), V(s->zh));
        record_set(r, S("name_en"), V(s->en));
        record_set(r, S("grants"), V(s->grants));
        record_set(r, S("builtin"), V(1));
        TRY(record_create(c, r));
    }
    return OK;
}

static enum err bad_grant(struct ctx *c, const char *where) {
    return failv(c, ERR_INVALID, S("grants"), "grants", ARGS(V(where)));
}

static bool is_action(const char *name) {
    for (int i = 0; i < ACT_COUNT; i++)
        if (str_eqc(str_of(name), action_name((enum action)i)))
            return true;
    return false;
}

static enum err check_levels(struct ctx *c, const char *entity, json_t *set) {
    const char *key;
    json_t *j;
    if (!json_is_object(set))
        return bad_grant(c, entity);
    json_object_foreach(set, key, j) {
        enum level l;
        if (!is_action(key))
            return bad_grant(c, key);
        if (!json_is_string(j) || !level_parse(json_str(j), &l))
            return bad_grant(c, entity);
    }
    return OK;
}

/* {"phone":"masked",…} of one entity. */
static enum err check_field_set(struct ctx *c, const struct entity_info *i,
                                json_t *set) {
    const char *key;
    json_t *j;
    json_object_foreach(set, key, j) {
        const struct field *f = info_field(i, str_of(key));
        unsigned char right;
        bool fixed = f != NULL && (str_eqc(f->name, "id") ||
                                   str_eqc(f->name, "rev") || f->secret);
        if (f == NULL || fixed)
            return failv(c, ERR_INVALID, S("grants"), "grants_field",
                         ARGS(V(i->e->name), V(key)));
        if (!json_is_string(j) || !rights_parse(json_str(j), &right))
            return failv(c, ERR_INVALID, S("grants"), "grants_field_right",
                         ARGS(V(i->e->name), V(key)));
    }
    return OK;
}

/* {"customer":{"phone":"masked",…},…} */
static enum err check_fields(struct ctx *c, json_t *fields) {
    const char *key;
    json_t *set;
    if (!json_is_object(fields))
        return bad_grant(c, "fields");
    json_object_foreach(fields, key, set) {
        const struct entity *e = model_entity(c->registry->model, str_of(key));
        if (e == NULL || !rights_apply(e) || !json_is_object(set))
            return bad_grant(c, key);
        TRY(check_field_set(c, registry_info(c->registry, e), set));
    }
    return OK;
}

enum err role_check_grants(struct ctx *c, struct str json) {
    const char *key;
    json_t *root, *j;
    TRY(json_read(c, json, &root));
    if (!json_is_object(root))
        return bad_grant(c, "{}");
    json_object_foreach(root, key, j) {
        struct str name = str_of(key);
        if (str_eqc(name, "fields")) {
            TRY(check_fields(c, j));
        } else if (str_eqc(name, "admin") || str_eqc(name, "pool") ||
                   str_eqc(name, "unmask")) {
            if (!json_is_boolean(j))
                return bad_grant(c, key);
        } else if (str_eqc(name, "*") ||
                   model_entity(c->registry->model, name) != NULL) {
            TRY(check_levels(c, key, j));
        } else {
            return bad_grant(c, key);
        }
    }
    return OK;
}

enum err role_save(struct ctx *c, enum save_op op, const struct record *before,
                   const struct record *after) {
    TRY(user_need_admin(c));
    TRY(role_check_grants(c, record_str(after, S("grants"))));
    if (op == SAVE_CREATE)
        return OK;
    bool builtin = record_i64(before, S("builtin")) != 0;
    bool same_key =
        str_eq(record_str(before, S("key")), record_str(after, S("key")));
    bool same_grants =
        str_eq(record_str(before, S("grants")), record_str(after, S("grants")));
    bool is_admin = str_eqc(record_str(before, S("key")), "admin");
    if (builtin && (op == SAVE_DELETE || !same_key))
        return fail(c, ERR_CONFLICT, "key", "role_builtin");
    if (builtin && is_admin && !same_grants)
        return fail(c, ERR_CONFLICT, "grants", "role_builtin");
    return user_keep_admin(c);
}

void rights_to_json(struct ctx *c, struct jw *w) {
    const struct model *m = c->registry->model;
    jw_object(w);
    for (size_t i = 0; i < m->n; i++) {
        const struct entity *e = &m->entities[i];
        if (e->scope == SCOPE_SYSTEM)
            continue;
        jw_key(w, e->name);
        jw_object(w);
        for (int a = 0; a < ACT_COUNT; a++)
            jw_kstr(w, str_of(action_name((enum action)a)),
                    str_of(level_name(actor_level(c, e, (enum action)a))));
        jw_object_end(w);
    }
    jw_kbool(w, S("admin"), c->actor->admin);
    jw_kbool(w, S("pool"), c->actor->pool);
    jw_kbool(w, S("unmask"), c->actor->unmask);
    jw_object_end(w);
}
