/* SQL of margins and costs. Products' costs are multiplied here and not in SQL
 * (DESIGN T1). Owns nothing; one thread a call. */
#include "store/costs.h"

#include "base/num.h"
#include "store/stats.h"

#include <string.h>

/* --- margins ------------------------------------------------------------ */

#define LINES                                                                  \
    "SELECT o.id, o.kind, o.rate, o.sales - o.returned, l.quantity, l.amount," \
    " CASE WHEN p.currency = o.currency THEN p.cost END, l.id FROM \"order\""  \
    " o LEFT JOIN order_line l ON l.order_id = o.id AND l.deleted_at IS NULL"  \
    " LEFT JOIN product p ON p.id = l.product_id WHERE o.deleted_at IS NULL"   \
    " AND o.id"

SQL(Q_ONE, LINES " = $1");
SQL(Q_SET, "UPDATE \"order\" SET margin = $2 WHERE id = $1");

static enum err add_line(struct ctx *c, const struct rows *r,
                         struct order_margin *m) {
    int64_t amount = row_i64(r, 5), cost = 0;
    bool fits = num_add(&m->total, amount);
    m->lines++;
    if (row_is_null(r, 6)) {
        m->unpriced++;
        fits = fits && num_add(&m->loose, amount);
    } else {
        fits = fits &&
               num_mul(row_i64(r, 4), row_i64(r, 6), NUM_QUANTITY, &cost) &&
               !__builtin_sub_overflow(amount, cost, &amount) &&
               num_add(&m->priced, amount);
    }
    return fits ? OK : fail(c, ERR_INVALID, "amount", "amount_overflow");
}

enum err order_margins(struct ctx *c, const int64_t *ids, size_t n,
                       struct order_margin **out, size_t *n_out) {
    VEC(struct order_margin) v = {0};
    struct rows *r;
    if (n == 1) {
        TRY(db_query(c, &Q_ONE, ARGS(V(ids[0])), &r));
    } else {
        struct sqlb b;
        sqlb_init(&b, c);
        SQLB(&b, LINES);
        sqlb_in_ids(&b, ids, n);
        SQLB(&b, " ORDER BY o.id");
        TRY(sqlb_query(&b, &r));
    }
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        if (v.n == 0 || v.p[v.n - 1].order_id != row_i64(r, 0))
            *VEC_PUSH(c->arena, &v) = (struct order_margin){
                .order_id = row_i64(r, 0),
                .is_return = str_eqc(row_view(r, 1), "return"),
                .rate = row_i64(r, 2),
                .base = row_i64(r, 3)};
        if (!row_is_null(r, 7))
            TRY(add_line(c, r, &v.p[v.n - 1]));
    }
    *out = v.p;
    *n_out = v.n;
    return OK;
}

enum err order_margin_set(struct ctx *c, int64_t order_id, bool known,
                          int64_t margin) {
    return db_exec(c, &Q_SET, ARGS(V(order_id), known ? V(margin) : V_NULL),
                   NULL);
}

enum err products_priced(struct ctx *c, const int64_t *ids, size_t n,
                         bool *out) {
    struct sqlb b;
    struct rows *r;
    *out = false;
    if (n == 0)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT 1 FROM product WHERE cost IS NOT NULL AND id");
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " LIMIT 1");
    TRY(sqlb_query(&b, &r));
    TRY(rows_next(r, out));
    rows_end(r);
    return OK;
}

SQL(Q_UNPRICED,
    "SELECT o.id FROM \"order\" o WHERE o.id > $1 AND o.margin IS NULL AND"
    " o.deleted_at IS NULL AND ($3 = 1 OR (EXISTS (SELECT 1 FROM order_line l"
    " JOIN product p ON p.id = l.product_id WHERE l.order_id = o.id AND"
    " l.deleted_at IS NULL AND p.cost IS NOT NULL AND p.currency = o.currency)"
    " AND NOT EXISTS (SELECT 1 FROM order_line l LEFT JOIN product p ON p.id ="
    " l.product_id AND p.currency = o.currency WHERE l.order_id = o.id AND"
    " l.deleted_at IS NULL AND p.cost IS NULL))) ORDER BY o.id LIMIT $2");

enum err orders_unpriced(struct ctx *c, int64_t after, bool assumed, size_t n,
                         int64_t *ids, size_t *found) {
    struct rows *r;
    TRY(db_query(c, &Q_UNPRICED,
                 ARGS(V(after), V((int64_t)n), V((int64_t)assumed)), &r));
    return rows_ids_into(r, ids, n, found);
}

/* --- the ledger --------------------------------------------------------- */

