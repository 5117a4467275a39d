/* The limit that the server is measured against: libmicrohttpd and SQLite with
 * nothing in between. One loop thread, statements prepared once, JSON written
 * by hand; no sign-in, no rights, no rules, no audit.
 *
 *     http_mhd_sqlite --db FILE [--csv FILE] [--port N]
 *
 * An empty database is filled from the CSV (the columns of bench/data.mjs).
 * Prints "listening PORT" and serves until stdin ends:
 *     GET  /customers/ID
 *     GET  /customers                    first 50 by name
 *     GET  /customers?name=N&id=I        the 50 behind them
 *     GET  /customers?q=TEXT             50 best of FTS5 (trigrams)
 *     POST /customers                    {"name","phone","email"}, one commit
 *                                        each, synchronous=FULL */
#include <csv.h>
#include <fcntl.h>
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

#define TEXT_COLUMNS                                                           \
    "name, code, phone, email, website, country, province, city, district, "   \
    "address, postal_code, wechat, note"
#define N_TEXT 13
#define COLUMNS "id, " TEXT_COLUMNS ", created_at, updated_at"

enum query { Q_ONE, Q_FIRST, Q_NEXT, Q_SEARCH, Q_INSERT, Q_INDEX, Q_COUNT };

static const char *const queries[Q_COUNT] = {
    [Q_ONE] = "SELECT " COLUMNS " FROM customer WHERE id = ?1",
    [Q_FIRST] = "SELECT " COLUMNS " FROM customer ORDER BY name, id LIMIT 50",
    [Q_NEXT] = "SELECT " COLUMNS " FROM customer WHERE (name, id) > (?1, ?2) "
               "ORDER BY name, id LIMIT 50",
    [Q_SEARCH] = "SELECT " COLUMNS " FROM customer WHERE id IN (SELECT rowid "
                 "FROM customer_fts WHERE customer_fts MATCH ?1 "
                 "ORDER BY rank LIMIT 50)",
    [Q_INSERT] = "INSERT INTO customer (" TEXT_COLUMNS
                 ", created_at, updated_at) VALUES "
                 "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,1,1)",
    [Q_INDEX] = "INSERT INTO customer_fts (rowid, name, phone, email) "
                "VALUES (?1, ?2, ?3, ?4)",
};

struct bench {
    sqlite3 *db;
    sqlite3_stmt *stmt[Q_COUNT];
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

static void insert(struct bench *b, const char *const *v) {
    for (int i = 0; i < N_TEXT; i++)
        bind_text(b->stmt[Q_INSERT], i + 1, v[i],
                  v[i] == NULL ? 0 : strlen(v[i]));
    step_done(b, Q_INSERT);
    sqlite3_stmt *index = b->stmt[Q_INDEX];
    sqlite3_bind_int64(index, 1, sqlite3_last_insert_rowid(b->db));
    bind_text(index, 2, v[0], strlen(v[0]));
    bind_text(index, 3, v[2], v[2] == NULL ? 0 : strlen(v[2]));
    bind_text(index, 4, v[3], v[3] == NULL ? 0 : strlen(v[3]));
    step_done(b, Q_INDEX);
}

static void open_db(struct bench *b, const char *file) {
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (sqlite3_open(file, &b->db) != SQLITE_OK)
        give_up("%s: %s", file, sqlite3_errmsg(b->db));
    run(b, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
           "PRAGMA mmap_size=1073741824; PRAGMA cache_size=-16000");
    run(b, "CREATE TABLE IF NOT EXISTS customer (id INTEGER PRIMARY KEY, "
           "name TEXT NOT NULL, code TEXT, phone TEXT, email TEXT, "
           "website TEXT, country TEXT, province TEXT, city TEXT, "
           "district TEXT, address TEXT, postal_code TEXT, wechat TEXT, "
           "note TEXT, created_at INTEGER, updated_at INTEGER);"
           "CREATE INDEX IF NOT EXISTS by_name ON customer (name, id);"
           "CREATE INDEX IF NOT EXISTS by_phone ON customer (phone);"
           "CREATE VIRTUAL TABLE IF NOT EXISTS customer_fts USING fts5("
           "name, phone, email, content='', tokenize='trigram')");
    for (int i = 0; i < Q_COUNT; i++)
        if (sqlite3_prepare_v3(b->db, queries[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &b->stmt[i], NULL) != SQLITE_OK)
            give_up("%s: %s", queries[i], sqlite3_errmsg(b->db));
}

/* --- filling ------------------------------------------------------------ */

struct filling {
    struct bench *b;
    char *cell[N_TEXT];
    int at;
    long rows;
};

static void on_cell(void *p, size_t n, void *arg) {
    struct filling *f = arg;
    if (f->at < N_TEXT) {
        free(f->cell[f->at]);
        f->cell[f->at] = n == 0 ? NULL : strndup(p, n);
    }
    f->at++;
}

static void on_row(int end, void *arg) {
    struct filling *f = arg;
    if (f->rows++ > 0 && f->at >= N_TEXT && f->cell[0] != NULL)
        insert(f->b, (const char *const *)f->cell);
    f->at = 0;
}

static void fill(struct bench *b, const char *name) {
    struct filling f = {.b = b};
    struct csv_parser parser;
    char part[65536];
    ssize_t n;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || csv_init(&parser, 0) != 0)
        give_up("can't read %s", name);
    run(b, "BEGIN");
    while ((n = read(fd, part, sizeof part)) > 0)
        csv_parse(&parser, part, (size_t)n, on_cell, on_row, &f);
    csv_fini(&parser, on_cell, on_row, &f);
    run(b, "COMMIT");
    csv_free(&parser);
    close(fd);
    for (int i = 0; i < N_TEXT; i++)
        free(f.cell[i]);
}

static bool is_empty(struct bench *b) {
    bool row = sqlite3_step(b->stmt[Q_FIRST]) == SQLITE_ROW;
    sqlite3_reset(b->stmt[Q_FIRST]);
    return !row;
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
    sqlite3_stmt *s = b->stmt[q != NULL ? Q_SEARCH : next ? Q_NEXT : Q_FIRST];
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
    ADD(&t, "]}");
    sqlite3_reset(s);
    return answer(c, 200, &t);
}

static enum MHD_Result create(struct bench *b, struct MHD_Connection *c,
                              const struct text *body) {
    json_t *j = json_loadb(body->p, body->n, JSON_REJECT_DUPLICATES, NULL);
    const char *v[N_TEXT] = {json_string_value(json_object_get(j, "name")),
                             NULL,
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
        "usage: http_mhd_sqlite --db FILE [--csv FILE] [--port N]\n"
        "Serves customers straight from SQLite through libmicrohttpd, as the\n"
        "limit the server is compared with. Ends when stdin ends.\n",
        out);
    return out == stderr ? 2 : 0;
}

int main(int argc, char **argv) {
    const char *db = NULL, *csv = NULL;
    long port = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage(stdout);
        if (i + 1 == argc)
            return usage(stderr);
        if (strcmp(argv[i], "--db") == 0)
            db = argv[++i];
        else if (strcmp(argv[i], "--csv") == 0)
            csv = argv[++i];
        else if (strcmp(argv[i], "--port") == 0)
            port = strtol(argv[++i], NULL, 10);
        else
            return usage(stderr);
    }
    if (db == NULL || port < 0 || port > 65535)
        return usage(stderr);
    struct bench b = {0};
    open_db(&b, db);
    if (csv != NULL && is_empty(&b))
        fill(&b, csv);
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO, (uint16_t)port, NULL,
        NULL, on_step, &b, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (d == NULL)
        give_up("can't listen on port %ld", port);
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
