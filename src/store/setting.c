/* SQL of settings. Owns nothing. */
#include "store/setting.h"

#include "db/db.h"
#include "store/actor.h"

SQL(Q_FIND, "SELECT value FROM setting WHERE key = $1");
SQL(Q_SAVE,
    "INSERT INTO setting (key, value, updated_at, updated_by)"
    " VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value,"
    " updated_at = excluded.updated_at, updated_by = excluded.updated_by");

SQL(Q_DOCUMENTS, "SELECT 1 WHERE EXISTS (SELECT 1 FROM \"order\")"
                 " OR EXISTS (SELECT 1 FROM payment)");

enum err setting_find(struct ctx *c, struct str key, struct str *out,
                      bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_FIND, ARGS(V(key)), &r, found));
    if (*found) {
        *out = row_str(r, 0);
        rows_end(r);
    }
    return OK;
}

enum err setting_save(struct ctx *c, struct str key, struct str value) {
    bool by_user = c->actor != NULL && c->actor->user_id != 0;
    return db_exec(c, &Q_SAVE,
                   ARGS(V(key), V(value), V(c->now_ms),
                        by_user ? V(c->actor->user_id) : V_NULL),
                   NULL);
}

enum err setting_documents_exist(struct ctx *c, bool *out) {
    int64_t any;
    TRY(db_i64(c, &Q_DOCUMENTS, NO_ARGS, 0, &any));
    *out = any == 1;
    return OK;
}
