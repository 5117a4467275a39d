/* The limit that the server is measured against: libmicrohttpd and SQLite with
 * nothing in between. One loop thread, statements prepared once, JSON written
 * by hand; no sign-in, no rights, no rules, no audit.
 *
 *     http_mhd_sqlite --db FILE --from SERVER_DB --fields A,B --list A,B
 *
 * A new FILE gets one table with the rows of the server's own file and the
 * fields a whole record has there, so that both answer the same bytes. How many
 * rows there are is remembered, not counted. Prints "listening PORT" and serves
 * until stdin ends:
 *     GET  /customers/ID                 the fields
 *     GET  /customers                    first 50 by name, the list's columns
 *     GET  /customers?whole=1            the same, all fields
 *     GET  /customers?name=N&id=I        the 50 behind them
 *     GET  /customers?q=TEXT             50 best of FTS5 (trigrams)
 *     POST /customers                    {"name","phone","email"}, one commit
 *                                        each, synchronous=FULL */
#include <jansson.h>
#include <microhttpd.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum query {
    Q_ONE,
    Q_FIRST,
    Q_WHOLE,
    Q_NEXT,
    Q_SEARCH,
    Q_INSERT,
    Q_INDEX,
    Q_COUNT
};

enum columns { NONE, LIST, WHOLE };

static const struct {
    enum columns columns; /* in front: SELECT the list's, or all fields */
    const char *sql;
} queries[Q_COUNT] = {
    [Q_ONE] = {WHOLE, "FROM customer WHERE id = ?1"},
    [Q_FIRST] = {LIST, "FROM customer ORDER BY name, id LIMIT 50"},
    [Q_WHOLE] = {WHOLE, "FROM customer ORDER BY name, id LIMIT 50"},
    [Q_NEXT] = {LIST, "FROM customer WHERE (name, id) > (?1, ?2) "
                      "ORDER BY name, id LIMIT 50"},
    [Q_SEARCH] = {LIST, "FROM customer WHERE id IN (SELECT rowid "
                        "FROM customer_fts WHERE customer_fts MATCH ?1 "
                        "ORDER BY rank LIMIT 50)"},
    [Q_INSERT] = {NONE, "INSERT INTO customer (name, phone, email, kind, "
                        "created_at, updated_at) "
                        "VALUES (?1, ?2, ?3, 'organization', 1, 1)"},
    [Q_INDEX] = {NONE, "INSERT INTO customer_fts (rowid, name, phone, email) "
                       "VALUES (?1, ?2, ?3, ?4)"},
};

struct bench {
    sqlite3 *db;
    sqlite3_stmt *stmt[Q_COUNT];
    sqlite3_int64 rows;
};

/* What one request gathers; freed with it. */
struct text {
    char *p;
    size_t n, cap;
};

__attribute__((noreturn, format(printf, 1, 2))) static void
give_up(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

/* --- JSON --------------------------------------------------------------- */

static char *room(struct text *t, size_t n) {
    if (t->n + n > t->cap) {
        while (t->cap < t->n + n)
            t->cap = t->cap == 0 ? 1024 : t->cap * 2;
        t->p = realloc(t->p, t->cap);
        if (t->p == NULL)
            give_up("out of memory");
    }
    return t->p + t->n;
}

static void add(struct text *t, const char *p, size_t n) {
    memcpy(room(t, n), p, n);
    t->n += n;
}

static void add_text(struct text *t, const char *p) {
    add(t, p, strlen(p));
}

#define ADD(t, lit) add((t), "" lit, sizeof("" lit) - 1)

static void add_string(struct text *t, const char *p, size_t n) {
    char *out = room(t, 6 * n + 2), *q = out;
    *q++ = '"';
    for (size_t i = 0; i < n; i++) {
        unsigned char ch = (unsigned char)p[i];
        if (ch == '"' || ch == '\\') {
            *q++ = '\\';
            *q++ = (char)ch;
        } else if (ch < ' ') {
            q += snprintf(q, 7, "\\u%04x", ch);
        } else {
            *q++ = (char)ch;
        }
    }
    *q++ = '"';
    t->n += (size_t)(q - out);
}

static void add_number(struct text *t, int64_t v) {
    char tmp[24];
    int n = snprintf(tmp, sizeof tmp, "%lld", (long long)v);
    add(t, tmp, (size_t)n);
}

/* The current row as an object. */
static void add_row(struct text *t, sqlite3_stmt *s) {
    int n = sqlite3_column_count(s);
    for (int i = 0; i < n; i++) {
        const char *name = sqlite3_column_name(s, i);
        add(t, i == 0 ? "{\"" : ",\"", 2);
        add(t, name, strlen(name));
        ADD(t, "\":");
        if (sqlite3_column_type(s, i) == SQLITE_INTEGER)
            add_number(t, sqlite3_column_int64(s, i));
        else if (sqlite3_column_type(s, i) == SQLITE_NULL)
            ADD(t, "null");
        else
            add_string(t, (const char *)sqlite3_column_text(s, i),
                       (size_t)sqlite3_column_bytes(s, i));
    }
    ADD(t, "}");
}

/* --- database ----------------------------------------------------------- */

static void run(struct bench *b, const char *sql) {
    char *why = NULL;
    if (sqlite3_exec(b->db, sql, NULL, NULL, &why) != SQLITE_OK)
        give_up("%s: %s", sql, why);
}

static void step_done(struct bench *b, enum query q) {
    if (sqlite3_step(b->stmt[q]) != SQLITE_DONE)
        give_up("%s", sqlite3_errmsg(b->db));
    sqlite3_reset(b->stmt[q]);
}

static void bind_text(sqlite3_stmt *s, int at, const char *p, size_t n) {
    if (p == NULL)
        sqlite3_bind_null(s, at);
    else
        sqlite3_bind_text(s, at, p, (int)n, SQLITE_TRANSIENT);
}

/* name, phone, email */
static void insert(struct bench *b, const char *const v[3]) {
    sqlite3_stmt *index = b->stmt[Q_INDEX];
    for (int i = 0; i < 3; i++)
        bind_text(b->stmt[Q_INSERT], i + 1, v[i],
                  v[i] == NULL ? 0 : strlen(v[i]));
    step_done(b, Q_INSERT);
    sqlite3_bind_int64(index, 1, sqlite3_last_insert_rowid(b->db));
    for (int i = 0; i < 3; i++)
        bind_text(index, i + 2, v[i], v[i] == NULL ? 0 : strlen(v[i]));
    step_done(b, Q_INDEX);
    b->rows++;
}

static sqlite3_int64 number(struct bench *b, const char *sql) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(b->db, sql, -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_ROW)
        give_up("%s: %s", sql, sqlite3_errmsg(b->db));
    sqlite3_int64 n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

static void attach(struct bench *b, const char *file) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(b->db, "ATTACH ?1 AS server", -1, &s, NULL) !=
        SQLITE_OK)
        give_up("%s", sqlite3_errmsg(b->db));
    bind_text(s, 1, file, strlen(file));
    if (sqlite3_step(s) != SQLITE_DONE)
        give_up("%s: %s", file, sqlite3_errmsg(b->db));
    sqlite3_finalize(s);
}

