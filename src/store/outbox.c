/* SQL of outgoing mail. Owns nothing. A claim is an UPDATE that names the old
 * due time, so that of several servers one wins. */
#include "store/outbox.h"

#include "base/utf8.h"
#include "db/db.h"

#define ERROR_MAX 500 /* characters */

SQL(Q_ADD, "INSERT INTO mail_outbox (kind, address, created_at, due_at)"
           " VALUES ($1, $2, $3, $3)");
SQL(Q_NEXT, "SELECT id, kind, address, created_at, attempts, due_at"
            " FROM mail_outbox WHERE due_at IS NOT NULL AND due_at <= $1"
            " ORDER BY due_at, id LIMIT 1");
SQL(Q_WAITING, "SELECT 1 FROM mail_outbox WHERE due_at IS NOT NULL"
               " AND due_at <= $1 LIMIT 1");
SQL(Q_CLAIM, "UPDATE mail_outbox SET due_at = $3, attempts = attempts + 1"
             " WHERE id = $1 AND due_at = $2");
SQL(Q_EARLIER, "SELECT COUNT(*) FROM mail_outbox WHERE kind = $1"
               " AND address = $2 AND created_at >= $3 AND id < $4");
SQL(Q_DONE, "UPDATE mail_outbox SET due_at = NULL, error = NULL,"
            " sent_at = CASE WHEN $2 = 1 THEN $3 ELSE sent_at END"
            " WHERE id = $1");
SQL(Q_FAILED, "UPDATE mail_outbox SET due_at = $2, error = $3 WHERE id = $1");
SQL(Q_PURGE, "DELETE FROM mail_outbox WHERE due_at IS NULL"
             " AND created_at < $1");

enum err outbox_add(struct ctx *c, struct str kind, struct str address) {
    return db_exec(c, &Q_ADD, ARGS(V(kind), V(address), V(c->now_ms)), NULL);
}

enum err outbox_waiting(struct ctx *c, bool *out) {
    int64_t one;
    TRY(db_i64(c, &Q_WAITING, ARGS(V(c->now_ms)), 0, &one));
    *out = one == 1;
    return OK;
}

enum err outbox_claim(struct ctx *c, int64_t until, struct outbox_mail *out,
                      bool *found) {
    struct rows *r;
    int64_t changed;
    TRY(db_one(c, &Q_NEXT, ARGS(V(c->now_ms)), &r, found));
    if (!*found)
        return OK;
    *out = (struct outbox_mail){
        .id = row_i64(r, 0),
        .kind = row_str(r, 1),
        .address = row_str(r, 2),
        .created_at = row_i64(r, 3),
        .attempts = row_i64(r, 4) + 1,
    };
    TRY(db_exec(c, &Q_CLAIM, ARGS(V(out->id), V(row_i64(r, 5)), V(until)),
                &changed));
    *found = changed == 1;
    return OK;
}

enum err outbox_earlier(struct ctx *c, const struct outbox_mail *m,
                        int64_t since, int64_t *out) {
    return db_i64(c, &Q_EARLIER,
                  ARGS(V(m->kind), V(m->address), V(since), V(m->id)), 0, out);
}

enum err outbox_done(struct ctx *c, int64_t id, bool sent) {
    return db_exec(c, &Q_DONE, ARGS(V(id), V(sent), V(c->now_ms)), NULL);
}

enum err outbox_failed(struct ctx *c, int64_t id, int64_t due_at,
                       struct str error) {
    return db_exec(c, &Q_FAILED,
                   ARGS(V(id), due_at == 0 ? V_NULL : V(due_at),
                        V(utf8_cut(error, ERROR_MAX))),
                   NULL);
}

enum err outbox_purge(struct ctx *c, int64_t before) {
    return db_exec(c, &Q_PURGE, ARGS(V(before)), NULL);
}
