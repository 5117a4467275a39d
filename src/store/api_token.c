/* SQL of API tokens. Owns nothing. */
#include "store/api_token.h"

#include "db/db.h"

#define COLUMNS                                                                \
    "SELECT id, user_id, name, created_at, last_used_at, expires_on, "         \
    "revoked_at"                                                               \
    " FROM api_token"
SQL(Q_FIND, COLUMNS " WHERE token_hash = $1");
SQL(Q_LIST, COLUMNS " WHERE ($1 = 0 OR user_id = $1)"
                    " ORDER BY id DESC LIMIT 500");
SQL(Q_INSERT, "INSERT INTO api_token (user_id, name, token_hash, expires_on,"
              " created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id");
SQL(Q_TOUCH, "UPDATE api_token SET last_used_at = $2 WHERE id = $1");
SQL(Q_REVOKE, "UPDATE api_token SET revoked_at = $3"
              " WHERE id = $1 AND ($2 = 0 OR user_id = $2)"
              " AND revoked_at IS NULL");

static void read_row(const struct rows *r, struct api_token *t) {
    *t = (struct api_token){
        .id = row_i64(r, 0),
        .user_id = row_i64(r, 1),
        .name = row_str(r, 2),
        .created_at = row_i64(r, 3),
        .used_at = row_i64(r, 4),
        .expires_on = row_is_null(r, 5) ? API_TOKEN_NO_END : row_i64(r, 5),
        .revoked_at = row_i64(r, 6),
    };
}

enum err api_token_find(struct ctx *c, struct str token_hash,
                        struct api_token *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_FIND, ARGS(V(token_hash)), &r, found));
    if (*found) {
        read_row(r, out);
        rows_end(r);
    }
    return OK;
}

enum err api_token_insert(struct ctx *c, const struct api_token *t,
                          struct str token_hash, int64_t *id_out) {
    struct val end =
        t->expires_on == API_TOKEN_NO_END ? V_NULL : V(t->expires_on);
    return db_i64(
        c, &Q_INSERT,
        ARGS(V(t->user_id), V(t->name), V(token_hash), end, V(c->now_ms)), 0,
        id_out);
}

enum err api_token_touch(struct ctx *c, int64_t id) {
    return db_exec(c, &Q_TOUCH, ARGS(V(id), V(c->now_ms)), NULL);
}

enum err api_token_revoke(struct ctx *c, int64_t id, int64_t user_id) {
    int64_t changed;
    TRY(db_exec(c, &Q_REVOKE, ARGS(V(id), V(user_id), V(c->now_ms)), &changed));
    return changed == 1 ? OK : fail(c, ERR_NOT_FOUND, "", "not_found");
}

enum err api_token_list(struct ctx *c, int64_t user_id, struct api_token **out,
                        size_t *n) {
    VEC(struct api_token) v = {0};
    struct rows *r;
    bool more;
    TRY(db_query(c, &Q_LIST, ARGS(V(user_id)), &r));
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
