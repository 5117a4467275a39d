/* Margins: read line by line, calculated here and not in SQL (DESIGN T1), so
 * that both databases agree. Owns nothing; one thread a call. */
#include "store/margins.h"

#include "base/num.h"

#define COUNTS                                                                 \
    "o.kind = 'sale' AND o.status NOT IN ('draft', 'cancelled') AND"           \
    " o.sales > 0 AND o.deleted_at IS NULL AND o.customer_id IS NOT NULL"
#define FIGURES                                                                \
    "SELECT o.customer_id, l.quantity, l.amount, o.rate,"                      \
    " CASE WHEN p.currency = o.currency THEN p.cost END"
#define SOLD                                                                   \
    " FROM \"order\" o LEFT JOIN order_line l ON l.order_id = o.id AND "       \
    "l.deleted_at IS NULL"                                                     \
    " AND l.kind = 'sale' AND l.quantity > 0 AND l.unit_price > 0"             \
    " LEFT JOIN product p ON p.id = l.product_id WHERE " COUNTS                \
    " AND o.ordered_on >= $1"
#define LINES FIGURES SOLD

SQL(Q_ALL, LINES " ORDER BY o.customer_id");
SQL(Q_ONE, LINES " AND o.customer_id = $2");
SQL(Q_NAMED, FIGURES ", o.id, o.number, o.ordered_on, l.product_id,"
                     " o.currency" SOLD
                     " AND o.customer_id = $2 AND l.id IS NOT NULL ORDER BY"
                     " o.ordered_on, o.id, l.position, l.id");
SQL(Q_SALES, "SELECT CAST(coalesce(sum(o.sales), 0) AS BIGINT) FROM \"order\" o"
             " WHERE " COUNTS " AND o.ordered_on >= $1 AND"
             " o.customer_id = $2");

#define RATE_SCALE 9
#define QUANTITY_SCALE 3

/* One line's margin in base currency; *known false without a cost. */
static bool line_margin(const struct rows *r, bool *known, int64_t *out) {
    int64_t cost;
    *out = 0;
    *known = !row_is_null(r, 4);
    if (!*known)
        return true;
    return num_mul(row_i64(r, 1), row_i64(r, 4), QUANTITY_SCALE, &cost) &&
           !__builtin_sub_overflow(row_i64(r, 2), cost, out) &&
           num_mul(*out, row_i64(r, 3), RATE_SCALE, out);
}

enum err margins_since(struct ctx *c, int32_t from_day, int64_t customer_id,
                       struct margin **out, size_t *n, int64_t *unknown) {
    struct rows *r;
    VEC(struct margin) v = {0};
    *unknown = 0;
    if (customer_id == 0)
        TRY(db_query(c, &Q_ALL, ARGS(V(from_day)), &r));
    else
        TRY(db_query(c, &Q_ONE, ARGS(V(from_day), V(customer_id)), &r));
    for (;;) {
        bool more, known;
        int64_t margin;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        if (v.n == 0 || v.p[v.n - 1].customer != row_i64(r, 0))
            *VEC_PUSH(c->arena, &v) = (struct margin){row_i64(r, 0), 0};
        if (!line_margin(r, &known, &margin) ||
            !num_add(&v.p[v.n - 1].amount, margin))
            return fail(c, ERR_INVALID, "", "amount_overflow");
        *unknown += !known;
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err margin_lines(struct ctx *c, int32_t from_day, int64_t customer_id,
                      struct margin_line **out, size_t *n) {
    struct rows *r;
    VEC(struct margin_line) v = {0};
    TRY(db_query(c, &Q_NAMED, ARGS(V(from_day), V(customer_id)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        struct margin_line *l = VEC_PUSH(c->arena, &v);
        *l = (struct margin_line){.order_id = row_i64(r, 5),
                                  .number = row_str(r, 6),
                                  .currency = row_str(r, 9),
                                  .day = (int32_t)row_i64(r, 7),
                                  .product_id = row_i64(r, 8),
                                  .quantity = row_i64(r, 1),
                                  .amount = row_i64(r, 2),
                                  .rate = row_i64(r, 3),
                                  .cost = row_i64(r, 4)};
        if (!line_margin(r, &l->known, &l->margin))
            return fail(c, ERR_INVALID, "", "amount_overflow");
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err sales_since(struct ctx *c, int32_t from_day, int64_t customer_id,
                     int64_t *out) {
    return db_i64(c, &Q_SALES, ARGS(V(from_day), V(customer_id)), 0, out);
}
