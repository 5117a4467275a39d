/* Whole tables: scans, loads, and the indexes that are made after a load.
 * Owns: the arena of a scan's batch. Threads: the connection's.
 * Invariant: a scan keeps one batch in memory, however large the table. */
#include "db/bulk.h"

#include "db/driver.h"

#define SEND_BYTES (256 * 1024)
#define ROW_MAX ((size_t)256 * 1024 * 1024)
#define BATCH_BYTES (4 * 1024 * 1024)
#define BATCH_MIN 16
#define BATCH_MAX 5000

static bool is_pg(const struct ctx *c) {
    return c->db->drv == &pg_driver;
}

/* --- the schema --------------------------------------------------------- */

SQL(Q_SQLITE_TABLES,
    "SELECT name FROM pragma_table_list WHERE schema = 'main'"
    " AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND name <> 'schema_migration' AND name NOT LIKE 'search\\_%' ESCAPE '\\'"
    " ORDER BY name");
SQL(Q_PG_TABLES,
    "SELECT relname FROM pg_class WHERE relkind = 'r'"
    " AND relnamespace = current_schema()::regnamespace"
    " AND relname <> 'schema_migration' AND relname NOT LIKE 'search\\_%'"
    " ORDER BY relname COLLATE \"C\"");
SQL(Q_SQLITE_COLUMNS, "SELECT name FROM pragma_table_info($1) ORDER BY name");
SQL(Q_PG_COLUMNS,
    "SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    " WHERE c.relnamespace = current_schema()::regnamespace"
    " AND c.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped"
    " ORDER BY a.attname COLLATE \"C\"");

static enum err collect(struct ctx *c, const struct sql *q, struct args args,
                        struct strs *out) {
    struct rows *r;
    bool more;
    *out = (struct strs){0};
    TRY(db_query(c, q, args, &r));
    for (;;) {
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        *VEC_PUSH(c->arena, &out->v) = row_str(r, 0);
    }
}

enum err db_tables(struct ctx *c, struct strs *out) {
    return collect(c, is_pg(c) ? &Q_PG_TABLES : &Q_SQLITE_TABLES, NO_ARGS, out);
}

enum err db_columns(struct ctx *c, struct str table, struct strs *out) {
    return collect(c, is_pg(c) ? &Q_PG_COLUMNS : &Q_SQLITE_COLUMNS,
                   ARGS(V(table)), out);
}

SQL(Q_SQLITE_LAST, "SELECT seq FROM sqlite_sequence WHERE name = $1");
SQL(Q_SQLITE_FORGET, "DELETE FROM sqlite_sequence WHERE name = $1");
SQL(Q_SQLITE_SET, "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)");
/* NULL for a table without an identity, and before its first use. */
SQL(Q_PG_LAST, "SELECT pg_sequence_last_value("
               "pg_get_serial_sequence(quote_ident($1), 'id')::regclass)");
SQL(Q_PG_SET, "SELECT setval(pg_get_serial_sequence(quote_ident($1), 'id')"
              "::regclass, $2)");

enum err db_last_id(struct ctx *c, struct str table, int64_t *out) {
    struct strs columns;
    *out = 0;
    TRY(db_columns(c, table, &columns));
    for (size_t i = 0; i < columns.v.n; i++)
        if (str_eqc(columns.v.p[i], "id"))
            return db_i64(c, is_pg(c) ? &Q_PG_LAST : &Q_SQLITE_LAST,
                          ARGS(V(table)), 0, out);
    return OK;
}

enum err db_set_last_id(struct ctx *c, struct str table, int64_t id) {
    if (id == 0)
        return OK;
    if (is_pg(c))
        return db_exec(c, &Q_PG_SET, ARGS(V(table), V(id)), NULL);
    TRY(db_exec(c, &Q_SQLITE_FORGET, ARGS(V(table)), NULL));
    return db_exec(c, &Q_SQLITE_SET, ARGS(V(table), V(id)), NULL);
}

/* --- reading ------------------------------------------------------------ */

static void column_list(struct sqlb *b, const struct strs *columns) {
    for (size_t i = 0; i < columns->v.n; i++) {
        if (i > 0)
            SQLB(b, ", ");
        sqlb_ident(b, columns->v.p[i]);
    }
}

SQL(Q_PATIENCE, "SET LOCAL idle_in_transaction_session_timeout = 0");

/* A result comes whole on PostgreSQL, so there it is fetched in batches. */
static enum err declare(struct ctx *c, struct str table,
                        const struct strs *columns, struct str cursor) {
    struct sqlb b;
    TRY(db_exec(c, &Q_PATIENCE, NO_ARGS, NULL));
    sqlb_init(&b, c);
    SQLB(&b, "DECLARE ");
    sqlb_ident(&b, cursor);
    SQLB(&b, " NO SCROLL CURSOR FOR SELECT ");
    column_list(&b, columns);
    SQLB(&b, " FROM ");
    sqlb_ident(&b, table);
    return db_script(c, buf_view(&b.text));
}

