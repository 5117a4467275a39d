/* SQL of users, roles and teams beyond the generic records. Owns nothing. */
#include "store/user.h"

#include "base/json.h"
#include "db/db.h"

#define MAX_DEPTH 32 /* teams above each other */

#define COLUMNS                                                                \
    "SELECT u.id, u.login, u.name, r.key, u.password_hash, u.active,"          \
    " u.last_login_at, u.email, u.language FROM \"user\" u JOIN role r ON "    \
    "r.id = u.role_id"                                                         \
    " WHERE u.deleted_at IS NULL"
SQL(Q_BY_LOGIN, COLUMNS " AND u.login = $1");
SQL(Q_BY_ID, COLUMNS " AND u.id = $1");
SQL(Q_LIST, COLUMNS " ORDER BY u.login LIMIT 10000");
SQL(Q_ANY, "SELECT 1 FROM \"user\" LIMIT 1");
SQL(Q_PASSWORD, "UPDATE \"user\" SET password_hash = $2 WHERE id = $1");
SQL(Q_LANGUAGE, "UPDATE \"user\" SET language = $2, rev = rev + 1"
                " WHERE id = $1");
SQL(Q_SIGNED_IN, "UPDATE \"user\" SET last_login_at = $2 WHERE id = $1");
SQL(Q_SECOND, "SELECT r.two_factor FROM \"user\" u"
              " JOIN role r ON r.id = u.role_id WHERE u.id = $1");
SQL(Q_ADMINS, "SELECT r.grants, COUNT(*) FROM \"user\" u"
              " JOIN role r ON r.id = u.role_id"
              " WHERE u.active = 1 AND u.deleted_at IS NULL"
              " GROUP BY r.id, r.grants");
SQL(Q_ROLE, "SELECT id FROM role WHERE key = $1 AND deleted_at IS NULL");
SQL(Q_UNLINK, "DELETE FROM team_closure");
SQL(Q_LINK, "WITH RECURSIVE up (ancestor, descendant, depth) AS ("
            "SELECT id, id, 0 FROM team WHERE deleted_at IS NULL UNION ALL "
            "SELECT t.parent_id, up.descendant, up.depth + 1 FROM up"
            " JOIN team t ON t.id = up.ancestor"
            " WHERE t.parent_id IS NOT NULL AND up.depth <= $1) "
            "INSERT INTO team_closure (ancestor_id, descendant_id, depth) "
            "SELECT ancestor, descendant, MIN(depth) FROM up"
            " GROUP BY ancestor, descendant");
SQL(Q_BAD_LINKS, "SELECT COUNT(*) FROM team_closure a WHERE a.depth > $1"
                 " OR (a.ancestor_id <> a.descendant_id AND EXISTS"
                 " (SELECT 1 FROM team_closure b"
                 " WHERE b.ancestor_id = a.descendant_id"
                 " AND b.descendant_id = a.ancestor_id))");

static void read_row(const struct rows *r, struct user *u) {
    *u = (struct user){
        .id = row_i64(r, 0),
        .login = row_str(r, 1),
        .name = row_str(r, 2),
        .role_key = row_str(r, 3),
        .password_hash = row_str(r, 4),
        .active = row_i64(r, 5) != 0,
        .signed_in_at = row_i64(r, 6),
        .email = row_str(r, 7),
        .lang = str_eqc(row_view(r, 8), "en") ? LANG_EN : LANG_ZH,
    };
}

static enum err one(struct ctx *c, const struct sql *q, struct val key,
                    struct user *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, q, ARGS(key), &r, found));
    if (*found) {
        read_row(r, out);
        rows_end(r);
    }
    return OK;
}

enum err user_by_login(struct ctx *c, struct str login, struct user *out,
                       bool *found) {
    return one(c, &Q_BY_LOGIN, V(login), out, found);
}

enum err user_by_id(struct ctx *c, int64_t id, struct user *out, bool *found) {
    return one(c, &Q_BY_ID, V(id), out, found);
}

enum err user_list(struct ctx *c, struct user **out, size_t *n) {
    VEC(struct user) v = {0};
    struct rows *r;
    bool more;
    TRY(db_query(c, &Q_LIST, NO_ARGS, &r));
    for (;;) {
        TRY(rows_next(r, &more));
        if (!more)
            break;
        read_row(r, VEC_PUSH(c->arena, &v));
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err user_any(struct ctx *c, bool *out) {
    int64_t any;
    TRY(db_i64(c, &Q_ANY, NO_ARGS, 0, &any));
    *out = any == 1;
    return OK;
}

enum err user_set_password(struct ctx *c, int64_t id, struct str hash) {
    return db_exec(c, &Q_PASSWORD, ARGS(V(id), V(hash)), NULL);
}

enum err user_set_language(struct ctx *c, int64_t id, enum lang lang) {
    return db_exec(c, &Q_LANGUAGE,
                   ARGS(V(id), V(lang == LANG_EN ? "en" : "zh")), NULL);
}

enum err user_needs_second(struct ctx *c, int64_t id, bool *out) {
    int64_t needs;
    TRY(db_i64(c, &Q_SECOND, ARGS(V(id)), 0, &needs));
    *out = needs != 0;
    return OK;
}

enum err user_signed_in(struct ctx *c, int64_t id) {
    return db_exec(c, &Q_SIGNED_IN, ARGS(V(id), V(c->now_ms)), NULL);
}

enum err user_count_admins(struct ctx *c, int64_t *out) {
    struct rows *r;
    bool more;
    *out = 0;
    TRY(db_query(c, &Q_ADMINS, NO_ARGS, &r));
    for (;;) {
        json_t *grants;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        int64_t users = row_i64(r, 1);
        TRY(json_read(c, row_str(r, 0), &grants));
        if (json_is_true(json_object_get(grants, "admin")))
            *out += users;
    }
}

enum err role_by_key(struct ctx *c, struct str key, int64_t *out) {
    return db_i64(c, &Q_ROLE, ARGS(V(key)), 0, out);
}

enum err team_closure_rebuild(struct ctx *c) {
    int64_t bad;
    TRY(db_exec(c, &Q_UNLINK, NO_ARGS, NULL));
    TRY(db_exec(c, &Q_LINK, ARGS(V(MAX_DEPTH)), NULL));
    TRY(db_i64(c, &Q_BAD_LINKS, ARGS(V(MAX_DEPTH)), 0, &bad));
    return bad == 0 ? OK : fail(c, ERR_INVALID, "parent_id", "ring");
}
