/* One statement over customer_stats, through the customer scope. */
#include "store/outlooks.h"

#include "store/sight.h"

static int64_t number(const struct rows *r, int column) {
    return row_is_null(r, column) ? OUTLOOK_NONE : row_i64(r, column);
}

static enum err select_rows(struct ctx *c, struct sqlb *b) {
    struct scope s;
    TRY(sight_sums(c));
    TRY(scope_make(c, registry_find(c->registry, S("customer"))->e, ACT_READ,
                   &s));
    SQLB(b, "SELECT s.year_sales, s.potential, s.matrix_type, s.clv_12m,"
            " s.p_alive, s.due_on FROM customer_stats s JOIN customer t ON"
            " t.id = s.id WHERE s.orders > 0 AND t.deleted_at IS NULL AND ");
    scope_where(c, b, &s, S("t"));
    SQLB(b, " ORDER BY s.id");
    return OK;
}

enum err outlooks_in_scope(struct ctx *c, struct outlook_row **out, size_t *n) {
    struct sqlb b;
    struct rows *r;
    VEC(struct outlook_row) v = {0};
    sqlb_init(&b, c);
    TRY(select_rows(c, &b));
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) =
            (struct outlook_row){.current = number(r, 0),
                                 .potential = number(r, 1),
                                 .type = row_str(r, 2),
                                 .clv = number(r, 3),
                                 .p_alive = number(r, 4),
                                 .due_on = number(r, 5)};
    }
    *out = v.p;
    *n = v.n;
    return OK;
}
