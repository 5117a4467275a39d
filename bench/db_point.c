/* How much the interface costs: a point read by id through db_one, db_query
 * and db_i64 beside a bare sqlite3_step loop on the same file. Prints
 * nanoseconds a read and the ratio of speeds (1.00 = as fast as bare).
 *     db_point [ROWS [SECONDS]] */
#include "db/db.h"

#include "base/die.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

SQL(Q_MAKE, "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT,"
            " phone TEXT, city TEXT, sales INTEGER, day INTEGER) STRICT");
SQL(Q_FILL, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            " WHERE i < $1) INSERT INTO customer SELECT i, 'customer ' || i,"
            " '138' || i, 'Shanghai', i * 7, i % 900 FROM n");
#define POINT "SELECT name, phone, city, sales, day FROM customer WHERE id = $1"
SQL(Q_POINT, POINT);
#define NUMBER "SELECT sales FROM customer WHERE id = $1"
SQL(Q_SALES, NUMBER);

struct bench {
    struct ctx c;
    struct arena *a;
    sqlite3_stmt *bare, *bare_number;
    int64_t rows, sink;
    uint64_t seed;
};

static double now_s(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void must(enum err e, const char *what) {
    if (e != OK)
        die("%s: %s", what, err_code(e));
}

static int64_t next_id(struct bench *b) {
    b->seed = b->seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((b->seed >> 33) % (uint64_t)b->rows) + 1;
}

static void read_bare(struct bench *b) {
    sqlite3_bind_int64(b->bare, 1, next_id(b));
    if (sqlite3_step(b->bare) != SQLITE_ROW)
        die("no row");
    for (int i = 0; i < 3; i++) {
        const unsigned char *p = sqlite3_column_text(b->bare, i);
        b->sink += p[0] + sqlite3_column_bytes(b->bare, i);
    }
    b->sink += sqlite3_column_int64(b->bare, 3);
    b->sink += sqlite3_column_int64(b->bare, 4);
    sqlite3_reset(b->bare);
}

static void read_bare_number(struct bench *b) {
    sqlite3_bind_int64(b->bare_number, 1, next_id(b));
    if (sqlite3_step(b->bare_number) != SQLITE_ROW)
        die("no row");
    b->sink += sqlite3_column_int64(b->bare_number, 0);
    sqlite3_reset(b->bare_number);
}

static void use_row(struct bench *b, const struct rows *r) {
    for (int i = 0; i < 3; i++) {
        struct str s = row_view(r, i);
        b->sink += (unsigned char)s.p[0] + (int64_t)s.n;
    }
    b->sink += row_i64(r, 3) + row_i64(r, 4);
}

static void read_one(struct bench *b) {
    struct rows *r;
    bool found;
    must(db_one(&b->c, &Q_POINT, ARGS(V(next_id(b))), &r, &found), "one");
    use_row(b, r);
}

static void read_cursor(struct bench *b) {
    struct rows *r;
    bool more;
    must(db_query(&b->c, &Q_POINT, ARGS(V(next_id(b))), &r), "query");
    must(rows_next(r, &more), "next");
    use_row(b, r);
    rows_end(r);
}

static void read_number(struct bench *b) {
    int64_t v;
    must(db_i64(&b->c, &Q_SALES, ARGS(V(next_id(b))), 0, &v), "i64");
    b->sink += v;
}

/* ns a read; the arena is reset after each `per_reset` reads, as requests do.
 */
static double measure(struct bench *b, void (*fn)(struct bench *),
                      int per_reset, double seconds) {
    double from = now_s(), took;
    int64_t n = 0;
    do {
        for (int i = 0; i < 1000; i++) {
            fn(b);
            if (++n % per_reset == 0)
                arena_reset(b->a);
        }
        took = now_s() - from;
    } while (took < seconds);
    return took * 1e9 / (double)n;
}

static void run(struct bench *b, double seconds) {
    static const struct {
        const char *name;
        void (*bare)(struct bench *), (*fn)(struct bench *);
        int per_reset;
    } kinds[] = {{"db_one, arena reset each 10", read_bare, read_one, 10},
                 {"db_one, arena reset each", read_bare, read_one, 1},
                 {"db_query, arena reset each 10", read_bare, read_cursor, 10},
                 {"db_i64, one column", read_bare_number, read_number, 10}};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        /* interleaved, so that noise hits both */
        double bare = 0, ours = 0;
        for (int k = 0; k < 5; k++) {
            bare += measure(b, kinds[i].bare, 10, seconds / 5);
            ours += measure(b, kinds[i].fn, kinds[i].per_reset, seconds / 5);
        }
        printf("%-32s bare %5.0f ns  ours %5.0f ns  ratio %.2f\n",
               kinds[i].name, bare / 5, ours / 5, bare / ours);
    }
}

int main(int argc, char **argv) {
    struct bench b = {.rows = argc > 1 ? atoll(argv[1]) : 100000, .seed = 1};
    double seconds = argc > 2 ? atof(argv[2]) : 1;
    char path[] = "/tmp/gx-point-XXXXXX", url[64];
    struct db *d;
    struct db_conn *w, *r;
    sqlite3 *h;
    int fd = mkstemp(path);
    if (fd < 0 || b.rows < 1)
        die("no temporary file, or no rows");
    close(fd);
    snprintf(url, sizeof url, "sqlite:%s", path);
    b.a = arena_new();
    ctx_init(&b.c, b.a);
    must(db_open(&b.c, str_of(url), &d), "open");
    must(db_connect(&b.c, d, DB_WRITER, &w), "connect");
    must(db_connect(&b.c, d, DB_READER, &r), "connect");
    b.c.db = w;
    must(db_exec(&b.c, &Q_MAKE, NO_ARGS, NULL), "make");
    must(db_exec(&b.c, &Q_FILL, ARGS(V(b.rows)), NULL), "fill");
    must(db_checkpoint(&b.c), "checkpoint");
    b.c.db = r;
    if (sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK ||
        sqlite3_exec(h, "PRAGMA mmap_size = 268435456", NULL, NULL, NULL) !=
            SQLITE_OK ||
        sqlite3_prepare_v3(h, POINT, -1, SQLITE_PREPARE_PERSISTENT, &b.bare,
                           NULL) != SQLITE_OK ||
        sqlite3_prepare_v3(h, NUMBER, -1, SQLITE_PREPARE_PERSISTENT,
                           &b.bare_number, NULL) != SQLITE_OK)
        die("%s", sqlite3_errmsg(h));
    run(&b, seconds);
    sqlite3_finalize(b.bare);
    sqlite3_finalize(b.bare_number);
    sqlite3_close(h);
    arena_reset(b.a);
    db_disconnect(r);
    db_disconnect(w);
    db_close(d);
    arena_free(b.a);
    unlink(path);
    return b.sink == 0;
}
