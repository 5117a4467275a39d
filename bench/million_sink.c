/* Fast loading: SQLite without syncing, PostgreSQL by COPY with its triggers
 * off. Owns its connection. One thread. */
#include "million_sink.h"

#include "base/buf.h"
#include "base/die.h"
#include "base/vec.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_A_COMMIT 50000
#define COPY_CHUNK (256 * 1024)
#define COPY_ROW_MAX (64 * 1024 * 1024)

struct sink {
    struct arena *a;
    sqlite3 *lite;
    PGconn *pg;
    sqlite3_stmt *insert;
    size_t n_columns;
    long rows;
    struct buf copy;
    VEC(char *) indexes; /* CREATE INDEX … */
    VEC(const char *) tables;
};

static void lite_run(struct sink *s, const char *sql) {
    if (sqlite3_exec(s->lite, sql, NULL, NULL, NULL) != SQLITE_OK)
        die("%.200s: %s", sql, sqlite3_errmsg(s->lite));
}

static void pg_run(struct sink *s, const char *sql) {
    PGresult *res = PQexec(s->pg, sql);
    ExecStatusType st = PQresultStatus(res);
    if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK && st != PGRES_COPY_IN)
        die("%.200s: %s", sql, PQerrorMessage(s->pg));
    PQclear(res);
}

static void run(struct sink *s, const char *sql) {
    if (s->lite != NULL)
        lite_run(s, sql);
    else
        pg_run(s, sql);
}

struct sink *sink_open(struct arena *a, struct str url) {
    struct sink *s = NEW(a, struct sink);
    s->a = a;
    if (str_starts(url, S("sqlite:"))) {
        const char *file = str_cstr(a, str_sub(url, 7, url.n));
        if (sqlite3_open(file, &s->lite) != SQLITE_OK)
            die("%s: %s", file, sqlite3_errmsg(s->lite));
        lite_run(s, "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;"
                    "PRAGMA temp_store = MEMORY; PRAGMA threads = 2;"
                    "PRAGMA wal_autocheckpoint = 20000");
        return s;
    }
    s->pg = PQconnectdb(str_cstr(a, url));
    if (PQstatus(s->pg) != CONNECTION_OK)
        die("%s", PQerrorMessage(s->pg));
    pg_run(s, "SET session_replication_role = replica;"
              "SET synchronous_commit = off;"
              "SET maintenance_work_mem = '512MB'");
    return s;
}

int64_t sink_number(struct sink *s, const char *sql) {
    int64_t n = 0;
    if (s->lite != NULL) {
        sqlite3_stmt *q;
        if (sqlite3_prepare_v2(s->lite, sql, -1, &q, NULL) != SQLITE_OK)
            die("%s: %s", sql, sqlite3_errmsg(s->lite));
        if (sqlite3_step(q) == SQLITE_ROW)
            n = sqlite3_column_int64(q, 0);
        sqlite3_finalize(q);
        return n;
    }
    PGresult *res = PQexec(s->pg, sql);
    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        die("%s: %s", sql, PQerrorMessage(s->pg));
    if (PQntuples(res) > 0 && !PQgetisnull(res, 0, 0))
        n = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
    PQclear(res);
    return n;
}

/* --- indexes -------------------------------------------------------------- */

static void forget(struct sink *s, const char *name, const char *sql) {
    *VEC_PUSH(s->a, &s->indexes) = (char *)str_cstr(s->a, str_of(sql));
    struct str drop = str_cat(s->a, S("DROP INDEX \""), str_of(name));
    run(s, str_cstr(s->a, str_cat(s->a, drop, S("\""))));
}

static void lite_bare(struct sink *s, const char *table) {
    VEC(struct str) found = {0};
    sqlite3_stmt *q;
    if (sqlite3_prepare_v2(s->lite,
                           "SELECT name, sql FROM sqlite_schema WHERE"
                           " type = 'index' AND tbl_name = ?1 AND sql IS NOT"
                           " NULL",
                           -1, &q, NULL) != SQLITE_OK)
        die("%s", sqlite3_errmsg(s->lite));
    sqlite3_bind_text(q, 1, table, -1, SQLITE_STATIC);
    while (sqlite3_step(q) == SQLITE_ROW)
        for (int i = 0; i < 2; i++)
            *VEC_PUSH(s->a, &found) =
                str_dup(s->a, str_of((const char *)sqlite3_column_text(q, i)));
    sqlite3_finalize(q);
    for (size_t i = 0; i + 1 < found.n; i += 2)
        forget(s, str_cstr(s->a, found.p[i]), str_cstr(s->a, found.p[i + 1]));
}

