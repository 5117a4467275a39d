/* Statements of orders and their lines. Owns nothing. Threads: the caller's. */
#include "store/order_rows.h"

#include "base/sortkey.h"
#include "db/db.h"

SQL(Q_NEXT, "INSERT INTO number_series (key, last) VALUES ($1, $2) ON CONFLICT"
            " (key) DO UPDATE SET last = number_series.last + excluded.last");
SQL(Q_LAST, "SELECT last FROM number_series WHERE key = $1");
SQL(Q_TAKEN, "SELECT count(*) FROM \"order\" WHERE number_sort = $1 AND number"
             " = $2");
SQL(Q_LINES, "SELECT id, rev, position FROM order_line WHERE order_id = $1 AND"
             " deleted_at IS NULL ORDER BY position, id");
SQL(Q_POSITION, "SELECT max(position) FROM order_line WHERE order_id = $1 AND"
                " deleted_at IS NULL");
SQL(Q_PRICED,
    "SELECT quantity, unit_price, amount, coalesce(discount_percent, 0) FROM"
    " order_line WHERE order_id = $1 AND deleted_at IS NULL AND kind = 'sale'"
    " AND quantity > 0 AND unit_price > 0");
SQL(Q_OFFER, "SELECT p.name, p.unit, CASE WHEN p.currency = o.currency THEN"
             " coalesce(p.price, -1) ELSE -1 END FROM product p, \"order\" o"
             " WHERE p.id = $1 AND o.id = $2");

enum err number_series_next(struct ctx *c, struct str key, int64_t step,
                            int64_t *out) {
    TRY(db_exec(c, &Q_NEXT, ARGS(V(key), V(step)), NULL));
    return db_i64(c, &Q_LAST, ARGS(V(key)), 0, out);
}

enum err order_number_taken(struct ctx *c, struct str number, bool *out) {
    int64_t n;
    TRY(db_i64(c, &Q_TAKEN, ARGS(V(text_sort_key(c->arena, number)), V(number)),
               0, &n));
    *out = n > 0;
    return OK;
}

enum err order_line_rows(struct ctx *c, int64_t order_id,
                         struct order_line_row **out, size_t *n) {
    VEC(struct order_line_row) v = {0};
    struct rows *r;
    TRY(db_query(c, &Q_LINES, ARGS(V(order_id)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct order_line_row){.id = row_i64(r, 0),
                                    .rev = row_i64(r, 1),
                                    .position = row_i64(r, 2)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err order_last_position(struct ctx *c, int64_t order_id, int64_t *out) {
    return db_i64(c, &Q_POSITION, ARGS(V(order_id)), 0, out);
}

enum err order_priced_lines(struct ctx *c, int64_t order_id,
                            struct order_priced **out, size_t *n) {
    VEC(struct order_priced) v = {0};
    struct rows *r;
    bool any = false;
    TRY(db_query(c, &Q_PRICED, ARGS(V(order_id)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        any |= row_i64(r, 3) > 0;
        *VEC_PUSH(c->arena, &v) =
            (struct order_priced){.quantity = row_i64(r, 0),
                                  .unit_price = row_i64(r, 1),
                                  .amount = row_i64(r, 2)};
    }
    *out = v.p;
    *n = any ? v.n : 0;
    return OK;
}

enum err order_offer(struct ctx *c, int64_t product_id, int64_t order_id,
                     struct order_offer *out, bool *found) {
    struct rows *r;
    TRY(db_one(c, &Q_OFFER, ARGS(V(product_id), V(order_id)), &r, found));
    if (*found)
        *out = (struct order_offer){.name = row_str(r, 0),
                                    .unit = row_str(r, 1),
                                    .price = row_i64(r, 2)};
    rows_end(r);
    return OK;
}
