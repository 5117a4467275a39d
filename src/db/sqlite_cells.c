/* Rows of values as a table, db_cells, that an INSERT … SELECT reads: one
 * statement keeps its cursors on the tables it writes from row to row, which is
 * about half of what an INSERT costs.
 *
 * Of a statement of many rows that checks references SQLite copies each page
 * before it is changed, to take the statement back: one seventh of an import.
 * Who inserts many rows ends his transaction with any error, so references are
 * off meanwhile, and what the rows refer to is looked up behind them, in the
 * same transaction. Turning them on again, before the next statement that
 * writes anything else, makes SQLite prepare its statements anew, so few rows
 * are inserted as ever.
 *
 * Owns: nothing; the values are those of sq_conn.cells. Threads: the
 * connection's. Invariants: between statements cells is NULL and the table
 * empty; references are off for statements alone that read db_cells; when
 * sq_cells has returned OK all that its rows refer to is there. */
#include "db/sqlite.h"

#include "base/die.h"

#include <stdlib.h>

#define WORTH 200 /* rows: less than preparing the statements anew costs */

struct cells_table {
    sqlite3_vtab base; /* first */
    const struct sq_conn *conn;
};

struct cells_cursor {
    sqlite3_vtab_cursor base; /* first */
    const struct db_cells *cells;
    size_t row;
};

static struct cells_cursor *cursor_of(sqlite3_vtab_cursor *base) {
    return (struct cells_cursor *)base;
}

static int on_connect(sqlite3 *h, void *aux, int argc, const char *const *argv,
                      sqlite3_vtab **out, char **message) {
    sqlite3_str *sql = sqlite3_str_new(h);
    sqlite3_str_appendall(sql, "CREATE TABLE x (c0");
    for (int i = 1; i < DB_CELLS_MAX; i++)
        sqlite3_str_appendf(sql, ", c%d", i);
    sqlite3_str_appendall(sql, ")");
    char *text = sqlite3_str_finish(sql);
    int rc = text == NULL ? SQLITE_NOMEM : sqlite3_declare_vtab(h, text);
    sqlite3_free(text);
    if (rc != SQLITE_OK)
        return rc;
    struct cells_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return SQLITE_NOMEM;
    t->conn = aux;
    *out = &t->base;
    return SQLITE_OK;
}

static int on_disconnect(sqlite3_vtab *base) {
    free(base);
    return SQLITE_OK;
}

static int on_plan(sqlite3_vtab *base, sqlite3_index_info *info) {
    return SQLITE_OK; /* there is one way: all of it, in order */
}

static int on_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out) {
    struct cells_cursor *k = calloc(1, sizeof *k);
    if (k == NULL)
        return SQLITE_NOMEM;
    *out = &k->base;
    return SQLITE_OK;
}

static int on_close(sqlite3_vtab_cursor *base) {
    free(base);
    return SQLITE_OK;
}

static int on_begin(sqlite3_vtab_cursor *base, int plan, const char *text,
                    int argc, sqlite3_value **argv) {
    struct cells_cursor *k = cursor_of(base);
    k->cells = ((struct cells_table *)base->pVtab)->conn->cells;
    k->row = 0;
    return SQLITE_OK;
}

static int on_next(sqlite3_vtab_cursor *base) {
    cursor_of(base)->row++;
    return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *base) {
    const struct cells_cursor *k = cursor_of(base);
    return k->cells == NULL || k->row >= k->cells->rows;
}

/* Text is given without a copy: it outlives the statement. */
static int on_column(sqlite3_vtab_cursor *base, sqlite3_context *to, int i) {
    const struct cells_cursor *k = cursor_of(base);
    if ((size_t)i >= k->cells->columns)
        return SQLITE_OK;
    const struct val *v = &k->cells->v[k->row * k->cells->columns + (size_t)i];
    switch (v->type) {
    case VAL_I64:
        sqlite3_result_int64(to, v->i);
        break;
    case VAL_F64:
        sqlite3_result_double(to, v->f);
        break;
    case VAL_STR:
        sqlite3_result_text64(to, v->s.n == 0 ? "" : v->s.p, v->s.n,
                              SQLITE_STATIC, SQLITE_UTF8);
        break;
    case VAL_BLOB:
        sqlite3_result_blob64(to, v->s.n == 0 ? "" : v->s.p, v->s.n,
                              SQLITE_STATIC);
        break;
    case VAL_NULL:
        break;
    case VAL_IDS:
        die("a list of ids is no cell");
    }
    return SQLITE_OK;
}

