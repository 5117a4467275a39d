/* The live schema as text, for comparing it with the model.
 * Owns: nothing. Threads: the connection's.
 * Invariant: the same schema gives the same lines whatever way its DDL was
 * written; the two engines need not agree with each other. */
#include "db/driver.h"

#include <stdlib.h>
#include <unistd.h>

/* Each query gives whole lines; white space runs are made single here, because
 * SQLite keeps default and WHERE texts as they were written. */
SQL(Q_SQLITE_COLUMNS,
    "SELECT 'column ' || t.name || '.' || c.name || ' ' || lower(c.type)"
    " || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END"
    " || CASE WHEN c.dflt_value IS NULL THEN ''"
    "    ELSE ' default ' || c.dflt_value END"
    " || CASE WHEN c.pk > 0 THEN ' key ' || c.pk ELSE '' END"
    " || CASE WHEN c.hidden > 1 THEN ' generated' ELSE '' END"
    " FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c"
    " WHERE t.schema = 'main' AND t.type = 'table'"
    " AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND t.name <> 'schema_migration'");

SQL(Q_SQLITE_TABLES,
    "SELECT 'table ' || t.name || CASE WHEN t.strict THEN ' strict' ELSE '' END"
    " || CASE WHEN t.wr THEN ' without rowid' ELSE '' END"
    " || CASE WHEN t.type = 'virtual' OR t.type = 'view' THEN ' ' || s.sql"
    "    WHEN instr(upper(s.sql), 'AUTOINCREMENT') > 0"
    "    THEN ' autoincrement' ELSE '' END"
    " FROM pragma_table_list t"
    " JOIN sqlite_schema s ON s.name = t.name"
    " WHERE t.schema = 'main' AND t.type <> 'shadow'"
    " AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND t.name <> 'schema_migration'");

/* The columns of an index in order; rowid columns (cid < 0 without a name in
 * a key) are expressions and shown with the text of the whole index. */
SQL(Q_SQLITE_INDEXES,
    "SELECT CASE i.origin WHEN 'c' THEN 'index ' || i.name"
    "   WHEN 'u' THEN 'unique' ELSE 'primary key' END"
    " || ' on ' || t.name || '(' ||"
    " (SELECT group_concat(coalesce(x.name, 'expression')"
    "   || CASE WHEN x.\"desc\" THEN ' desc' ELSE '' END"
    "   || CASE WHEN x.coll <> 'BINARY' THEN ' ' || x.coll ELSE '' END, ', ')"
    "  FROM (SELECT * FROM pragma_index_xinfo(i.name) WHERE key"
    "        ORDER BY seqno) x) || ')'"
    " || CASE WHEN i.\"unique\" AND i.origin = 'c' THEN ' unique' ELSE '' END"
    " || CASE WHEN i.partial THEN ' where' ||"
    "    substr(s.sql, instr(upper(s.sql), ' WHERE') + 6)"
    "    WHEN EXISTS (SELECT 1 FROM pragma_index_xinfo(i.name)"
    "                 WHERE key AND cid = -2)"
    "    THEN substr(s.sql, instr(s.sql, '(')) ELSE '' END"
    " FROM pragma_table_list t JOIN pragma_index_list(t.name) i"
    " LEFT JOIN sqlite_schema s ON s.name = i.name AND s.type = 'index'"
    " WHERE t.schema = 'main' AND t.type = 'table'"
    " AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND t.name <> 'schema_migration'");

SQL(Q_SQLITE_FOREIGN,
    "SELECT 'foreign ' || t.name || '(' || group_concat(f.\"from\", ', ')"
    " || ') to ' || f.\"table\" || '(' || group_concat(coalesce(f.\"to\", "
    "'id'),"
    "    ', ') || ') update ' || lower(f.on_update) || ' delete '"
    " || lower(f.on_delete)"
    " FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name) f"
    " WHERE t.schema = 'main' AND t.type = 'table'"
    " GROUP BY t.name, f.id");

/* As written: they stand behind all columns, those added later too. */
SQL(Q_SQLITE_CHECKS,
    "SELECT 'check ' || name || substr(sql, instr(sql, ' CHECK '))"
    " FROM sqlite_schema WHERE type = 'table' AND instr(sql, ' CHECK ') > 0"
    " AND name <> 'schema_migration'");

SQL(Q_PG_TABLES,
    "SELECT CASE c.relkind WHEN 'v' THEN 'view ' ELSE 'table ' END"
    " || c.relname || CASE c.relkind WHEN 'v'"
    "    THEN ' ' || pg_get_viewdef(c.oid) ELSE '' END"
    " FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace"
    " AND c.relkind IN ('r', 'p', 'v') AND c.relname <> 'schema_migration'");

SQL(Q_PG_COLUMNS,
    "SELECT 'column ' || c.relname || '.' || a.attname || ' '"
    " || format_type(a.atttypid, a.atttypmod)"
    " || CASE WHEN l.collname IS NULL OR l.collname = 'default' THEN ''"
    "    ELSE ' collate ' || l.collname END"
    " || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END"
    " || CASE WHEN d.adbin IS NULL THEN ''"
    "    ELSE ' default ' || pg_get_expr(d.adbin, d.adrelid) END"
    " || CASE a.attidentity WHEN '' THEN '' ELSE ' identity' END"
    " || CASE a.attgenerated WHEN '' THEN '' ELSE ' generated' END"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    " LEFT JOIN pg_collation l ON l.oid = a.attcollation"
    " WHERE c.relnamespace = current_schema()::regnamespace"
    " AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped"
    " AND c.relname <> 'schema_migration'");

