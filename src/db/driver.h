/* Private to src/db: what a driver is. db.c and rows.c hold what both engines
 * share (cursors, transactions' state, conversion); a driver only prepares,
 * binds, steps and maps errors. */
#ifndef DB_DRIVER_H
#define DB_DRIVER_H

#include "db/db.h"

#include "base/fault.h"

struct db {
    const struct driver *drv;
    char *url;  /* as given, NUL-terminated, owned */
    char *path; /* part of url; "" when the engine has no file */
    void *impl; /* the driver's own */
    bool copy;  /* a SQLite file at rest: opened without a log or locks */
};

/* A transaction as the caller sees it. TX_BROKEN: the engine has ended it,
 * the caller does not know yet. */
enum tx_state { TX_NONE, TX_OPEN, TX_BROKEN };

/* Cursors of one arena on one connection; lives in that arena. Made for the
 * first open cursor, with one arena_defer, and shared by all that are open at
 * the same time. */
struct scope {
    struct db_conn *conn; /* NULL when it holds nothing */
    struct arena *arena;
    struct rows *open;
    struct scope *prev, *next;
};

/* First member of every driver's connection. */
struct db_conn {
    struct db *db;
    const struct driver *drv;
    enum db_role role;
    enum tx_state tx;
    enum err tx_error; /* why TX_BROKEN */
    bool failed;       /* see db_failed */
    int budget_ms;     /* in force; 0: none */
    uint64_t written;  /* see db_written */
    struct scope *scopes;
};

struct rows {
    struct ctx *c;
    struct db_conn *conn;
    struct scope *scope; /* set while a cursor is open */
    struct rows *prev, *next;
    struct val *cells; /* of the current row; text is the engine's */
    int ncells;        /* room in cells */
    int ncols;
    bool has_row;
    bool open;   /* the driver holds something for it */
    bool cursor; /* outlives the call that starts it: values are copied */
    bool writes; /* must be stepped to its end */
    bool new_id; /* one row's INSERT, of which the id is wanted */
    void *stmt;  /* driver's */
    void *result;
    int at, total;
    int64_t before;  /* driver's, for counting */
    int64_t changed; /* set by step at the end */
};

/* Columns of the table db_cells: more than a table of ours has. */
#define DB_CELLS_MAX 400

struct driver {
    const char *name;
    /* Sets d->impl, checks that the engine can be reached. */
    enum err (*open)(struct ctx *c, struct db *d);
    void (*close)(struct db *d);
    enum err (*connect)(struct ctx *c, struct db *d, enum db_role role,
                        struct db_conn **out);
    void (*disconnect)(struct db_conn *conn);
    void (*flush)(struct db_conn *conn);
    /* Prepares and binds; sets r->stmt and r->ncols. After an error nothing is
     * held. */
    enum err (*start)(struct rows *r, const struct sql *q, struct args args);
    /* Fills r->cells (at most ncells) or says there is no more. The caller
     * calls finish in any case. */
    enum err (*step)(struct rows *r, bool *more);
    void (*finish)(struct rows *r);
    /* One of BEGIN, COMMIT …: see tx_verb. */
    enum err (*tx)(struct ctx *c, struct db_conn *conn, int verb);
    bool (*in_transaction)(const struct db_conn *conn);
    void (*budget)(struct db_conn *conn, int ms);
    enum err (*checkpoint)(struct ctx *c, struct db_conn *conn, int *copied);
    int (*log_pages)(struct db_conn *conn);
    void (*keep_log)(struct db_conn *conn); /* NULL: there is none */
    /* Into a file that is there and empty; syncing is the caller's. */
    enum err (*backup)(struct ctx *c, struct db_conn *conn, struct str path,
                       db_progress progress, void *arg);
    /* A copy to go back to, before the schema changes. */
    enum err (*snapshot)(struct ctx *c, struct db_conn *conn, struct str path);
    enum err (*script)(struct ctx *c, struct db_conn *conn, struct str text);
    /* Runs an INSERT that reads the table db_cells; NULL: there is none. */
    enum err (*cells)(struct ctx *c, const struct sql *q,
                      const struct db_cells *cells);
    /* db_insert_later within a transaction, db_write_later; NULL: nothing ever
     * waits. */
    enum err (*later)(struct ctx *c, const struct db_later *t, struct args row);
    enum err (*write_later)(struct ctx *c);
};

enum tx_verb {
    TX_BEGIN,
    TX_COMMIT,
    TX_ROLLBACK,
    TX_SAVEPOINT,
    TX_RELEASE,
    TX_ROLLBACK_TO,
    TX_VERBS
};

extern const struct driver sqlite_driver, pg_driver, fake_driver;

/* An empty file of our own mode beside path, for a copy to grow in. */
enum err part_make(struct ctx *c, struct str path, struct str *out) MUST_CHECK;
/* After the copy: gives it its name when all went well, else removes it. */
enum err part_finish(struct ctx *c, struct str part, struct str path,
                     enum err e) MUST_CHECK;

enum err pg_count_dump(struct ctx *c, struct str path,
                       struct db_counts *out) MUST_CHECK;

/* Statement name for messages. */
struct str sql_name(const struct sql *q);

/* Notes an engine's message and returns e; code NULL takes err_code(e). */
enum err engine_fail(struct ctx *c, enum err e, const char *code,
                     struct str field, struct str message,
                     const struct sql *q) MUST_CHECK;

/* Leading number of a text the way SQLite's CAST reads it. */
int64_t text_i64(struct str s);
double text_f64(struct str s);

/* The scope of c's arena on this connection, made when new. */
struct scope *scope_of(struct ctx *c, struct db_conn *conn);
/* Ends every cursor and detaches the scopes: the connection goes away. */
void scopes_detach(struct db_conn *conn);

/* Strings as one value: a JSON array, or PostgreSQL's array text. */
struct str strs_text(struct arena *a, const struct str *v, size_t n, bool pg);

/* The highest n of $n in a statement. */
size_t text_params(struct str s);

/* Monotonic clock in microseconds. */
int64_t clock_us(void);

#endif
