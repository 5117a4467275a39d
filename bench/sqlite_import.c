/* The limit of imports and inserts: CSV text into SQLite with nothing in
 * between.
 *
 *     sqlite_import --db FILE --csv FILE[.gz]   all rows, two indexes, commits
 *                                               of 10,000, synchronous=FULL
 *     sqlite_import --db FILE --insert GROUP    customers, GROUP a commit, for
 *                                               three seconds
 *
 * Every column is text, the first two are indexed. Prints one line of JSON:
 * {"rows","seconds","rows_per_second","peak_kib"}. */
#include <csv.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <zlib.h>

#define MAX_COLUMNS 64
#define COMMIT_ROWS 10000
#define INSERT_SECONDS 3.0

struct load {
    sqlite3 *db;
    sqlite3_stmt *insert;
    int columns, at; /* columns of the header; cell of the current row */
    long rows;
    bool header_done;
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

static double now(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void run(struct load *l, const char *sql) {
    char *why = NULL;
    if (sqlite3_exec(l->db, sql, NULL, NULL, &why) != SQLITE_OK)
        give_up("%s: %s", sql, why);
}

static void step_done(struct load *l) {
    if (sqlite3_step(l->insert) != SQLITE_DONE)
        give_up("%s", sqlite3_errmsg(l->db));
    sqlite3_reset(l->insert);
}

static void prepare(struct load *l, const char *sql) {
    if (sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                           &l->insert, NULL) != SQLITE_OK)
        give_up("%s: %s", sql, sqlite3_errmsg(l->db));
}

static void open_db(struct load *l, const char *file) {
    if (sqlite3_open(file, &l->db) != SQLITE_OK)
        give_up("%s: %s", file, sqlite3_errmsg(l->db));
    run(l, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
}

static void report(const struct load *l, double seconds) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("{\"rows\":%ld,\"seconds\":%.3f,\"rows_per_second\":%.0f,"
           "\"peak_kib\":%ld}\n",
           l->rows, seconds, (double)l->rows / seconds, u.ru_maxrss);
}

/* --- CSV ---------------------------------------------------------------- */

/* Appends to a statement made of fixed parts. */
static void part(char *sql, size_t cap, const char *text) {
    size_t n = strlen(sql);
    if (n + strlen(text) >= cap)
        give_up("too many columns");
    memcpy(sql + n, text, strlen(text) + 1);
}

/* A table of as many text columns as the header has: c, cc, ccc … */
static void make_table(struct load *l) {
    char table[8192] = "CREATE TABLE line (id INTEGER PRIMARY KEY";
    char insert[1024] = "INSERT INTO line VALUES (NULL";
    char name[MAX_COLUMNS + 1] = "";
    for (int i = 0; i < l->columns; i++) {
        part(name, sizeof name, "c");
        part(table, sizeof table, ", ");
        part(table, sizeof table, name);
        part(table, sizeof table, " TEXT");
        part(insert, sizeof insert, ", ?");
    }
    part(table, sizeof table, "); CREATE INDEX line_first ON line (c)");
    if (l->columns > 1)
        part(table, sizeof table, "; CREATE INDEX line_second ON line (cc)");
    part(insert, sizeof insert, ")");
    run(l, table);
    prepare(l, insert);
    run(l, "BEGIN");
}

/* libcsv reuses the memory of a cell for the next one: SQLite copies. */
static void on_cell(void *p, size_t n, void *arg) {
    struct load *l = arg;
    if (!l->header_done)
        l->columns++;
    else if (l->at < l->columns)
        sqlite3_bind_text(l->insert, l->at + 1, p, (int)n, SQLITE_TRANSIENT);
    l->at++;
}

static void on_row(int end, void *arg) {
    struct load *l = arg;
    if (!l->header_done) {
        if (l->columns == 0 || l->columns > MAX_COLUMNS)
            give_up("%d columns", l->columns);
        make_table(l);
        l->header_done = true;
    } else {
        while (l->at < l->columns)
            sqlite3_bind_null(l->insert, ++l->at);
        step_done(l);
        if (++l->rows % COMMIT_ROWS == 0)
            run(l, "COMMIT; BEGIN");
    }
    l->at = 0;
}

static void import(struct load *l, const char *name) {
    static char piece[65536];
    struct csv_parser parser;
    gzFile f = gzopen(name, "rb"); /* reads plain files too */
    int n;
    if (f == NULL || csv_init(&parser, 0) != 0)
        give_up("can't read %s", name);
    double began = now();
    while ((n = gzread(f, piece, sizeof piece)) > 0)
        if (csv_parse(&parser, piece, (size_t)n, on_cell, on_row, l) !=
            (size_t)n)
            give_up("%s: %s", name, csv_strerror(csv_error(&parser)));
    if (n < 0)
        give_up("can't read %s", name);
    csv_fini(&parser, on_cell, on_row, l);
    if (!l->header_done)
        give_up("%s is empty", name);
    run(l, "COMMIT");
    report(l, now() - began);
    csv_free(&parser);
    gzclose(f);
}

/* --- inserts ------------------------------------------------------------ */

static void insert(struct load *l, long group) {
    char name[64], phone[32], email[64];
    run(l, "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, "
           "phone TEXT, email TEXT, city TEXT, address TEXT, created_at "
           "INTEGER); CREATE INDEX c_name ON customer (name, id);"
           "CREATE INDEX c_phone ON customer (phone)");
    prepare(l, "INSERT INTO customer VALUES (NULL, ?1, ?2, ?3, 'Shanghai', "
               "'Nanjing Road 100', 1)");
    double began = now();
    while (now() - began < INSERT_SECONDS) {
        run(l, "BEGIN IMMEDIATE");
        for (long i = 0; i < group; i++, l->rows++) {
            int n = snprintf(name, sizeof name, "Customer %08lx",
                             (unsigned long)l->rows * 2654435761u & 0xffffffff);
            sqlite3_bind_text(l->insert, 1, name, n, SQLITE_STATIC);
            n = snprintf(phone, sizeof phone, "138%08ld", l->rows);
            sqlite3_bind_text(l->insert, 2, phone, n, SQLITE_STATIC);
            n = snprintf(email, sizeof email, "c%ld@example.com", l->rows);
            sqlite3_bind_text(l->insert, 3, email, n, SQLITE_STATIC);
            step_done(l);
        }
        run(l, "COMMIT");
    }
    report(l, now() - began);
}

static int usage(FILE *out) {
    fputs("usage: sqlite_import --db FILE --csv FILE[.gz]\n"
          "       sqlite_import --db FILE --insert GROUP\n"
          "Loads rows into a new SQLite file with nothing in between, as the\n"
          "limit that imports and creates are compared with.\n",
          out);
    return out == stderr ? 2 : 0;
}

int main(int argc, char **argv) {
    const char *db = NULL, *csv = NULL;
    long group = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage(stdout);
        if (i + 1 == argc)
            return usage(stderr);
        if (strcmp(argv[i], "--db") == 0)
            db = argv[++i];
        else if (strcmp(argv[i], "--csv") == 0)
            csv = argv[++i];
        else if (strcmp(argv[i], "--insert") == 0)
            group = strtol(argv[++i], NULL, 10);
        else
            return usage(stderr);
    }
    if (db == NULL || (csv == NULL) == (group <= 0))
        return usage(stderr);
    struct load l = {0};
    open_db(&l, db);
    if (csv != NULL)
        import(&l, csv);
    else
        insert(&l, group);
    sqlite3_finalize(l.insert);
    sqlite3_close(l.db);
    return 0;
}