SQL(Q_PG_INDEXES, "SELECT 'index ' || pg_get_indexdef(i.indexrelid)"
                  " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
                  " WHERE c.relnamespace = current_schema()::regnamespace"
                  " AND c.relname <> 'schema_migration'");

SQL(Q_PG_CONSTRAINTS,
    "SELECT 'constraint ' || c.relname || '.' || k.conname || ' '"
    " || pg_get_constraintdef(k.oid)"
    " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
    " WHERE c.relnamespace = current_schema()::regnamespace"
    " AND k.contype IN ('f', 'c') AND c.relname <> 'schema_migration'");

struct lines {
    VEC(struct str) v;
};

/* Runs of white space become one space. */
static struct str squeeze(struct arena *a, struct str s) {
    struct buf out;
    buf_init(&out, a, s.n + 1);
    bool space = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\t') {
            space = out.n > 0;
            continue;
        }
        if (space)
            buf_byte(&out, ' ');
        space = false;
        buf_byte(&out, s.p[i]);
    }
    return buf_view(&out);
}

static enum err collect(struct ctx *c, const struct sql *q,
                        struct lines *lines) {
    struct rows *r;
    TRY(db_query(c, q, NO_ARGS, &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        *VEC_PUSH(c->arena, &lines->v) = squeeze(c->arena, row_view(r, 0));
    }
}

static int by_bytes(const void *x, const void *y) {
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

enum err db_describe(struct ctx *c, struct buf *out) {
    static const struct sql *const sqlite[] = {
        &Q_SQLITE_TABLES,  &Q_SQLITE_COLUMNS, &Q_SQLITE_INDEXES,
        &Q_SQLITE_FOREIGN, &Q_SQLITE_CHECKS,  NULL};
    static const struct sql *const pg[] = {
        &Q_PG_TABLES, &Q_PG_COLUMNS, &Q_PG_INDEXES, &Q_PG_CONSTRAINTS, NULL};
    const struct sql *const *q = c->db->drv == &pg_driver ? pg : sqlite;
    struct lines lines = {0};
    for (; *q != NULL; q++)
        TRY(collect(c, *q, &lines));
    if (lines.v.n > 0)
        qsort(lines.v.p, lines.v.n, sizeof *lines.v.p, by_bytes);
    for (size_t i = 0; i < lines.v.n; i++) {
        buf_str(out, lines.v.p[i]);
        buf_byte(out, '\n');
    }
    return OK;
}

/* --- a schema that is made only to be looked at ------------------------- */

#define ASIDE "guanxi_aside"

SQL(Q_SCHEMA, "SELECT current_schema()::text");

/* Index definitions name the schema of their table. */
static void take_home(struct buf *out, struct str text, struct str home) {
    static const struct str away = S_INIT(ASIDE ".");
    size_t at;
    while ((at = str_find(text, away)) != SIZE_MAX) {
        buf_str(out, str_sub(text, 0, at));
        buf_str(out, home);
        buf_byte(out, '.');
        text = str_sub(text, at + away.n, text.n);
    }
    buf_str(out, text);
}

static enum err aside_in_schema(struct ctx *c, struct str script,
                                struct buf *out) {
    struct rows *r;
    struct buf b;
    bool found;
    buf_init(&b, c->arena, out->max);
    TRY(db_one(c, &Q_SCHEMA, NO_ARGS, &r, &found));
    struct str home = row_str(r, 0);
    TRY(db_script(c, S("CREATE SCHEMA " ASIDE ";"
                       "SET LOCAL search_path = " ASIDE)));
    TRY(db_script(c, script));
    TRY(db_describe(c, &b));
    take_home(out, buf_view(&b), home);
    return OK;
}

/* PostgreSQL: in a transaction that is rolled back. */
static enum err aside_pg(struct ctx *c, struct db *d, struct str script,
                         struct buf *out) {
    TRY(db_connect(c, d, DB_WRITER, &c->db));
    enum err e = db_begin(c);
    if (e == OK)
        e = aside_in_schema(c, script, out);
    db_rollback(c);
    db_detach(c);
    db_disconnect(c->db);
    return e;
}

static enum err aside_open(struct ctx *c, struct db *d, struct str script,
                           struct buf *out) {
    TRY(db_connect(c, d, DB_WRITER, &c->db));
    enum err e = db_script(c, script);
    if (e == OK)
        e = db_describe(c, out);
    db_detach(c);
    db_disconnect(c->db);
    return e;
}

/* SQLite: in a file of its own. */
static enum err aside_sqlite(struct ctx *c, struct str script,
                             struct buf *out) {
    char folder[] = "/tmp/guanxi-XXXXXX";
    struct db *d;
    if (mkdtemp(folder) == NULL)
        return fail(c, ERR_IO, "", "io");
    struct str file = str_fmt(c->arena, "%s/aside.db", folder);
    enum err e = db_open(c, str_cat(c->arena, S("sqlite:"), file), &d);
    if (e == OK) {
        e = aside_open(c, d, script, out);
        db_close(d);
    }
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        unlink(str_cstr(c->arena, str_cat(c->arena, file, str_of(ends[i]))));
    rmdir(folder);
    return e;
}

enum err db_describe_script(struct ctx *c, struct str script, struct buf *out) {
    struct db_conn *own = c->db;
    enum err e = own->drv == &pg_driver ? aside_pg(c, own->db, script, out)
                                        : aside_sqlite(c, script, out);
    c->db = own;
    return e;
}