SQL(Q_COSTS,
    "UPDATE customer_stats SET (cost_to_serve, discounts_given) = (SELECT"
    " CAST(coalesce(sum(base_amount), 0) AS BIGINT) * $2,"
    " CAST(coalesce(sum(CASE WHEN origin = 'order' THEN base_amount ELSE 0"
    " END), 0) AS BIGINT) * $2 FROM cost_entry WHERE customer_id = $1 AND"
    " deleted_at IS NULL) WHERE id = $1");
SQL(Q_NET, "UPDATE customer_stats SET " STATS_NET " WHERE id = $1");

enum err stats_costs(struct ctx *c, int64_t customer_id) {
    int64_t unit;
    TRY(db_lock_row(c, S("customer_stats"), customer_id));
    TRY(stats_minor(c, &unit));
    TRY(db_exec(c, &Q_COSTS, ARGS(V(customer_id), V(unit)), NULL));
    return db_exec(c, &Q_NET, ARGS(V(customer_id)), NULL);
}

SQL(Q_OF_ORDER, "SELECT id FROM cost_entry WHERE order_id = $1 AND deleted_at"
                " IS NULL ORDER BY id");
SQL(Q_OF_INTERACTION, "SELECT id FROM cost_entry WHERE interaction_id = $1 AND"
                      " deleted_at IS NULL ORDER BY id");

enum err cost_entries_of(struct ctx *c, bool order, int64_t id,
                         int64_t ids[COST_ENTRIES_MAX], size_t *n) {
    struct rows *r;
    TRY(db_query(c, order ? &Q_OF_ORDER : &Q_OF_INTERACTION, ARGS(V(id)), &r));
    return rows_ids_into(r, ids, COST_ENTRIES_MAX, n);
}

enum err cost_entries_with(struct ctx *c, const int64_t *order_ids, size_t n,
                           int64_t **ids, size_t *n_ids) {
    struct sqlb b;
    struct rows *r;
    *ids = NULL;
    *n_ids = 0;
    if (n == 0)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT id FROM cost_entry WHERE deleted_at IS NULL AND origin <>"
             " 'actual' AND order_id");
    sqlb_in_ids(&b, order_ids, n);
    SQLB(&b, " ORDER BY id");
    TRY(sqlb_query(&b, &r));
    return rows_ids(r, ids, n_ids);
}

SQL(Q_TYPED, "SELECT count(*) FROM cost_entry WHERE order_id = $1 AND origin ="
             " 'actual' AND deleted_at IS NULL");

enum err cost_typed(struct ctx *c, int64_t order_id, bool *out) {
    int64_t n;
    TRY(db_i64(c, &Q_TYPED, ARGS(V(order_id)), 0, &n));
    *out = n > 0;
    return OK;
}

#define PART(o)                                                                \
    " CAST(sum(CASE WHEN origin = '" o "' THEN base_amount ELSE 0 END) AS"     \
    " BIGINT) * $2"
SQL(Q_SUMS, "SELECT kind, count(*), CAST(sum(base_amount) AS BIGINT) * "
            "$2," PART("standard") "," PART("actual") "," PART(
                "order") " FROM cost_entry WHERE customer_id = $1 AND "
                         "deleted_at IS NULL"
                         " GROUP BY kind ORDER BY kind");

enum err cost_sums(struct ctx *c, int64_t customer_id, struct cost_sum **out,
                   size_t *n) {
    VEC(struct cost_sum) v = {0};
    struct rows *r;
    int64_t unit;
    TRY(stats_minor(c, &unit));
    TRY(db_query(c, &Q_SUMS, ARGS(V(customer_id), V(unit)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) = (struct cost_sum){.kind = row_str(r, 0),
                                                    .entries = row_i64(r, 1),
                                                    .amount = row_i64(r, 2),
                                                    .standard = row_i64(r, 3),
                                                    .actual = row_i64(r, 4),
                                                    .order = row_i64(r, 5)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

SQL(Q_PROFIT, "SELECT margin, cost_to_serve, discounts_given, net_profit,"
              " unpriced_orders FROM customer_stats WHERE id = $1");

enum err customer_profit(struct ctx *c, int64_t customer_id,
                         struct customer_profit *out) {
    struct rows *r;
    bool found;
    *out = (struct customer_profit){.margin_known = true};
    TRY(db_one(c, &Q_PROFIT, ARGS(V(customer_id)), &r, &found));
    if (!found)
        return OK;
    *out = (struct customer_profit){.margin_known = row_i64(r, 4) == 0,
                                    .margin = row_i64(r, 0),
                                    .cost = row_i64(r, 1),
                                    .discounts = row_i64(r, 2),
                                    .unpriced_orders = row_i64(r, 4)};
    out->net = out->margin + out->discounts - out->cost;
    rows_end(r);
    return OK;
}