static int on_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out) {
    *out = (sqlite3_int64)cursor_of(base)->row;
    return SQLITE_OK;
}

/* Without xCreate: the table is there by its name alone, in no schema. */
static const sqlite3_module module = {
    .iVersion = 1,
    .xConnect = on_connect,
    .xDisconnect = on_disconnect,
    .xBestIndex = on_plan,
    .xOpen = on_open,
    .xClose = on_close,
    .xFilter = on_begin,
    .xNext = on_next,
    .xEof = at_end,
    .xColumn = on_column,
    .xRowid = on_rowid,
};

void sq_cells_init(struct sq_conn *k) {
    if (sqlite3_create_module_v2(k->h, "db_cells", &module, k, NULL) !=
        SQLITE_OK)
        die("out of memory");
}

/* --- references --------------------------------------------------------- */

struct reference {
    struct str column, table;
};

struct references {
    VEC(struct reference) all;
    bool plain; /* each is one column that holds an id */
};

SQL(Q_REFERENCES, "SELECT \"table\", \"from\", \"to\", \"seq\""
                  " FROM pragma_foreign_key_list($1)");

static enum err read_references(struct ctx *c, struct str table,
                                struct references *out) {
    struct rows *r;
    *out = (struct references){.plain = true};
    TRY(db_query(c, &Q_REFERENCES, ARGS(V(table)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        out->plain &= str_eqc(row_str(r, 2), "id") && row_i64(r, 3) == 0;
        *VEC_PUSH(c->arena, &out->all) =
            (struct reference){.table = row_str(r, 0), .column = row_str(r, 1)};
    }
}

static int by_number(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

/* The different ids in column k; most columns hold one again and again. */
static size_t ids_in(const struct db_cells *t, size_t k, int64_t *out) {
    size_t n = 0, different = 0;
    for (size_t i = 0; i < t->rows; i++) {
        struct val v = t->v[i * t->columns + k];
        if (v.type == VAL_I64 && (n == 0 || out[n - 1] != v.i))
            out[n++] = v.i;
    }
    if (n > 0)
        qsort(out, n, sizeof *out, by_number);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || out[i] != out[i - 1])
            out[different++] = out[i];
    return different;
}

static enum err check_reference(struct ctx *c, const struct db_cells *t,
                                const struct reference *f) {
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, t->rows), there;
    struct sqlb b;
    size_t k = 0;
    while (k < t->columns && !str_eq(t->names[k], f->column))
        k++;
    size_t n = k < t->columns ? ids_in(t, k, ids) : 0;
    if (n == 0)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*) FROM ");
    sqlb_ident(&b, f->table);
    SQLB(&b, " WHERE \"id\"");
    sqlb_in_ids(&b, ids, n);
    TRY(sqlb_i64(&b, 0, &there));
    return (size_t)there == n
               ? OK
               : fail(c, ERR_INVALID, str_cstr(c->arena, f->column),
                      "foreign_key");
}

static void set_loose(struct sq_conn *k, bool loose) {
    if (k->loose != loose)
        sqlite3_db_config(k->h, SQLITE_DBCONFIG_ENABLE_FKEY, !loose, NULL);
    k->loose = loose;
}

void sq_cells_tighten(struct sq_conn *k) {
    if (k->cells == NULL)
        set_loose(k, false);
}

static enum err insert(struct ctx *c, const struct sql *q,
                       const struct db_cells *cells) {
    struct sq_conn *k = sq_of(c->db);
    k->cells = cells;
    k->base.written++; /* what was refused may have left rows */
    enum err e = db_exec(c, q, NO_ARGS, NULL);
    k->cells = NULL;
    return e;
}

enum err sq_cells(struct ctx *c, const struct sql *q,
                  const struct db_cells *cells) {
    struct sq_conn *k = sq_of(c->db);
    struct references refs = {.plain = true};
    TRY(sq_later_write(c));
    if (cells->rows >= WORTH)
        TRY(read_references(c, cells->table, &refs));
    bool many = cells->rows >= WORTH && refs.plain;
    if (!many || refs.all.n > 0)
        set_loose(k, many);
    TRY(insert(c, q, cells));
    for (size_t i = 0; many && i < refs.all.n; i++)
        TRY(check_reference(c, cells, &refs.all.p[i]));
    return OK;
}
