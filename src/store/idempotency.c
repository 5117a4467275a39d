/* SQL of requests that must happen once. Owns nothing. */
#include "store/idempotency.h"

#include "db/db.h"

SQL(Q_FIND, "SELECT request_hash, status, headers, body, created_at"
            " FROM idempotency_key WHERE user_id = $1 AND key = $2"
            " AND created_at > $3");
SQL(Q_CLEAR, "DELETE FROM idempotency_key WHERE user_id = $1 AND key = $2"
             " AND created_at <= $3");
SQL(Q_BEGIN, "INSERT INTO idempotency_key (user_id, key, request_hash,"
             " created_at) VALUES ($1, $2, $3, $4)"
             " ON CONFLICT (user_id, key) DO NOTHING");
SQL(Q_END, "UPDATE idempotency_key SET status = $3, headers = $4, body = $5"
           " WHERE user_id = $1 AND key = $2");
SQL(Q_DROP, "DELETE FROM idempotency_key WHERE user_id = $1 AND key = $2"
            " AND status IS NULL");
SQL(Q_PURGE, "DELETE FROM idempotency_key WHERE created_at <= $1");

enum err idempotency_find(struct ctx *c, struct idempotency_key k,
                          struct idempotency_row *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_FIND,
               ARGS(V(k.user_id), V(k.key), V(c->now_ms - IDEMPOTENCY_KEPT_MS)),
               &r, found));
    if (*found)
        *out = (struct idempotency_row){.hash = row_str(r, 0),
                                        .status = row_i64(r, 1),
                                        .headers = row_str(r, 2),
                                        .body = row_str(r, 3),
                                        .body_kept = !row_is_null(r, 3),
                                        .created_at = row_i64(r, 4)};
    return OK;
}

enum err idempotency_begin(struct ctx *c, struct idempotency_key k,
                           struct str hash, bool *busy_out) {
    struct str name = str_fmt(c->arena, "idempotency:%lld:" STR_FMT,
                              (long long)k.user_id, STR_ARG(k.key));
    bool got;
    TRY(db_try_key(c, name, &got));
    *busy_out = !got;
    if (!got)
        return OK;
    TRY(db_exec(
        c, &Q_CLEAR,
        ARGS(V(k.user_id), V(k.key), V(c->now_ms - IDEMPOTENCY_KEPT_MS)),
        NULL));
    int64_t added;
    TRY(db_exec(c, &Q_BEGIN,
                ARGS(V(k.user_id), V(k.key), V(hash), V(c->now_ms)), &added));
    /* Done between our look and our lock: the next try finds the answer. */
    return added == 1 ? OK : fail(c, ERR_RETRY, "", "retry");
}

enum err idempotency_end(struct ctx *c, struct idempotency_key k,
                         const struct idempotency_row *answer) {
    return db_exec(c, &Q_END,
                   ARGS(V(k.user_id), V(k.key), V(answer->status),
                        V(answer->headers),
                        !answer->body_kept   ? V_NULL
                        : answer->body.n > 0 ? V(answer->body)
                                             : V("")),
                   NULL);
}

enum err idempotency_drop(struct ctx *c, struct idempotency_key k) {
    return db_exec(c, &Q_DROP, ARGS(V(k.user_id), V(k.key)), NULL);
}

enum err idempotency_purge(struct ctx *c) {
    return db_exec(c, &Q_PURGE, ARGS(V(c->now_ms - IDEMPOTENCY_KEPT_MS)), NULL);
}