static void pg_bare(struct sink *s, const char *table) {
    PGresult *res = PQexecParams(
        s->pg,
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname ="
        " 'public' AND tablename = $1 AND indexname NOT IN (SELECT conname"
        " FROM pg_constraint)",
        1, NULL, (const char *const[]){table}, NULL, NULL, 0);
    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        die("%s", PQerrorMessage(s->pg));
    for (int i = 0; i < PQntuples(res); i++)
        forget(s, PQgetvalue(res, i, 0), PQgetvalue(res, i, 1));
    PQclear(res);
}

void sink_bare(struct sink *s, const char *table) {
    *VEC_PUSH(s->a, &s->tables) = table;
    if (s->lite != NULL)
        lite_bare(s, table);
    else
        pg_bare(s, table);
}

/* --- rows --------------------------------------------------------------- */

static struct str insert_text(struct sink *s, const char *table,
                              const struct str *columns, size_t n) {
    struct buf b;
    buf_init(&b, s->a, 64 * 1024);
    buf_cstr(&b, s->lite != NULL ? "INSERT INTO \"" : "COPY \"");
    buf_cstr(&b, table);
    for (size_t i = 0; i < n; i++) {
        buf_cstr(&b, i == 0 ? "\" (\"" : "\", \"");
        buf_str(&b, columns[i]);
    }
    buf_byte(&b, '"');
    if (s->lite == NULL) {
        buf_cstr(&b, ") FROM STDIN");
    } else {
        buf_cstr(&b, ") VALUES (");
        for (size_t i = 0; i < n; i++)
            buf_cstr(&b, i == 0 ? "?" : ", ?");
        buf_byte(&b, ')');
    }
    return buf_view(&b);
}

void sink_begin(struct sink *s, const char *table, const struct str *columns,
                size_t n) {
    const char *sql = str_cstr(s->a, insert_text(s, table, columns, n));
    s->n_columns = n;
    s->rows = 0;
    if (s->lite == NULL) {
        pg_run(s, sql);
        buf_init(&s->copy, s->a, COPY_ROW_MAX);
        return;
    }
    lite_run(s, "BEGIN");
    if (sqlite3_prepare_v2(s->lite, sql, -1, &s->insert, NULL) != SQLITE_OK)
        die("%s: %s", sql, sqlite3_errmsg(s->lite));
}

static void lite_row(struct sink *s, const struct val *v) {
    for (size_t i = 0; i < s->n_columns; i++) {
        int at = (int)i + 1;
        if (v[i].type == VAL_I64)
            sqlite3_bind_int64(s->insert, at, v[i].i);
        else if (v[i].type == VAL_STR)
            sqlite3_bind_text(s->insert, at, v[i].s.n == 0 ? "" : v[i].s.p,
                              (int)v[i].s.n, SQLITE_STATIC);
        else
            sqlite3_bind_null(s->insert, at);
    }
    if (sqlite3_step(s->insert) != SQLITE_DONE)
        die("%s", sqlite3_errmsg(s->lite));
    sqlite3_reset(s->insert);
    if (++s->rows % ROWS_A_COMMIT == 0)
        lite_run(s, "COMMIT; BEGIN");
}

static void copy_text(struct buf *b, struct str t) {
    for (size_t i = 0; i < t.n; i++) {
        char ch = t.p[i];
        if (ch == '\\' || ch == '\t' || ch == '\n' || ch == '\r')
            buf_byte(b, '\\');
        buf_byte(b, ch == '\t'   ? 't'
                    : ch == '\n' ? 'n'
                    : ch == '\r' ? 'r'
                                 : ch);
    }
}

static void pg_flush(struct sink *s) {
    if (PQputCopyData(s->pg, s->copy.p, (int)s->copy.n) != 1)
        die("%s", PQerrorMessage(s->pg));
    s->copy.n = 0;
}

