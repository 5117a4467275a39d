/* SQL of attachments: rows of file with a record. Owns nothing; any thread. */
#include "store/attachment.h"

#include "db/db.h"
#include "store/actor.h"

#define COLUMNS                                                                \
    "id, entity, record_id, name, media_type, size, sha256, created_at,"       \
    " created_by, CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END"

SQL(Q_LIST, "SELECT " COLUMNS " FROM file WHERE entity = $1 AND record_id = $2"
            " AND complete = 1 AND deleted_at IS NULL ORDER BY id LIMIT $3");
SQL(Q_BIN, "SELECT " COLUMNS " FROM file WHERE entity = $1 AND record_id = $2"
           " AND complete = 1 AND deleted_at IS NOT NULL ORDER BY id LIMIT $3");
SQL(Q_ONE, "SELECT " COLUMNS " FROM file WHERE id = $1 AND complete = 1"
           " AND record_id IS NOT NULL");
SQL(Q_USED, "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM file"
            " WHERE record_id IS NOT NULL");
SQL(Q_HANG, "UPDATE file SET entity = $2, record_id = $3 WHERE id = $1");
SQL(Q_DELETE, "UPDATE file SET deleted_at = $2, deleted_by = $3 WHERE id = $1");
SQL(Q_PURGE, "DELETE FROM file WHERE record_id IS NOT NULL AND"
             " deleted_at < $1");

static struct attachment of_row(const struct rows *r) {
    return (struct attachment){
        .id = row_i64(r, 0),
        .entity = row_str(r, 1),
        .record_id = row_i64(r, 2),
        .name = row_str(r, 3),
        .media_type = row_str(r, 4),
        .size = row_i64(r, 5),
        .sha256 = row_str(r, 6),
        .created_at = row_i64(r, 7),
        .created_by = row_i64(r, 8),
        .binned = row_i64(r, 9) != 0,
    };
}

enum err attachment_list(struct ctx *c, struct str entity, int64_t record_id,
                         bool bin, int max, struct attachment **out,
                         size_t *n) {
    struct rows *r;
    VEC(struct attachment) all = {0};
    TRY(db_query(c, bin ? &Q_BIN : &Q_LIST,
                 ARGS(V(entity), V(record_id), V(max)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &all) = of_row(r);
    }
    *out = all.p;
    *n = all.n;
    return OK;
}

enum err attachment_find(struct ctx *c, int64_t id, struct attachment *out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, &Q_ONE, ARGS(V(id)), &r, &found));
    if (!found)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    *out = of_row(r);
    rows_end(r);
    return OK;
}

enum err attachment_used(struct ctx *c, int64_t *bytes) {
    return db_i64(c, &Q_USED, NO_ARGS, 0, bytes);
}

enum err attachment_lock(struct ctx *c) {
    return db_lock_key(c, S("attachment.used"));
}

enum err attachment_hang(struct ctx *c, int64_t id, struct str entity,
                         int64_t record_id) {
    return db_exec(c, &Q_HANG, ARGS(V(id), V(entity), V(record_id)), NULL);
}

enum err attachment_bin(struct ctx *c, int64_t id, bool bin) {
    struct val by =
        bin && c->actor->user_id != 0 ? V(c->actor->user_id) : V_NULL;
    return db_exec(c, &Q_DELETE, ARGS(V(id), bin ? V(c->now_ms) : V_NULL, by),
                   NULL);
}

enum err attachment_purge(struct ctx *c, int64_t before) {
    return db_exec(c, &Q_PURGE, ARGS(V(before)), NULL);
}
