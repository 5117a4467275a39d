/* What SQLite's result codes mean to us.
 * Owns: nothing. Threads: the connection's.
 * Invariant: the message is copied before anything else touches the handle. */
#include "db/sqlite.h"

#include "base/long_work.h"

static const struct {
    int rc; /* extended, or primary when below 256 */
    enum err e;
    const char *code;
} meanings[] = {
    {SQLITE_BUSY_SNAPSHOT, ERR_RETRY, NULL},
    {SQLITE_CONSTRAINT_FOREIGNKEY, ERR_INVALID, "foreign_key"},
    {SQLITE_CONSTRAINT_CHECK, ERR_INVALID, "check_failed"},
    {SQLITE_CONSTRAINT_NOTNULL, ERR_INVALID, "required"},
    {SQLITE_CONSTRAINT_DATATYPE, ERR_INVALID, "wrong_type"},
    {SQLITE_CONSTRAINT, ERR_INVALID, "wrong_type"},
    {SQLITE_MISMATCH, ERR_INVALID, "wrong_type"},
    {SQLITE_BUSY, ERR_BUSY, NULL},
    {SQLITE_LOCKED, ERR_BUSY, NULL},
    {SQLITE_FULL, ERR_FULL, NULL},
    {SQLITE_IOERR, ERR_IO, NULL},
    {SQLITE_CORRUPT, ERR_IO, NULL},
    {SQLITE_NOTADB, ERR_IO, NULL},
    {SQLITE_NOMEM, ERR_IO, NULL},
    {SQLITE_PROTOCOL, ERR_IO, NULL},
    {SQLITE_CANTOPEN, ERR_UNAVAILABLE, NULL},
    {SQLITE_PERM, ERR_UNAVAILABLE, NULL},
    {SQLITE_READONLY, ERR_UNAVAILABLE, "read_only"},
    {SQLITE_INTERRUPT, ERR_TOO_BROAD, NULL},
    {SQLITE_ABORT, ERR_RETRY, NULL}, /* a rollback ended the cursor */
    {SQLITE_TOOBIG, ERR_TOO_LARGE, NULL},
};

/* "… failed: t.a, t.b": what follows the colon. */
static struct str after_colon(struct str message) {
    size_t at = str_find(message, S("failed: "));
    return at == SIZE_MAX ? S("") : str_sub(message, at + 8, message.n);
}

/* "t.a" is column a. */
static struct str column_of(struct str s) {
    size_t dot = str_find(s, S("."));
    return dot == SIZE_MAX ? s : str_sub(s, dot + 1, s.n);
}

/* Text of a column copied, empty for NULL. */
static struct str column_text(struct arena *a, sqlite3_stmt *s, int i) {
    const unsigned char *p = sqlite3_column_text(s, i);
    return str_dup(a, (struct str){p == NULL ? "" : (const char *)p,
                                   (size_t)sqlite3_column_bytes(s, i)});
}

/* "t.a, t.b" to the table and "a,b". */
static struct str split_columns(struct arena *a, struct str list,
                                struct str *table) {
    struct buf columns;
    buf_init(&columns, a, 4096);
    struct str part;
    while (str_cut(&list, ',', &part)) {
        part = str_trim(part);
        size_t dot = str_find(part, S("."));
        *table = dot == SIZE_MAX ? S("") : str_sub(part, 0, dot);
        if (columns.n > 0)
            buf_byte(&columns, ',');
        buf_str(&columns, column_of(part));
    }
    return buf_view(&columns);
}

/* SQLite names the columns of a broken unique index; we want its name, and for
 * constraints without one the name PostgreSQL would have given. */
static struct str index_name(struct ctx *c, sqlite3 *h, struct str table,
                             struct str columns) {
    static const char find[] =
        "SELECT l.name, l.origin FROM pragma_index_list(?1) l"
        " WHERE l.\"unique\" AND ?2 = (SELECT group_concat(name, ',') FROM"
        " (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno))";
    struct str name = str_cat(c->arena, table, S("_pkey"));
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(h, find, -1, &s, NULL) != SQLITE_OK)
        return name;
    sqlite3_bind_text(s, 1, table.p, (int)table.n, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, columns.p, (int)columns.n, SQLITE_STATIC);
    if (sqlite3_step(s) == SQLITE_ROW) {
        struct str origin = column_text(c->arena, s, 1);
        if (str_eqc(origin, "c")) {
            name = column_text(c->arena, s, 0);
        } else if (str_eqc(origin, "u")) {
            struct buf b;
            buf_init(&b, c->arena, 4096);
            buf_str(&b, table);
            buf_byte(&b, '_');
            for (size_t i = 0; i < columns.n; i++)
                buf_byte(&b, columns.p[i] == ',' ? '_' : columns.p[i]);
            buf_cstr(&b, "_key");
            name = buf_view(&b);
        }
    }
    sqlite3_finalize(s);
    return name;
}

static enum err unique_fail(struct ctx *c, sqlite3 *h, struct str message) {
    struct str what = after_colon(message);
    struct str table = S(""), name;
    if (str_starts(what, S("index '")) && what.n > 8) {
        name = str_sub(what, 7, what.n - 1); /* an index on expressions */
    } else {
        struct str columns = split_columns(c->arena, what, &table);
        name = index_name(c, h, table, columns);
    }
    return failv(c, ERR_CONFLICT, name, "not_unique", ARGS(V(table), V(name)));
}

static struct str field_of(int rc, struct str message) {
    if (rc == SQLITE_CONSTRAINT_NOTNULL)
        return column_of(after_colon(message));
    if (rc == SQLITE_CONSTRAINT_CHECK)
        return after_colon(message);
    if (rc == SQLITE_CONSTRAINT_DATATYPE) {
        size_t at = str_find(message, S(" column "));
        if (at != SIZE_MAX)
            return column_of(str_sub(message, at + 8, message.n));
    }
    return S("");
}

enum err sq_fail(struct ctx *c, sqlite3 *h, int rc, sqlite3_stmt *s,
                 const struct sql *q) {
    struct str message = str_dup(c->arena, str_of(sqlite3_errmsg(h)));
    if (s != NULL)
        sqlite3_reset(s); /* repeats the error we hold already */
    if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
        rc == SQLITE_CONSTRAINT_ROWID)
        return unique_fail(c, h, message);
    if ((rc & 0xff) == SQLITE_INTERRUPT && long_work_stops(c))
        return engine_fail(c, ERR_CANCELLED, NULL, S(""), message, q);
    if (rc == SQLITE_ERROR && str_eqc(message, "integer overflow")) /* sum() */
        return engine_fail(c, ERR_INVALID, "number_range", S(""), message, q);
    for (size_t i = 0; i < COUNT_OF(meanings); i++)
        if (meanings[i].rc == rc || meanings[i].rc == (rc & 0xff))
            return engine_fail(c, meanings[i].e, meanings[i].code,
                               field_of(rc, message), message, q);
    return engine_fail(c, ERR_INTERNAL, NULL, S(""), message, q);
}
