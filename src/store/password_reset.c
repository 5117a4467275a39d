/* SQL of password resets. Owns nothing. */
#include "store/password_reset.h"

#include "base/hash.h"
#include "db/db.h"

SQL(Q_USERS, "SELECT id FROM \"user\" WHERE email_fold = $1 AND active = 1"
             " AND deleted_at IS NULL ORDER BY id LIMIT 20");
SQL(Q_STATE, "SELECT password_hash, email_fold FROM \"user\" WHERE id = $1"
             " AND active = 1 AND deleted_at IS NULL");
SQL(Q_PUT, "INSERT INTO password_reset (user_id, token_hash, state_hash,"
           " created_at, expires_at) VALUES ($1, $2, $3, $4, $5)"
           " ON CONFLICT (user_id) DO UPDATE SET token_hash = $2,"
           " state_hash = $3, created_at = $4, expires_at = $5");
SQL(Q_FIND, "SELECT user_id, state_hash FROM password_reset"
            " WHERE token_hash = $1 AND expires_at > $2");
SQL(Q_USE, "DELETE FROM password_reset WHERE token_hash = $1");
SQL(Q_CLEAR, "DELETE FROM password_reset WHERE user_id = $1"
             " OR expires_at <= $2");

/* What the link is bound to; empty when there is no such active user. */
static enum err state_of(struct ctx *c, int64_t user_id, struct str *out) {
    struct rows *r;
    bool found;
    *out = (struct str){0};
    TRY(db_one(c, &Q_STATE, ARGS(V(user_id)), &r, &found));
    if (found)
        *out = hash_sha256_hex(c->arena, str_fmt(c->arena, STR_FMT "\n" STR_FMT,
                                                 STR_ARG(row_str(r, 0)),
                                                 STR_ARG(row_str(r, 1))));
    return OK;
}

enum err reset_users(struct ctx *c, struct str email_fold, int64_t **out,
                     size_t *n) {
    struct rows *r;
    TRY(db_query(c, &Q_USERS, ARGS(V(email_fold)), &r));
    return rows_ids(r, out, n);
}

enum err reset_put(struct ctx *c, int64_t user_id, struct str token_hash,
                   int64_t expires_at) {
    struct str state;
    TRY(state_of(c, user_id, &state));
    return db_exec(
        c, &Q_PUT,
        ARGS(V(user_id), V(token_hash), V(state), V(c->now_ms), V(expires_at)),
        NULL);
}

enum err reset_find(struct ctx *c, struct str token_hash, int64_t *user_id) {
    struct rows *r;
    struct str now;
    bool found;
    *user_id = 0;
    TRY(db_one(c, &Q_FIND, ARGS(V(token_hash), V(c->now_ms)), &r, &found));
    if (!found)
        return OK;
    int64_t id = row_i64(r, 0);
    struct str then = row_str(r, 1);
    TRY(state_of(c, id, &now));
    if (now.n > 0 && str_eq(now, then))
        *user_id = id;
    return OK;
}

enum err reset_use(struct ctx *c, struct str token_hash, bool *was) {
    int64_t changed;
    TRY(db_exec(c, &Q_USE, ARGS(V(token_hash)), &changed));
    *was = changed == 1;
    return OK;
}

enum err reset_clear(struct ctx *c, int64_t user_id) {
    return db_exec(c, &Q_CLEAR, ARGS(V(user_id), V(c->now_ms)), NULL);
}
