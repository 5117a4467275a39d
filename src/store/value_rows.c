/* Aggregates over customer_stats, always through the customer scope. */
#include "store/value_rows.h"

#include "base/num.h"
#include "store/sight.h"

static enum err customer_scope(struct ctx *c, struct scope *s) {
    TRY(sight_sums(c));
    return scope_make(c, registry_find(c->registry, S("customer"))->e, ACT_READ,
                      s);
}

/* " FROM customer_stats s JOIN customer t … WHERE sold, live, in scope" */
static enum err from_scope(struct ctx *c, struct sqlb *b) {
    struct scope s;
    TRY(customer_scope(c, &s));
    SQLB(b, " FROM customer_stats s JOIN customer t ON t.id = s.id"
            " WHERE s.orders > 0 AND t.deleted_at IS NULL AND ");
    scope_where(c, b, &s, S("t"));
    return OK;
}

enum err value_facts(struct ctx *c, struct value_fact **out, size_t *n) {
    struct sqlb b;
    struct rows *r;
    VEC(struct value_fact) v = {0};
    sqlb_init(&b, c);
    SQLB(&b, "SELECT s.id, s.grade, s.abc_class, s.r_score, s.f_score,"
             " s.m_score, s.sales, s.orders, s.last_order_on");
    TRY(from_scope(c, &b));
    SQLB(&b, " ORDER BY s.id");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct value_fact){.id = row_i64(r, 0),
                                .grade = row_str(r, 1),
                                .abc = row_str(r, 2),
                                .r = (int)row_i64(r, 3),
                                .f = (int)row_i64(r, 4),
                                .m = (int)row_i64(r, 5),
                                .sales = row_i64(r, 6),
                                .orders = row_i64(r, 7),
                                .last_day = (int32_t)row_i64(r, 8)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err value_customers(struct ctx *c, int64_t **out, size_t *n) {
    static const char *const told[] = {"first_order_on", "last_order_on", NULL};
    struct sqlb b;
    struct rows *r;
    TRY(sight_told(c, told));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT s.id");
    TRY(from_scope(c, &b));
    SQLB(&b, " ORDER BY s.id");
    TRY(sqlb_query(&b, &r));
    return rows_ids(r, out, n);
}

enum err value_lines(struct ctx *c, int64_t *lines, int64_t *sale_lines) {
    const struct entity *e = registry_find(c->registry, S("order_line"))->e;
    struct scope s;
    struct sqlb b;
    struct rows *r;
    bool more;
    *lines = *sale_lines = 0;
    if (actor_level(c, e, ACT_READ) == LEVEL_NONE)
        return OK;
    TRY(scope_make(c, e, ACT_READ, &s));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*), coalesce(sum(CASE WHEN t.kind = 'sale' AND"
             " t.quantity > 0 AND t.unit_price > 0 AND o.kind = 'sale' AND"
             " o.status NOT IN ('draft', 'cancelled') AND o.customer_id IS NOT"
             " NULL THEN 1 ELSE 0 END), 0) FROM order_line t JOIN \"order\" o"
             " ON o.id = t.order_id WHERE t.deleted_at IS NULL AND ");
    scope_where(c, &b, &s, S("t"));
    TRY(sqlb_query(&b, &r));
    TRY(rows_next(r, &more));
    if (more) {
        *lines = row_i64(r, 0);
        *sale_lines = row_i64(r, 1);
    }
    rows_end(r);
    return OK;
}

enum err value_cells(struct ctx *c, struct value_cell **out, size_t *n) {
    static const char *const told[] = {"r_score", "f_score", "sales", NULL};
    struct sqlb b;
    struct rows *r;
    VEC(struct value_cell) v = {0};
    TRY(sight_told(c, told));
    sqlb_init(&b, c);
    SQLB(&b, "SELECT s.r_score, s.f_score, count(*),"
             " CAST(sum(s.sales) AS BIGINT)");
    TRY(from_scope(c, &b));
    SQLB(&b, " AND s.r_score IS NOT NULL AND s.f_score IS NOT NULL GROUP BY"
             " s.r_score, s.f_score ORDER BY s.r_score, s.f_score");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct value_cell){(int)row_i64(r, 0), (int)row_i64(r, 1),
                                row_i64(r, 2), row_i64(r, 3)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

/* Whole units and the rest apart, as no sum of either can overflow. */
enum err value_grade_rows(struct ctx *c, struct value_grade_sums **out,
                          size_t *n) {
    struct sqlb b;
    struct rows *r;
    VEC(struct value_grade_sums) v = {0};
    sqlb_init(&b, c);
    SQLB(&b, "SELECT s.grade, count(*), count(s.net_profit),"
             " CAST(coalesce(sum(s.net_profit / 1000000), 0) AS BIGINT),"
             " CAST(coalesce(sum(s.net_profit % 1000000), 0) AS BIGINT)");
    TRY(from_scope(c, &b));
    SQLB(&b, " AND s.grade IS NOT NULL GROUP BY s.grade ORDER BY s.grade");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        struct value_grade_sums *x = VEC_PUSH(c->arena, &v);
        *x = (struct value_grade_sums){.grade = row_str(r, 0),
                                       .customers = row_i64(r, 1),
                                       .known = row_i64(r, 2)};
        if (!num_mul(row_i64(r, 3), 1000000, 0, &x->profit) ||
            !num_add(&x->profit, row_i64(r, 4)))
            return fail(c, ERR_INVALID, "", "amount_overflow");
    }
    *out = v.p;
    *n = v.n;
    return OK;
}

enum err value_group_rows(struct ctx *c, struct value_group_sums **out,
                          size_t *n) {
    struct sqlb b;
    struct rows *r;
    VEC(struct value_group_sums) v = {0};
    sqlb_init(&b, c);
    SQLB(&b, "SELECT s.value_group, count(*), CAST(sum(s.sales) AS BIGINT),"
             " CAST(sum(s.orders) AS BIGINT), CAST(sum(s.last_order_on) AS"
             " BIGINT)");
    TRY(from_scope(c, &b));
    SQLB(&b, " AND s.value_group IS NOT NULL GROUP BY s.value_group ORDER BY"
             " s.value_group");
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct value_group_sums){.group = (int)row_i64(r, 0),
                                      .customers = row_i64(r, 1),
                                      .sales = row_i64(r, 2),
                                      .orders = row_i64(r, 3),
                                      .last_days = row_i64(r, 4)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}