/* The server's rows in a table of our own; id comes first in fields. */
static void fill(struct bench *b, const char *from, const char *fields) {
    struct text copy = {0};
    ADD(&copy, "CREATE TABLE raw AS SELECT * FROM server.customer t "
               "JOIN server.customer_stats s ON s.id = t.id "
               "WHERE t.deleted_at IS NULL;"
               "CREATE TABLE customer (id INTEGER PRIMARY KEY");
    add_text(&copy, fields + strlen("id"));
    ADD(&copy, "); INSERT INTO customer (");
    add_text(&copy, fields);
    ADD(&copy, ") SELECT ");
    add_text(&copy, fields);
    ADD(&copy, " FROM raw; DROP TABLE raw");
    add(&copy, "", 1);
    attach(b, from);
    run(b, "BEGIN");
    run(b, copy.p);
    run(b, "CREATE INDEX by_name ON customer (name, id);"
           "CREATE INDEX by_phone ON customer (phone);"
           "CREATE VIRTUAL TABLE customer_fts USING fts5("
           "name, phone, email, content='', tokenize='trigram');"
           "INSERT INTO customer_fts (rowid, name, phone, email) "
           "SELECT id, name, phone, email FROM customer");
    run(b, "COMMIT; DETACH server; VACUUM");
    free(copy.p);
}

static void open_db(struct bench *b, const char *file, const char *from,
                    const char *fields, const char *list) {
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (sqlite3_open(file, &b->db) != SQLITE_OK)
        give_up("%s: %s", file, sqlite3_errmsg(b->db));
    run(b, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
           "PRAGMA mmap_size=1073741824; PRAGMA cache_size=-16000");
    if (number(b, "SELECT count(*) FROM sqlite_schema") == 0)
        fill(b, from, fields);
    b->rows = number(b, "SELECT count(*) FROM customer");
    for (int i = 0; i < Q_COUNT; i++) {
        struct text sql = {0};
        enum columns columns = queries[i].columns;
        if (columns != NONE)
            ADD(&sql, "SELECT ");
        if (columns != NONE)
            add_text(&sql, columns == LIST ? list : fields);
        ADD(&sql, " ");
        add_text(&sql, queries[i].sql);
        if (sqlite3_prepare_v3(b->db, sql.p, (int)sql.n,
                               SQLITE_PREPARE_PERSISTENT, &b->stmt[i],
                               NULL) != SQLITE_OK)
            give_up("%s: %s", queries[i].sql, sqlite3_errmsg(b->db));
        free(sql.p);
    }
}

/* --- HTTP --------------------------------------------------------------- */

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status,
                              struct text *t) {
    struct MHD_Response *r =
        MHD_create_response_from_buffer(t->n, t->p, MHD_RESPMEM_MUST_FREE);
    if (r == NULL)
        return MHD_NO;
    *t = (struct text){0};
    MHD_add_response_header(r, "Content-Type", "application/json");
    enum MHD_Result done = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return done;
}