static void pg_row(struct sink *s, const struct val *v) {
    for (size_t i = 0; i < s->n_columns; i++) {
        if (i > 0)
            buf_byte(&s->copy, '\t');
        if (v[i].type == VAL_I64)
            buf_i64(&s->copy, v[i].i);
        else if (v[i].type == VAL_STR)
            copy_text(&s->copy, v[i].s);
        else
            buf_cstr(&s->copy, "\\N");
    }
    buf_byte(&s->copy, '\n');
    if (s->copy.n > COPY_CHUNK)
        pg_flush(s);
}

void sink_row(struct sink *s, const struct val *v) {
    if (s->lite != NULL)
        lite_row(s, v);
    else
        pg_row(s, v);
}

void sink_end(struct sink *s) {
    if (s->lite != NULL) {
        sqlite3_finalize(s->insert);
        lite_run(s, "COMMIT");
        return;
    }
    pg_flush(s);
    PGresult *res = NULL;
    if (PQputCopyEnd(s->pg, NULL) != 1)
        die("%s", PQerrorMessage(s->pg));
    while ((res = PQgetResult(s->pg)) != NULL) {
        if (PQresultStatus(res) != PGRES_COMMAND_OK)
            die("%s", PQerrorMessage(s->pg));
        PQclear(res);
    }
}

/* --- search ------------------------------------------------------------- */

void sink_begin_search(struct sink *s, const char *entity) {
    const struct str columns[] = {s->lite != NULL ? S("rowid") : S("id"),
                                  S("tokens")};
    struct str table = str_fmt(s->a, "search_%s", entity);
    if (s->lite == NULL)
        sink_bare(s, str_cstr(s->a, table));
    sink_begin(s, str_cstr(s->a, table), columns, COUNT_OF(columns));
}

/* As the night after would leave it. */
void sink_end_search(struct sink *s, const char *entity) {
    struct buf b;
    sink_end(s);
    if (s->lite == NULL)
        return;
    buf_init(&b, s->a, 4096);
    buf_cstr(&b, "INSERT INTO search_");
    buf_cstr(&b, entity);
    buf_cstr(&b, " (search_");
    buf_cstr(&b, entity);
    buf_cstr(&b, ") VALUES ('optimize')");
    lite_run(s, str_cstr(s->a, buf_view(&b)));
}

void sink_tokens(struct sink *s, int64_t id, const struct str *t, size_t n) {
    char room[16384];
    size_t at = 0;
    if (n == 0)
        return;
    if (s->pg != NULL)
        room[at++] = '{';
    for (size_t i = 0; i < n && at + t[i].n + 4 < sizeof room; i++) {
        if (i > 0)
            room[at++] = s->pg != NULL ? ',' : ' ';
        if (s->pg != NULL)
            room[at++] = '"';
        memcpy(room + at, t[i].p, t[i].n);
        at += t[i].n;
        if (s->pg != NULL)
            room[at++] = '"';
    }
    if (s->pg != NULL)
        room[at++] = '}';
    sink_row(s, (struct val[]){V(id), V(((struct str){room, at}))});
}

/* The next id is behind those given. */
static void raise_sequence(struct sink *s, const char *table) {
    struct buf b;
    buf_init(&b, s->a, 4096);
    buf_cstr(&b, "SELECT setval(pg_get_serial_sequence('\"");
    buf_cstr(&b, table);
    buf_cstr(&b, "\"', 'id'), (SELECT max(id) FROM \"");
    buf_cstr(&b, table);
    buf_cstr(&b, "\"))");
    pg_run(s, str_cstr(s->a, buf_view(&b)));
}

void sink_close(struct sink *s) {
    for (size_t i = 0; i < s->indexes.n; i++)
        run(s, s->indexes.p[i]);
    if (s->lite != NULL) {
        lite_run(s, "PRAGMA wal_checkpoint(TRUNCATE)");
        sqlite3_close(s->lite);
        return;
    }
    for (size_t i = 0; i < s->tables.n; i++) {
        const char *t = s->tables.p[i];
        if (strncmp(t, "search_", 7) == 0 || strcmp(t, "customer_stats") == 0)
            continue;
        raise_sequence(s, t);
    }
    pg_run(s, "VACUUM ANALYZE");
    PQfinish(s->pg);
}
