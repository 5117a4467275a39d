/* UPDATE of many rows of one table. Owns: nothing. Threads: the connection's.
 */
#include "base/json.h"
#include "db/driver.h"

#define ROWS_PG 1000 /* of one statement */
#define FEW 3        /* rows: not worth a text */
#define JSON_MAX ((size_t)64 * 1024 * 1024)

/* Writes where the new value of column k is. */
typedef void (*put_fn)(struct sqlb *b, const struct db_cells *t, size_t k);

static void assignments(struct sqlb *b, const struct db_cells *t, put_fn put) {
    SQLB(b, " SET ");
    for (size_t k = 1; k < t->columns; k++) {
        if (k > 1)
            SQLB(b, ", ");
        sqlb_ident(b, t->names[k]);
        SQLB(b, " = ");
        put(b, t, k);
    }
}

/* Only rows that differ, since each one written costs its index entries. */
static void differences(struct sqlb *b, const struct db_cells *t, put_fn put) {
    SQLB(b, " AND (");
    for (size_t k = 1; k < t->columns; k++) {
        if (k > 1)
            SQLB(b, " OR ");
        sqlb_column(b, S("s"), t->names[k]);
        SQLB(b, " IS DISTINCT FROM ");
        put(b, t, k);
    }
    SQLB(b, ")");
}

/* --- row by row ----------------------------------------------------------- */

static void put_place(struct sqlb *b, const struct db_cells *t, size_t k) {
    buf_byte(&b->text, '$');
    buf_i64(&b->text, (int64_t)k + 1);
}

static enum err each(struct ctx *c, const struct db_cells *t) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "UPDATE ");
    sqlb_ident(&b, t->table);
    SQLB(&b, " AS s");
    assignments(&b, t, put_place);
    SQLB(&b, " WHERE s.id = $1");
    differences(&b, t, put_place);
    const struct sql q = {NULL, buf_view(&b.text)};
    for (size_t i = 0; i < t->rows; i++)
        TRY(db_exec(c, &q, (struct args){t->v + i * t->columns, t->columns},
                    NULL));
    return OK;
}

/* --- all at once ---------------------------------------------------------- */

static void put_column(struct sqlb *b, const struct db_cells *t, size_t k) {
    sqlb_column(b, S("v"), t->names[k]);
}

/* The table itself says of which types the members are. */
static struct str rows_text(struct ctx *c, const struct db_cells *t) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, JSON_MAX);
    jw_init(&w, &b);
    jw_array(&w);
    for (size_t i = 0; i < t->rows; i++) {
        jw_object(&w);
        for (size_t k = 0; k < t->columns; k++) {
            jw_key(&w, t->names[k]);
            jw_val(&w, t->v[i * t->columns + k]);
        }
        jw_object_end(&w);
    }
    jw_array_end(&w);
    return buf_view(&b);
}

static enum err together(struct ctx *c, const struct db_cells *t) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "UPDATE ");
    sqlb_ident(&b, t->table);
    SQLB(&b, " AS s");
    assignments(&b, t, put_column);
    SQLB(&b, " FROM json_populate_recordset(NULL::");
    sqlb_ident(&b, t->table);
    SQLB(&b, ", ");
    sqlb_value(&b, V(rows_text(c, t)));
    SQLB(&b, "::json) AS v WHERE s.id = v.id");
    differences(&b, t, put_column);
    return sqlb_exec(&b, NULL);
}

enum err db_update(struct ctx *c, const struct db_cells *t) {
    if (c->db->drv->cells != NULL || t->rows <= FEW)
        return t->rows == 0 ? OK : each(c, t);
    for (size_t i = 0; i < t->rows; i += ROWS_PG) {
        struct db_cells some = *t;
        some.v = t->v + i * t->columns;
        some.rows = t->rows - i < ROWS_PG ? t->rows - i : ROWS_PG;
        TRY(together(c, &some));
    }
    return OK;
}
