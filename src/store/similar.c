/* SQL of looking for what is there already. Owns nothing. Threads: any. */
#include "store/similar.h"

/* Rows with the values that are tested against the scope. */
#define LOOKED_AT 500

/* Bounded by itself: an engine that walked along the ids instead of the column
 * would read the whole table. */
static void candidates(struct sqlb *b, const struct scope *s,
                       const struct similar_ask *what) {
    SQLB(b, "(SELECT x.\"id\" FROM ");
    sqlb_ident(b, s->e->name);
    SQLB(b, " x WHERE x.\"deleted_at\" IS NULL AND ");
    sqlb_column(b, S("x"), what->column);
    sqlb_in_strs(b, what->values, what->n);
    if (what->parent_id != 0) {
        SQLB(b, " AND ");
        sqlb_column(b, S("x"), what->parent);
        SQLB(b, " = ");
        sqlb_value(b, V(what->parent_id));
    }
    SQLB(b, " LIMIT ");
    sqlb_value(b, V(LOOKED_AT));
    SQLB(b, ")");
}

enum err similar_rows(struct ctx *c, const struct scope *s,
                      const struct similar_ask *what, int most,
                      struct similar_row **out, size_t *n_out) {
    VEC(struct similar_row) all = {0};
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\", ");
    sqlb_column(&b, S("t"), what->also);
    SQLB(&b, " FROM ");
    sqlb_ident(&b, s->e->name);
    SQLB(&b, " t WHERE t.\"id\" IN ");
    candidates(&b, s, what);
    SQLB(&b, " AND t.\"id\" <> ");
    sqlb_value(&b, V(what->except));
    SQLB(&b, " AND ");
    scope_where(c, &b, s, S("t"));
    SQLB(&b, " ORDER BY t.\"id\" LIMIT ");
    sqlb_value(&b, V(most));
    TRY(sqlb_query(&b, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &all) =
            (struct similar_row){row_i64(r, 0), row_str(r, 1)};
    }
    *out = all.p;
    *n_out = all.n;
    return OK;
}
