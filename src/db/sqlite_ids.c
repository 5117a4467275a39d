/* A list of ids as a table, db_ids(list), of which the argument is a value
 * VAL_IDS: what a statement asks of many records by their ids. As text, which
 * json_each reads, each id cost as much again as a step down to its row.
 * Owns: nothing; the ids are those of the value bound. Threads: the
 * connection's. Invariant: what is bound outlives the statement's last step. */
#include "db/sqlite.h"

#include "base/die.h"

#include <stdlib.h>

#define POINTER                                                                \
    "db_ids" /* names what is bound: no other module can read it               \
              */

enum { COLUMN_ID, COLUMN_LIST };

struct ids_cursor {
    sqlite3_vtab_cursor base; /* first */
    const struct val *list;   /* NULL: no list was bound */
    size_t at;
};

static struct ids_cursor *cursor_of(sqlite3_vtab_cursor *base) {
    return (struct ids_cursor *)base;
}

static int on_connect(sqlite3 *h, void *aux, int argc, const char *const *argv,
                      sqlite3_vtab **out, char **message) {
    int rc =
        sqlite3_declare_vtab(h, "CREATE TABLE x (id INTEGER, list HIDDEN)");
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_vtab *t = calloc(1, sizeof *t);
    if (t == NULL)
        return SQLITE_NOMEM;
    *out = t;
    return SQLITE_OK;
}

static int on_disconnect(sqlite3_vtab *base) {
    free(base);
    return SQLITE_OK;
}

/* There is one way: all of the list, in its order. */
static int on_plan(sqlite3_vtab *base, sqlite3_index_info *info) {
    for (int i = 0; i < info->nConstraint; i++) {
        if (info->aConstraint[i].iColumn != COLUMN_LIST ||
            info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ ||
            !info->aConstraint[i].usable)
            continue;
        info->aConstraintUsage[i].argvIndex = 1;
        info->aConstraintUsage[i].omit = 1;
        info->estimatedCost = 1;
        return SQLITE_OK;
    }
    return SQLITE_CONSTRAINT;
}

static int on_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out) {
    struct ids_cursor *k = calloc(1, sizeof *k);
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
    struct ids_cursor *k = cursor_of(base);
    k->list = argc == 1 ? sqlite3_value_pointer(argv[0], POINTER) : NULL;
    k->at = 0;
    return SQLITE_OK;
}

static int on_next(sqlite3_vtab_cursor *base) {
    cursor_of(base)->at++;
    return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *base) {
    const struct ids_cursor *k = cursor_of(base);
    return k->list == NULL || k->at >= k->list->ids.n;
}

static int on_column(sqlite3_vtab_cursor *base, sqlite3_context *to, int i) {
    const struct ids_cursor *k = cursor_of(base);
    if (i == COLUMN_ID)
        sqlite3_result_int64(to, k->list->ids.p[k->at]);
    return SQLITE_OK;
}

static int on_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out) {
    *out = (sqlite3_int64)cursor_of(base)->at;
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

void sq_ids_init(struct sq_conn *k) {
    if (sqlite3_create_module_v2(k->h, "db_ids", &module, NULL, NULL) !=
        SQLITE_OK)
        die("out of memory");
}

int sq_ids_bind(sqlite3_stmt *s, int i, const struct val *list) {
    return sqlite3_bind_pointer(s, i, (void *)(uintptr_t)list, POINTER, NULL);
}
