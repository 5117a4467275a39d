/* Statements of loss accounts. Owns nothing. Sums go through the scope; what
 * the program looks for by itself does not. */
#include "store/losses.h"

#include "store/scope.h"
#include "store/sight.h"

SQL(Q_OPEN, "SELECT count(*) FROM loss_account WHERE customer_id = $1 AND id <>"
            " $2 AND deleted_at IS NULL AND state IN ('found', 'confirmed')");
SQL(Q_CUSTOMER,
    "SELECT coalesce(t.owner_id, 0), s.interval_days,"
    " coalesce(s.last_order_on, 0), CASE WHEN s.risk_band = 'lost' THEN 1 ELSE"
    " 0 END FROM customer t JOIN customer_stats s ON s.id = t.id WHERE t.id ="
    " $1");
SQL(Q_SPENT,
    "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM"
    " win_back_cost WHERE loss_account_id = $1 AND deleted_at IS NULL");

#define DUE                                                                    \
    "SELECT s.id FROM customer_stats s JOIN customer t ON t.id = s.id WHERE"   \
    " s.risk_band = 'lost' AND t.deleted_at IS NULL AND NOT EXISTS (SELECT 1"  \
    " FROM loss_account a WHERE a.customer_id = s.id AND (a.last_order_on ="   \
    " s.last_order_on OR (a.deleted_at IS NULL AND a.state IN ('found',"       \
    " 'confirmed'))))"
SQL(Q_DUE, DUE " ORDER BY s.sales DESC, s.id LIMIT $1");
SQL(Q_DUE_ONE, DUE " AND s.id = $2 LIMIT $1");

#define RETURNED                                                               \
    "SELECT a.id, CASE WHEN a.state = 'confirmed' THEN 1 ELSE 0 END FROM"      \
    " loss_account a JOIN customer_stats s ON s.id = a.customer_id WHERE"      \
    " a.deleted_at IS NULL AND a.state IN ('found', 'confirmed') AND"          \
    " s.last_order_on > a.last_order_on"
SQL(Q_RETURNED, RETURNED " ORDER BY a.id");
SQL(Q_RETURNED_ONE, RETURNED " AND a.id = $1");

enum err losses_open(struct ctx *c, int64_t customer_id, int64_t but,
                     int64_t *out) {
    return db_i64(c, &Q_OPEN, ARGS(V(customer_id), V(but)), 0, out);
}

enum err losses_customer(struct ctx *c, int64_t customer_id,
                         struct loss_customer *out) {
    struct rows *r;
    bool found;
    *out = (struct loss_customer){.interval = INT64_MIN};
    TRY(db_one(c, &Q_CUSTOMER, ARGS(V(customer_id)), &r, &found));
    if (found) {
        out->owner_id = row_i64(r, 0);
        out->interval = row_is_null(r, 1) ? INT64_MIN : row_i64(r, 1);
        out->last_day = (int32_t)row_i64(r, 2);
        out->lost = row_i64(r, 3) != 0;
    }
    rows_end(r);
    return OK;
}

enum err losses_due(struct ctx *c, int64_t customer_id, int most, int64_t **out,
                    size_t *n) {
    struct rows *r;
    int64_t limit = most;
    if (customer_id == 0)
        TRY(db_query(c, &Q_DUE, ARGS(V(limit)), &r));
    else
        TRY(db_query(c, &Q_DUE_ONE, ARGS(V(limit), V(customer_id)), &r));
    return rows_ids(r, out, n);
}

enum err losses_returned(struct ctx *c, int64_t account_id,
                         struct loss_return **out, size_t *n) {
    struct rows *r;
    VEC(struct loss_return) v = {0};
    if (account_id == 0)
        TRY(db_query(c, &Q_RETURNED, NO_ARGS, &r));
    else
        TRY(db_query(c, &Q_RETURNED_ONE, ARGS(V(account_id)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct loss_return){row_i64(r, 0), row_i64(r, 1) != 0};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err losses_spent(struct ctx *c, int64_t account_id, int64_t *out) {
    return db_i64(c, &Q_SPENT, ARGS(V(account_id)), 0, out);
}

enum err losses_sums(struct ctx *c, struct loss_sum **out, size_t *n) {
    const struct entity *e = registry_find(c->registry, S("loss_account"))->e;
    struct scope s;
    struct sqlb b;
    struct rows *r;
    VEC(struct loss_sum) v = {0};
    TRY(sight_sums(c));
    TRY(scope_make(c, e, ACT_READ, &s));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.found_on, t.state, t.cause, t.harms, count(*),"
             " CAST(sum(t.direct_loss) AS BIGINT),"
             " CAST(sum(t.indirect_loss) AS BIGINT), CAST(sum(t.spent) AS"
             " BIGINT) FROM loss_account t WHERE t.deleted_at IS NULL AND ");
    scope_where(c, &b, &s, S("t"));
    SQLB(&b, " GROUP BY t.found_on, t.state, t.cause, t.harms"
             " ORDER BY t.found_on, t.state, t.cause, t.harms");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct loss_sum){.found_on = (int32_t)row_i64(r, 0),
                              .state = row_str(r, 1),
                              .cause = row_str(r, 2),
                              .harms = row_str(r, 3),
                              .accounts = row_i64(r, 4),
                              .direct = row_i64(r, 5),
                              .indirect = row_i64(r, 6),
                              .spent = row_i64(r, 7)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}
