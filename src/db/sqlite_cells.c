/* Rows of values as a table, db_cells, that an INSERT … SELECT reads: one
 * statement keeps its cursors on the tables it writes from row to row, which is
 * about half of what an INSERT costs. Owns: nothing; the values are those of
 * sq_conn.cells. Threads: the connection's. Invariant: between statements
 * cells is NULL and the table empty. */
#include "db/sqlite.h"

#include "base/die.h"

#include <stdlib.h>

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