enum err db_scan_begin(struct ctx *c, struct str table,
                       const struct strs *columns, struct db_scan *s) {
    struct sqlb b;
    *s = (struct db_scan){.c = *c, .batch = BATCH_MIN};
    fail_clear(&s->c);
    if (is_pg(c)) {
        s->cursor = str_cat(c->arena, S("scan_"), table);
        TRY(declare(c, table, columns, s->cursor));
        s->c.arena = arena_new();
        return OK;
    }
    s->c.arena = arena_new();
    sqlb_init(&b, &s->c);
    SQLB(&b, "SELECT ");
    column_list(&b, columns);
    SQLB(&b, " FROM ");
    sqlb_ident(&b, table);
    return sqlb_query(&b, &s->rows);
}

static enum err fetch(struct db_scan *s) {
    struct sqlb b;
    arena_reset(s->c.arena);
    sqlb_init(&b, &s->c);
    SQLB(&b, "FETCH ");
    switch (s->batch) { /* a count can't be bound */
    case BATCH_MIN:
        SQLB(&b, "16");
        break;
    case BATCH_MAX:
        SQLB(&b, "5000");
        break;
    default:
        SQLB(&b, "250");
    }
    SQLB(&b, " FROM ");
    sqlb_ident(&b, s->cursor);
    s->seen = s->bytes = 0;
    return sqlb_query(&b, &s->rows);
}

/* By the size of the rows so far: file chunks are large, ids are not. */
static void choose_batch(struct db_scan *s) {
    int64_t fit = BATCH_BYTES / (s->bytes / (s->seen + 1) + 1);
    s->batch = fit >= BATCH_MAX ? BATCH_MAX : fit >= 250 ? 250 : BATCH_MIN;
}

static void note_row(struct db_scan *s) {
    s->cells = s->rows->cells;
    s->seen++;
    for (int i = 0; i < s->rows->ncells; i++)
        if (s->cells[i].type == VAL_STR || s->cells[i].type == VAL_BLOB)
            s->bytes += (int64_t)s->cells[i].s.n;
}

enum err db_scan_next(struct db_scan *s, bool *more) {
    bool pg = s->cursor.n > 0;
    if (pg && s->rows == NULL)
        TRY(fetch(s));
    TRY(rows_next(s->rows, more));
    if (pg && !*more && s->seen > 0) {
        choose_batch(s);
        TRY(fetch(s));
        TRY(rows_next(s->rows, more));
    }
    if (*more)
        note_row(s);
    return OK;
}

void db_scan_end(struct db_scan *s) {
    if (s->c.arena == NULL)
        return;
    if (s->rows != NULL)
        rows_end(s->rows);
    struct sqlb b;
    arena_reset(s->c.arena);
    sqlb_init(&b, &s->c);
    SQLB(&b, "CLOSE ");
    if (s->cursor.n > 0)
        sqlb_ident(&b, s->cursor);
    if (s->cursor.n > 0 && db_script(&s->c, buf_view(&b.text)) != OK)
        fail_clear(&s->c); /* the transaction has failed: it is gone */
    arena_free(s->c.arena);
}

/* --- indexes and references --------------------------------------------- */

