/* Statements of cross-selling. Owns nothing. Invariant: what one customer
 * bought is read through the actor's scope of order lines; the pairs are facts
 * of products, counted over the whole company. */
#include "store/pairs.h"

#include "store/scope.h"

#define COUNTS                                                                 \
    "o.kind = 'sale' AND o.status NOT IN ('draft', 'cancelled') AND"           \
    " o.deleted_at IS NULL AND t.deleted_at IS NULL AND t.kind = 'sale' AND"   \
    " t.quantity > 0"

/* Lines as they lie in the file, their orders close to one another: the plus
 * and the CROSS JOIN keep SQLite from going through them product by product. */
SQL(Q_BOUGHT, "SELECT o.customer_id, t.product_id FROM order_line t CROSS JOIN"
              " \"order\" o WHERE o.id = t.order_id AND o.customer_id IS NOT"
              " NULL AND o.customer_id NOT IN (SELECT id FROM customer WHERE"
              " deleted_at IS NOT NULL) AND +t.product_id IN (SELECT id FROM"
              " product WHERE deleted_at IS NULL AND active = 1) AND " COUNTS);

enum err pairs_bought(struct ctx *c, pairs_visit visit, void *arg) {
    struct rows *r;
    TRY(db_query(c, &Q_BOUGHT, NO_ARGS, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        visit(arg, row_i64(r, 0), row_i64(r, 1));
    }
}

SQL(Q_CLEAR, "DELETE FROM product_pair");
SQL(Q_ADD,
    "INSERT INTO product_pair (product_id, other_id, customers,"
    " other_customers, together) SELECT $1, $2, $3, $4, $5 WHERE EXISTS"
    " (SELECT 1 FROM product WHERE id = $1) AND EXISTS (SELECT 1 FROM"
    " product WHERE id = $2) ON CONFLICT (product_id, other_id) DO UPDATE SET"
    " customers = excluded.customers, other_customers ="
    " excluded.other_customers, together = excluded.together");

enum err pairs_clear(struct ctx *c) {
    int64_t n;
    return db_exec(c, &Q_CLEAR, NO_ARGS, &n);
}

enum err pairs_add(struct ctx *c, const struct product_pair *p, size_t n) {
    int64_t done;
    for (size_t i = 0; i < n; i++)
        TRY(db_exec(c, &Q_ADD,
                    ARGS(V(p[i].product), V(p[i].other), V(p[i].customers),
                         V(p[i].other_customers), V(p[i].together)),
                    &done));
    return OK;
}

/* "WITH bought AS (…)": products of the customer's lines in scope, of his
 * newest orders. */
static enum err with_bought(struct ctx *c, struct sqlb *b,
                            int64_t customer_id) {
    struct scope lines;
    TRY(scope_make(c, registry_find(c->registry, S("order_line"))->e, ACT_READ,
                   &lines));
    SQLB(b, "WITH bought AS (SELECT DISTINCT t.product_id AS id FROM"
            " order_line t JOIN \"order\" o ON o.id = t.order_id WHERE"
            " o.id IN (SELECT id FROM \"order\" WHERE customer_id = ");
    sqlb_value(b, V(customer_id));
    SQLB(b, " AND deleted_at IS NULL ORDER BY ordered_on DESC, id DESC LIMIT ");
    sqlb_value(b, V((int64_t)PAIRS_NEWEST));
    SQLB(b, ") AND t.product_id IS NOT NULL AND " COUNTS " AND ");
    scope_where(c, b, &lines, S("t"));
    SQLB(b, ")");
    return OK;
}

enum err pairs_of_customer(struct ctx *c, int64_t customer_id,
                           struct pair_found **out, size_t *n) {
    struct scope products;
    struct sqlb b;
    struct rows *r;
    VEC(struct pair_found) v = {0};
    TRY(scope_make(c, registry_find(c->registry, S("product"))->e, ACT_READ,
                   &products));
    sqlb_init(&b, c);
    TRY(with_bought(c, &b, customer_id));
    SQLB(&b, " SELECT p.product_id, p.other_id, p.customers,"
             " p.other_customers, p.together, a.name, x.name FROM"
             " product_pair p JOIN product a ON a.id = p.product_id JOIN"
             " product x ON x.id = p.other_id WHERE x.deleted_at IS NULL AND"
             " x.active = 1 AND p.product_id IN (SELECT id FROM bought) AND"
             " p.other_id NOT IN (SELECT id FROM bought) AND ");
    scope_where(c, &b, &products, S("x"));
    SQLB(&b, " ORDER BY p.other_id, p.product_id");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct pair_found){{row_i64(r, 0), row_i64(r, 1), row_i64(r, 2),
                                 row_i64(r, 3), row_i64(r, 4)},
                                row_str(r, 5),
                                row_str(r, 6)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}