static enum MHD_Result one(struct bench *b, struct MHD_Connection *c,
                           const char *id) {
    struct text t = {0};
    sqlite3_stmt *s = b->stmt[Q_ONE];
    sqlite3_bind_int64(s, 1, atoll(id));
    bool found = sqlite3_step(s) == SQLITE_ROW;
    if (found)
        add_row(&t, s);
    else
        ADD(&t, "{}");
    sqlite3_reset(s);
    return answer(c, found ? 200 : 404, &t);
}

static enum MHD_Result list(struct bench *b, struct MHD_Connection *c) {
    struct text t = {0};
    const char *q = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "q");
    const char *name =
        MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "name");
    const char *id =
        MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "id");
    bool next = name != NULL && id != NULL;
    bool whole =
        MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "whole") != NULL;
    sqlite3_stmt *s = b->stmt[q != NULL ? Q_SEARCH
                              : next    ? Q_NEXT
                              : whole   ? Q_WHOLE
                                        : Q_FIRST];
    char phrase[256];
    if (q != NULL) {
        snprintf(phrase, sizeof phrase, "\"%s\"", q);
        bind_text(s, 1, phrase, strlen(phrase));
    } else if (next) {
        bind_text(s, 1, name, strlen(name));
        sqlite3_bind_int64(s, 2, atoll(id));
    }
    ADD(&t, "{\"data\":[");
    for (bool first = true; sqlite3_step(s) == SQLITE_ROW; first = false) {
        if (!first)
            ADD(&t, ",");
        add_row(&t, s);
    }
    ADD(&t, "],\"count\":");
    add_number(&t, b->rows);
    ADD(&t, "}");
    sqlite3_reset(s);
    return answer(c, 200, &t);
}

static enum MHD_Result create(struct bench *b, struct MHD_Connection *c,
                              const struct text *body) {
    json_t *j = json_loadb(body->p, body->n, JSON_REJECT_DUPLICATES, NULL);
    const char *v[3] = {json_string_value(json_object_get(j, "name")),
                        json_string_value(json_object_get(j, "phone")),
                        json_string_value(json_object_get(j, "email"))};
    struct text t = {0};
    if (v[0] == NULL) {
        json_decref(j);
        ADD(&t, "{}");
        return answer(c, 422, &t);
    }
    run(b, "BEGIN IMMEDIATE");
    insert(b, v);
    sqlite3_int64 id = sqlite3_last_insert_rowid(b->db);
    run(b, "COMMIT");
    json_decref(j);
    sqlite3_stmt *s = b->stmt[Q_ONE];
    sqlite3_bind_int64(s, 1, id);
    if (sqlite3_step(s) == SQLITE_ROW)
        add_row(&t, s);
    sqlite3_reset(s);
    return answer(c, 201, &t);
}

static enum MHD_Result on_step(void *cls, struct MHD_Connection *c,
                               const char *url, const char *method,
                               const char *version, const char *data,
                               size_t *size, void **con_cls) {
    struct bench *b = cls;
    struct text *body = *con_cls;
    if (body == NULL) {
        *con_cls = calloc(1, sizeof *body);
        return MHD_YES;
    }
    if (*size > 0) {
        add(body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (strcmp(method, "POST") == 0)
        return create(b, c, body);
    if (strncmp(url, "/customers/", 11) == 0)
        return one(b, c, url + 11);
    return list(b, c);
}

static void on_completed(void *cls, struct MHD_Connection *c, void **con_cls,
                         enum MHD_RequestTerminationCode code) {
    struct text *body = *con_cls;
    if (body != NULL)
        free(body->p);
    free(body);
    *con_cls = NULL;
}

/* --- main --------------------------------------------------------------- */

static int usage(FILE *out) {
    fputs(
        "usage: http_mhd_sqlite --db FILE --from SERVER_DB --fields id,A,B "
        "--list A,B\n"
        "Serves customers straight from SQLite through libmicrohttpd, as the\n"
        "limit the server is compared with. Ends when stdin ends.\n",
        out);
    return out == stderr ? 2 : 0;
}

int main(int argc, char **argv) {
    static const char *const names[] = {"--db", "--from", "--fields", "--list"};
    const char *given[4] = {0};
    for (int i = 1; i < argc; i++) {
        int at = 0;
        if (strcmp(argv[i], "--help") == 0)
            return usage(stdout);
        while (at < 4 && strcmp(argv[i], names[at]) != 0)
            at++;
        if (at == 4 || i + 1 == argc)
            return usage(stderr);
        given[at] = argv[++i];
    }
    for (int at = 0; at < 4; at++)
        if (given[at] == NULL)
            return usage(stderr);
    if (strncmp(given[2], "id,", 3) != 0)
        return usage(stderr);
    struct bench b = {0};
    open_db(&b, given[0], given[1], given[2], given[3]);
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO, 0, NULL, NULL, on_step,
        &b, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (d == NULL)
        give_up("can't listen");
    printf("listening %u\n",
           (unsigned)MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    MHD_stop_daemon(d);
    for (int i = 0; i < Q_COUNT; i++)
        sqlite3_finalize(b.stmt[i]);
    sqlite3_close(b.db);
    return 0;
}
