/* SQL of the second step. Owns nothing. What is used once is used by an UPDATE
 * that only one of several can win. */
#include "store/two_factor.h"

#include "db/db.h"

SQL(Q_FIND, "SELECT secret, confirmed_at, last_step,"
            " (SELECT COUNT(*) FROM recovery_code r"
            " WHERE r.user_id = f.user_id AND r.used_at IS NULL)"
            " FROM two_factor f WHERE user_id = $1");
SQL(Q_PUT, "INSERT INTO two_factor (user_id, secret, created_at)"
           " VALUES ($1, $2, $3) ON CONFLICT (user_id) DO UPDATE"
           " SET secret = $2, created_at = $3, last_step = 0"
           " WHERE two_factor.confirmed_at IS NULL");
SQL(Q_CONFIRM, "UPDATE two_factor SET confirmed_at = $2 WHERE user_id = $1");
SQL(Q_REMOVE, "DELETE FROM two_factor WHERE user_id = $1");
SQL(Q_STEP, "UPDATE two_factor SET last_step = $2"
            " WHERE user_id = $1 AND last_step < $2");
SQL(Q_CODES_REMOVE, "DELETE FROM recovery_code WHERE user_id = $1");
SQL(Q_CODE_PUT, "INSERT INTO recovery_code (user_id, code_hash)"
                " VALUES ($1, $2)");
SQL(Q_CODE_USE, "UPDATE recovery_code SET used_at = $3 WHERE user_id = $1"
                " AND code_hash = $2 AND used_at IS NULL");

enum err two_factor_find(struct ctx *c, int64_t user_id, struct two_factor *out,
                         bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_FIND, ARGS(V(user_id)), &r, found));
    *out = (struct two_factor){0};
    if (*found) {
        out->secret = row_str(r, 0);
        out->confirmed_at = row_i64(r, 1);
        out->last_step = row_i64(r, 2);
        out->codes_left = row_i64(r, 3);
        rows_end(r);
    }
    return OK;
}

enum err two_factor_put(struct ctx *c, int64_t user_id, struct str secret) {
    int64_t changed;
    TRY(db_exec(c, &Q_PUT, ARGS(V(user_id), V(secret), V(c->now_ms)),
                &changed));
    return changed == 1 ? OK : fail(c, ERR_CONFLICT, "", "two_factor_on");
}

enum err two_factor_confirm(struct ctx *c, int64_t user_id) {
    return db_exec(c, &Q_CONFIRM, ARGS(V(user_id), V(c->now_ms)), NULL);
}

enum err two_factor_remove(struct ctx *c, int64_t user_id, bool *found) {
    int64_t changed;
    TRY(db_exec(c, &Q_REMOVE, ARGS(V(user_id)), &changed));
    *found = changed == 1;
    return db_exec(c, &Q_CODES_REMOVE, ARGS(V(user_id)), NULL);
}

enum err two_factor_use_step(struct ctx *c, int64_t user_id, int64_t step,
                             bool *fresh) {
    int64_t changed;
    TRY(db_exec(c, &Q_STEP, ARGS(V(user_id), V(step)), &changed));
    *fresh = changed == 1;
    return OK;
}

enum err recovery_put(struct ctx *c, int64_t user_id, const struct str *hashes,
                      size_t n) {
    TRY(db_exec(c, &Q_CODES_REMOVE, ARGS(V(user_id)), NULL));
    for (size_t i = 0; i < n; i++)
        TRY(db_exec(c, &Q_CODE_PUT, ARGS(V(user_id), V(hashes[i])), NULL));
    return OK;
}

enum err recovery_use(struct ctx *c, int64_t user_id, struct str hash,
                      bool *good) {
    int64_t changed;
    TRY(db_exec(c, &Q_CODE_USE, ARGS(V(user_id), V(hash), V(c->now_ms)),
                &changed));
    *good = changed == 1;
    return OK;
}
