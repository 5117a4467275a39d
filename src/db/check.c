/* Is the database itself sound? Asked by `guanxi doctor`. Owns nothing; reads
 * only. */
#include "db/db.h"

#include <sys/stat.h>

#define MAX_LINES 100

SQL(Q_SQLITE_VERSION, "SELECT 'SQLite ' || sqlite_version()");
SQL(Q_PG_VERSION, "SELECT 'PostgreSQL ' || current_setting('server_version')");
SQL(Q_INTEGRITY, "SELECT integrity_check FROM pragma_integrity_check(100)");
SQL(Q_FOREIGN, "SELECT \"table\" || ' row ' || coalesce(rowid, 0)"
               " || ' refers to a missing ' || parent"
               " FROM pragma_foreign_key_check LIMIT 100");
/* PostgreSQL checks pages and keys itself; what an interrupted CREATE INDEX or
 * a restore may leave behind are parts that are not valid. */
SQL(Q_PG_INDEXES, "SELECT 'index ' || indexrelid::regclass::text || ' is not"
                  " valid' FROM pg_index WHERE NOT indisvalid LIMIT 100");
SQL(Q_PG_KEYS, "SELECT 'constraint ' || conname || ' is not valid'"
               " FROM pg_constraint WHERE NOT convalidated LIMIT 100");

static bool is_sqlite(const struct ctx *c) {
    return str_eqc(str_of(db_engine(db_of(c->db))), "sqlite");
}

/* Appends each row but "ok" as a line. */
static enum err lines(struct ctx *c, const struct sql *q, struct buf *out) {
    struct rows *r;
    bool more;
    TRY(db_query(c, q, NO_ARGS, &r));
    for (int i = 0; i < MAX_LINES; i++) {
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        struct str line = row_view(r, 0);
        if (str_eqc(line, "ok"))
            continue;
        buf_str(out, line);
        buf_byte(out, '\n');
    }
    rows_end(r);
    return OK;
}

SQL(Q_PG_SIZE, "SELECT pg_database_size(current_database())");

static int64_t file_size(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : 0;
}

enum err db_size(struct ctx *c, int64_t *bytes_out, int64_t *log_out) {
    *log_out = 0;
    if (!is_sqlite(c))
        return db_i64(c, &Q_PG_SIZE, NO_ARGS, 0, bytes_out);
    struct str path = db_path(db_of(c->db));
    *bytes_out = file_size(str_cstr(c->arena, path));
    *log_out =
        file_size(str_cstr(c->arena, str_cat(c->arena, path, S("-wal"))));
    return OK;
}

enum err db_version(struct ctx *c, struct str *out) {
    struct rows *r;
    bool found;
    TRY(db_one(c, is_sqlite(c) ? &Q_SQLITE_VERSION : &Q_PG_VERSION, NO_ARGS, &r,
               &found));
    *out = row_str(r, 0);
    rows_end(r);
    return OK;
}

enum err db_check_pages(struct ctx *c, struct buf *out) {
    return lines(c, is_sqlite(c) ? &Q_INTEGRITY : &Q_PG_INDEXES, out);
}

enum err db_check_keys(struct ctx *c, struct buf *out) {
    return lines(c, is_sqlite(c) ? &Q_FOREIGN : &Q_PG_KEYS, out);
}
