/* Carrying x_ columns through migrations.
 * Owns: nothing. Threads: the connection's.
 * Invariant: read from the live schema alone, before the script runs: the
 * definitions may be of any age. */
#include "db/migrate_custom.h"

SQL(Q_COLUMNS_SQLITE,
    "SELECT t.name || '.' || c.name"
    " FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c"
    " WHERE t.schema = 'main' AND t.type = 'table'"
    " AND c.name LIKE 'x\\_%' ESCAPE '\\' ORDER BY 1");
SQL(Q_COLUMNS_PG, "SELECT c.relname || '.' || a.attname FROM pg_class c"
                  " JOIN pg_attribute a ON a.attrelid = c.oid"
                  " WHERE c.relnamespace = current_schema()::regnamespace"
                  " AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
                  " AND a.attname LIKE 'x\\_%' ORDER BY 1");
SQL(Q_DEFINITIONS,
    "SELECT ', \"' || c.name || '\" ' || c.type"
    " || CASE WHEN c.dflt_value IS NULL THEN ''"
    "    ELSE ' DEFAULT ' || c.dflt_value END"
    " || CASE WHEN f.\"table\" IS NULL THEN ''"
    "    ELSE ' REFERENCES \"' || f.\"table\" || '\" (\"id\") ON DELETE '"
    "    || f.on_delete END"
    " FROM pragma_table_xinfo($1) c"
    " LEFT JOIN pragma_foreign_key_list($1) f ON f.\"from\" = c.name"
    " WHERE c.name LIKE 'x\\_%' ESCAPE '\\' ORDER BY c.cid");
SQL(Q_NAMES, "SELECT ', \"' || c.name || '\"' FROM pragma_table_xinfo($1) c"
             " WHERE c.name LIKE 'x\\_%' ESCAPE '\\' ORDER BY c.cid");
SQL(Q_INDEXES, "SELECT i.sql || ';' FROM sqlite_schema i"
               " WHERE i.type = 'index' AND i.tbl_name = $1"
               " AND EXISTS (SELECT 1 FROM pragma_index_info(i.name) c"
               " WHERE c.name LIKE 'x\\_%' ESCAPE '\\') ORDER BY i.name");

enum err migrate_custom_columns(struct ctx *c, struct custom_columns *out) {
    VEC(struct str) v = {0};
    struct rows *r;
    bool more;
    TRY(db_query(c,
                 c->db->drv == &pg_driver ? &Q_COLUMNS_PG : &Q_COLUMNS_SQLITE,
                 NO_ARGS, &r));
    for (;;) {
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &v) = row_str(r, 0);
    }
    *out = (struct custom_columns){v.p, v.n};
    return OK;
}

static enum err append_rows(struct ctx *c, struct buf *b, const struct sql *q,
                            struct str table) {
    struct rows *r;
    bool more;
    TRY(db_query(c, q, ARGS(V(table)), &r));
    for (;;) {
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        buf_str(b, row_view(r, 0));
    }
}

#define SCRIPT_MAX (16 << 20)

/* What a comment stands for; plain comments stay. */
static enum err fill_one(struct ctx *c, struct str comment, struct buf *b) {
    static const struct {
        struct str word;
        const struct sql *q;
    } places[] = {{S_INIT("x_definitions "), &Q_DEFINITIONS},
                  {S_INIT("x_columns "), &Q_NAMES},
                  {S_INIT("x_indexes "), &Q_INDEXES}};
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (str_starts(comment, places[i].word))
            return append_rows(
                c, b, places[i].q,
                str_trim(str_sub(comment, places[i].word.n, comment.n)));
    return OK;
}

enum err migrate_custom_fill(struct ctx *c, struct str script,
                             struct str *out) {
    struct buf b;
    buf_init(&b, c->arena, SCRIPT_MAX);
    for (;;) {
        size_t from = str_find(script, S("/*x_"));
        if (from == SIZE_MAX)
            break;
        struct str rest = str_sub(script, from + 2, script.n);
        size_t end = str_find(rest, S("*/"));
        if (end == SIZE_MAX)
            break;
        buf_str(&b, str_sub(script, 0, from));
        TRY(fill_one(c, str_sub(rest, 0, end), &b));
        script = str_sub(rest, end + 2, rest.n);
    }
    buf_str(&b, script);
    *out = buf_view(&b);
    return buf_ok(&b) ? OK : fail(c, ERR_TOO_LARGE, "db", "body_too_large");
}

enum err migrate_custom_check(struct ctx *c,
                              const struct custom_columns *before) {
    struct custom_columns now;
    TRY(migrate_custom_columns(c, &now));
    for (size_t i = 0; i < before->n; i++) {
        bool there = false;
        for (size_t k = 0; k < now.n && !there; k++)
            there = str_eq(now.p[k], before->p[i]);
        if (!there)
            return failv(c, ERR_CONFLICT, S("db"), "migration_loses",
                         ARGS(V(before->p[i])));
    }
    return OK;
}
