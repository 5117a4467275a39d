/* Statements of drop decisions in force. Owns nothing. */
#include "store/drops.h"

SQL(Q_HELD, "SELECT id, effective_on, terms FROM drop_decision WHERE"
            " customer_id = $1 AND state = 'approved' AND deleted_at IS NULL"
            " AND effective_on <= $2 AND measures LIKE $3 ORDER BY"
            " effective_on, id LIMIT 1");

enum err drop_held(struct ctx *c, int64_t customer_id, struct str measure,
                   int32_t day, struct drop_held *out, bool *found) {
    struct rows *r;
    struct str like = str_fmt(c->arena, "%%," STR_FMT ",%%", STR_ARG(measure));
    *out = (struct drop_held){.from = day};
    TRY(db_one(c, &Q_HELD, ARGS(V(customer_id), V(day), V(like)), &r, found));
    if (*found)
        *out = (struct drop_held){row_i64(r, 0), (int32_t)row_i64(r, 1),
                                  row_str(r, 2)};
    rows_end(r);
    return OK;
}

SQL(Q_TASKS, "SELECT id, done, CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END,"
             " drop_rule, coalesce(order_id, 0) FROM task WHERE"
             " drop_decision_id = $1 AND (deleted_at IS NULL OR deleted_with ="
             " $2) ORDER BY id");

enum err drop_tasks(struct ctx *c, int64_t decision_id, int64_t operation,
                    struct drop_task **out, size_t *n) {
    struct rows *r;
    VEC(struct drop_task) v = {0};
    TRY(db_query(c, &Q_TASKS, ARGS(V(decision_id), V(operation)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) = (struct drop_task){
            row_i64(r, 0), row_i64(r, 1) != 0, row_i64(r, 2) != 0,
            row_str(r, 3), row_i64(r, 4)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

SQL(Q_LEAVE, "UPDATE task SET deleted_with = $2 WHERE id = $1");

enum err drop_task_leave(struct ctx *c, int64_t task_id) {
    int64_t alone;
    c->random(&alone, sizeof alone);
    alone &= ((int64_t)1 << 52) - 1;
    return db_exec(c, &Q_LEAVE, ARGS(V(task_id), V(alone)), NULL);
}

SQL(Q_OWNER, "SELECT coalesce(owner_id, 0) FROM customer WHERE id = $1");

enum err drop_owner(struct ctx *c, int64_t customer_id, int64_t *out) {
    return db_i64(c, &Q_OWNER, ARGS(V(customer_id)), 0, out);
}
