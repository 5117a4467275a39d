/* INSERT of many rows of one table. Owns: nothing. Threads: the connection's.
 */
#include "db/driver.h"

/* Rows of one statement. PostgreSQL: fewer round trips. SQLite: a statement
 * that checks references copies what it touches until it ends, so not all. */
#define ROWS_PG 64
#define ROWS_SQLITE 2000

static void columns_of(struct sqlb *b, const struct db_cells *t) {
    sqlb_ident(b, t->table);
    SQLB(b, " (");
    for (size_t k = 0; k < t->columns; k++) {
        if (k > 0)
            SQLB(b, ", ");
        sqlb_ident(b, t->names[k]);
    }
    SQLB(b, ")");
}

/* The places; values come with each batch. */
static struct sql values_text(struct ctx *c, const struct db_cells *t,
                              size_t rows) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO ");
    columns_of(&b, t);
    SQLB(&b, " VALUES (");
    for (size_t i = 0; i < rows * t->columns; i++) {
        if (i > 0 && i % t->columns == 0)
            SQLB(&b, "), (");
        else if (i > 0)
            SQLB(&b, ", ");
        sqlb_value(&b, V_NULL);
    }
    SQLB(&b, ")");
    return (struct sql){NULL, buf_view(&b.text)};
}

/* OR FAIL: rows before the one refused stay in, as db_insert says; with ABORT,
 * SQLite's own way, it would copy each page before it is changed. */
static struct sql select_text(struct ctx *c, const struct db_cells *t) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT OR FAIL INTO ");
    columns_of(&b, t);
    SQLB(&b, " SELECT ");
    for (size_t k = 0; k < t->columns; k++) {
        if (k > 0)
            SQLB(&b, ", ");
        sqlb_ident(&b, str_fmt(c->arena, "c%zu", k));
    }
    SQLB(&b, " FROM db_cells");
    return (struct sql){NULL, buf_view(&b.text)};
}

static enum err insert_values(struct ctx *c, const struct db_cells *t,
                              size_t together) {
    size_t i = 0;
    struct sql many, one;
    if (t->rows >= together)
        many = values_text(c, t, together);
    for (; t->rows - i >= together; i += together)
        TRY(db_exec(c, &many,
                    (struct args){t->v + i * t->columns, together * t->columns},
                    NULL));
    if (i < t->rows)
        one = values_text(c, t, 1);
    for (; i < t->rows; i++)
        TRY(db_exec(c, &one, (struct args){t->v + i * t->columns, t->columns},
                    NULL));
    return OK;
}

enum err db_insert(struct ctx *c, const struct db_cells *t) {
    const struct driver *drv = c->db->drv;
    if (drv->cells == NULL)
        return insert_values(c, t, ROWS_PG);
    if (t->columns > DB_CELLS_MAX)
        return insert_values(c, t, 1);
    struct sql q = select_text(c, t);
    for (size_t i = 0; i < t->rows; i += ROWS_SQLITE) {
        struct db_cells some = *t;
        some.v = t->v + i * t->columns;
        some.rows = t->rows - i < ROWS_SQLITE ? t->rows - i : ROWS_SQLITE;
        TRY(drv->cells(c, &q, &some));
    }
    return OK;
}

enum err db_insert_later(struct ctx *c, const struct db_later *t,
                         struct args row) {
    const struct driver *drv = c->db->drv;
    if (drv->later == NULL || !db_in_transaction(c->db))
        return db_exec(c, t->one, row, NULL);
    return drv->later(c, t, row);
}

enum err db_write_later(struct ctx *c) {
    const struct driver *drv = c->db->drv;
    return drv->write_later == NULL ? OK : drv->write_later(c);
}
