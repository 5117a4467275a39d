/* SQL of sessions. Owns nothing. */
#include "store/session.h"

#include "db/db.h"

SQL(Q_FIND, "SELECT id, user_id, created_at, seen_at, expires_at"
            " FROM session WHERE token_hash = $1");
SQL(Q_INSERT, "INSERT INTO session (user_id, token_hash, created_at, seen_at,"
              " expires_at, peer, user_agent)"
              " VALUES ($1, $2, $3, $3, $4, $5, $6) RETURNING id");
SQL(Q_TOUCH, "UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2");
SQL(Q_DELETE, "DELETE FROM session WHERE id = $1");
SQL(Q_DELETE_USER, "DELETE FROM session WHERE user_id = $1 AND id <> $2");
SQL(Q_END, "DELETE FROM session WHERE id = $1 AND ($2 = 0 OR user_id = $2)");
SQL(Q_LIST, "SELECT id, user_id, created_at, seen_at, expires_at, peer,"
            " user_agent FROM session WHERE user_id = $1 AND expires_at > $2"
            " AND seen_at >= $3 ORDER BY seen_at DESC, id DESC LIMIT 200");
SQL(Q_PURGE, "DELETE FROM session WHERE expires_at <= $1 OR seen_at < $2");

static void read_row(const struct rows *r, struct session *out) {
    *out = (struct session){
        .id = row_i64(r, 0),
        .user_id = row_i64(r, 1),
        .created_at = row_i64(r, 2),
        .seen_at = row_i64(r, 3),
        .expires_at = row_i64(r, 4),
    };
}

enum err session_find(struct ctx *c, struct str token_hash, struct session *out,
                      bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_FIND, ARGS(V(token_hash)), &r, found));
    if (!*found)
        return OK;
    read_row(r, out);
    rows_end(r);
    return OK;
}

enum err session_end(struct ctx *c, int64_t id, int64_t user_id, bool *found) {
    int64_t changed;
    TRY(db_exec(c, &Q_END, ARGS(V(id), V(user_id)), &changed));
    *found = changed == 1;
    return OK;
}

enum err session_list(struct ctx *c, int64_t user_id, int64_t unused_since,
                      struct session_seen **out, size_t *n) {
    VEC(struct session_seen) v = {0};
    struct rows *r;
    bool more;
    TRY(db_query(c, &Q_LIST, ARGS(V(user_id), V(c->now_ms), V(unused_since)),
                 &r));
    for (;;) {
        TRY(rows_next(r, &more));
        if (!more)
            break;
        struct session_seen *s = VEC_PUSH(c->arena, &v);
        read_row(r, &s->s);
        s->address = row_str(r, 5);
        s->agent = row_str(r, 6);
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err session_insert(struct ctx *c, const struct session_new *s,
                        int64_t *id_out) {
    return db_i64(c, &Q_INSERT,
                  ARGS(V(s->user_id), V(s->token_hash), V(c->now_ms),
                       V(s->expires_at), V(s->address), V(s->agent)),
                  0, id_out);
}

enum err session_touch(struct ctx *c, int64_t id) {
    return db_exec(c, &Q_TOUCH, ARGS(V(id), V(c->now_ms)), NULL);
}

enum err session_delete(struct ctx *c, int64_t id) {
    return db_exec(c, &Q_DELETE, ARGS(V(id)), NULL);
}

enum err session_delete_user(struct ctx *c, int64_t user_id,
                             int64_t except_id) {
    return db_exec(c, &Q_DELETE_USER, ARGS(V(user_id), V(except_id)), NULL);
}

enum err session_purge(struct ctx *c, int64_t unused_since) {
    return db_exec(c, &Q_PURGE, ARGS(V(c->now_ms), V(unused_since)), NULL);
}