SQL(Q_SQLITE_DROP, "SELECT 'DROP INDEX \"' || name || '\"', sql || ';' FROM"
                   " sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
SQL(Q_PG_DROP_KEYS,
    "SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT '"
    " || quote_ident(conname), 'ALTER TABLE ' || conrelid::regclass"
    " || ' ADD CONSTRAINT ' || quote_ident(conname) || ' '"
    " || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
    " AND connamespace = current_schema()::regnamespace");
SQL(Q_PG_DROP_INDEXES,
    "SELECT 'DROP INDEX ' || i.indexrelid::regclass,"
    " pg_get_indexdef(i.indexrelid) FROM pg_index i"
    " JOIN pg_class c ON c.oid = i.indrelid"
    " WHERE c.relnamespace = current_schema()::regnamespace"
    " AND c.relname <> 'schema_migration' AND NOT i.indisprimary"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint k"
    " WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))");
/* Sorting for an index in memory instead of on disk. */
SQL(Q_WORK_MEMORY, "SET LOCAL maintenance_work_mem = '256MB'");
SQL(Q_FOREIGN_ON, "PRAGMA foreign_keys = ON");
SQL(Q_FOREIGN_OFF, "PRAGMA foreign_keys = OFF");

enum err db_references(struct ctx *c, bool on) {
    if (is_pg(c))
        return OK;
    return db_exec(c, on ? &Q_FOREIGN_ON : &Q_FOREIGN_OFF, NO_ARGS, NULL);
}

/* Statements out of the catalog, not out of a request: those to run now and
 * those to run after the load. */
static enum err take_away(struct ctx *c, const struct sql *q,
                          struct db_loading *l) {
    struct rows *r;
    struct strs now = {0};
    bool more;
    TRY(db_query(c, q, NO_ARGS, &r));
    for (;;) {
        TRY(rows_next(r, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &now.v) = row_str(r, 0);
        *VEC_PUSH(c->arena, &l->again.v) = row_str(r, 1);
    }
    for (size_t i = 0; i < now.v.n; i++)
        TRY(db_script(c, now.v.p[i]));
    return OK;
}

enum err db_loading_begin(struct ctx *c, struct db_loading *out) {
    *out = (struct db_loading){0};
    if (!is_pg(c))
        return take_away(c, &Q_SQLITE_DROP, out);
    TRY(db_exec(c, &Q_WORK_MEMORY, NO_ARGS, NULL));
    /* Indexes first made again first: references need the unique ones. */
    struct db_loading keys = {0};
    TRY(take_away(c, &Q_PG_DROP_KEYS, &keys));
    TRY(take_away(c, &Q_PG_DROP_INDEXES, out));
    for (size_t i = 0; i < keys.again.v.n; i++)
        *VEC_PUSH(c->arena, &out->again.v) = keys.again.v.p[i];
    return OK;
}

enum err db_loading_end(struct ctx *c, const struct db_loading *l) {
    struct buf wrong;
    for (size_t i = 0; i < l->again.v.n; i++)
        TRY(db_script(c, l->again.v.p[i]));
    db_flush_statements(c->db);
    if (is_pg(c))
        return OK;
    buf_init(&wrong, c->arena, 64 * 1024);
    TRY(db_check_keys(c, &wrong));
    return wrong.n == 0 ? OK
                        : failv(c, ERR_INVALID, S(""), "foreign_key",
                                ARGS(V(buf_view(&wrong))));
}

/* --- writing ------------------------------------------------------------ */

enum err db_bulk_begin(struct ctx *c, struct str table,
                       const struct strs *columns, struct db_bulk *k) {
    struct sqlb b;
    *k = (struct db_bulk){.c = c, .n = columns->v.n};
    sqlb_init(&b, c);
    if (is_pg(c))
        SQLB(&b, "COPY ");
    else
        SQLB(&b, "INSERT INTO ");
    sqlb_ident(&b, table);
    SQLB(&b, " (");
    column_list(&b, columns);
    if (is_pg(c)) {
        SQLB(&b, ") FROM STDIN");
        buf_init(&k->out, c->arena, ROW_MAX);
        return pg_copy_begin(c, buf_view(&b.text));
    }
    SQLB(&b, ") VALUES (");
    for (size_t i = 0; i < k->n; i++) {
        if (i > 0)
            SQLB(&b, ", ");
        sqlb_value(&b, V_NULL);
    }
    SQLB(&b, ")");
    /* Connections know it by its address, which no other gets while it lives:
     * db_bulk_end forgets it. */
    k->insert = (struct sql){"bulk", buf_view(&b.text)};
    return OK;
}

static void copy_text(struct buf *b, struct str s) {
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        char as = ch == '\\'   ? '\\'
                  : ch == '\t' ? 't'
                  : ch == '\n' ? 'n'
                  : ch == '\r' ? 'r'
                               : 0;
        if (as == 0)
            continue;
        buf_str(b, str_sub(s, from, i));
        buf_byte(b, '\\');
        buf_byte(b, as);
        from = i + 1;
    }
    buf_str(b, str_sub(s, from, s.n));
}

static void copy_blob(struct buf *b, struct str s) {
    static const char hex[] = "0123456789abcdef";
    buf_cstr(b, "\\\\x");
    char *p = buf_room(b, s.n * 2);
    if (p == NULL)
        return;
    for (size_t i = 0; i < s.n; i++) {
        p[2 * i] = hex[(unsigned char)s.p[i] >> 4];
        p[2 * i + 1] = hex[(unsigned char)s.p[i] & 15];
    }
    buf_added(b, s.n * 2);
}

static void copy_value(struct buf *b, const struct val *v) {
    switch (v->type) {
    case VAL_I64:
        buf_i64(b, v->i);
        break;
    case VAL_F64:
        buf_fmt(b, "%.17g", v->f);
        break;
    case VAL_STR:
        copy_text(b, v->s);
        break;
    case VAL_BLOB:
        copy_blob(b, v->s);
        break;
    default:
        buf_cstr(b, "\\N");
    }
}

enum err db_bulk_row(struct db_bulk *k, const struct val *v) {
    if (!is_pg(k->c))
        return db_exec(k->c, &k->insert, (struct args){v, k->n}, NULL);
    for (size_t i = 0; i < k->n; i++) {
        if (i > 0)
            buf_byte(&k->out, '\t');
        copy_value(&k->out, &v[i]);
    }
    buf_byte(&k->out, '\n');
    if (!buf_ok(&k->out))
        return fail(k->c, ERR_TOO_LARGE, "", "too_large");
    if (k->out.n < SEND_BYTES)
        return OK;
    enum err e = pg_copy_send(k->c, buf_view(&k->out));
    buf_clear(&k->out);
    return e;
}

enum err db_bulk_end(struct db_bulk *k) {
    if (!is_pg(k->c)) {
        db_flush_statements(k->c->db);
        return OK;
    }
    if (k->out.n > 0)
        TRY(pg_copy_send(k->c, buf_view(&k->out)));
    return pg_copy_end(k->c);
}
