/* INSERT of many rows. Owns nothing; the connection's thread. */
#include "store/sheet.h"

static struct sql insert_text(struct ctx *c, const struct sheet *s,
                              size_t rows) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO ");
    sqlb_ident(&b, s->table);
    SQLB(&b, " (");
    for (size_t k = 0; k < s->columns.n; k++) {
        if (k > 0)
            SQLB(&b, ", ");
        sqlb_ident(&b, s->columns.p[k]);
    }
    SQLB(&b, ") VALUES (");
    for (size_t i = 0; i < rows * s->columns.n; i++) {
        if (i > 0 && i % s->columns.n == 0)
            SQLB(&b, "), (");
        else if (i > 0)
            SQLB(&b, ", ");
        sqlb_value(&b, V_NULL); /* the place; values come with each batch */
    }
    SQLB(&b, ")");
    return (struct sql){NULL, buf_view(&b.text)};
}

static enum err insert_rows(struct ctx *c, const struct sheet *s,
                            const struct sql *q, size_t from, size_t rows) {
    size_t columns = s->columns.n;
    struct args args = {s->cells + from * columns, rows * columns};
    return db_exec(c, q, args, NULL);
}

enum err sheet_insert(struct ctx *c, const struct sheet *s) {
    size_t i = 0, together = db_rows_together(c);
    struct sql many = insert_text(c, s, together), one = many;
    for (; s->rows - i >= together; i += together)
        TRY(insert_rows(c, s, &many, i, together));
    if (i < s->rows)
        one = insert_text(c, s, 1);
    for (; i < s->rows; i++)
        TRY(insert_rows(c, s, &one, i, 1));
    return OK;
}
