/* SQL of taking imports back. Owns nothing; any thread. */
#include "store/undo.h"

SQL(Q_ENTRY, "SELECT id, changes FROM audit_entry WHERE entity = 'import' AND"
             " record_id = $1 AND id < $2 AND action = 'import'"
             " ORDER BY id DESC LIMIT 1");

enum err undo_entry(struct ctx *c, int64_t import_id, int64_t before,
                    struct undo_entry *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_ENTRY,
               ARGS(V(import_id), V(before == 0 ? INT64_MAX : before)), &r,
               found));
    *out = (struct undo_entry){row_i64(r, 0), row_str(r, 1)};
    rows_end(r);
    return OK;
}

enum err undo_lines(struct ctx *c, int64_t order_id, int64_t first,
                    int64_t last, struct undo_line **out, size_t *n) {
    SQL(Q_LINES, "SELECT id, rev FROM order_line WHERE order_id = $1 AND"
                 " id >= $2 AND id <= $3 AND deleted_at IS NULL ORDER BY id");
    VEC(struct undo_line) all = {0};
    struct rows *r;
    TRY(db_query(c, &Q_LINES, ARGS(V(order_id), V(first), V(last)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &all) =
            (struct undo_line){row_i64(r, 0), row_i64(r, 1)};
    }
    *out = all.p;
    *n = all.n;
    return OK;
}

enum err undo_foreign_lines(struct ctx *c, int64_t order_id, int64_t last,
                            int64_t *n) {
    SQL(Q_FOREIGN, "SELECT count(*) FROM order_line WHERE order_id = $1 AND"
                   " deleted_at IS NULL AND (rev > 1 OR id > $2)");
    return db_i64(c, &Q_FOREIGN, ARGS(V(order_id), V(last)), 0, n);
}
