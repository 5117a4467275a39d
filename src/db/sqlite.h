/* Private to the SQLite driver: its connection, shared by sqlite.c (handles,
 * statements), sqlite_error.c, sqlite_cells.c and sqlite_backup.c. */
#ifndef DB_SQLITE_H
#define DB_SQLITE_H

#include "db/cache.h"
#include "db/driver.h"

#include <sqlite3.h>

struct sq_conn {
    struct db_conn base; /* first */
    sqlite3 *h;
    struct cache cache;
    int64_t deadline_us;          /* 0: none */
    bool reading;                 /* a statement is at work that only reads */
    bool log_followed;            /* log_pages is kept */
    int log_pages;                /* in the log at the last commit */
    int log_copied;               /* of them, by the last checkpoint */
    bool watched;                 /* looks now and then whether to end */
    struct long_work *work;       /* of the statement at work, or NULL */
    const struct db_cells *cells; /* what the table db_cells holds, or NULL */
};

struct sq_stmt {
    struct cached cached; /* first */
    sqlite3_stmt *s;
    int nparams, nargs;
    bool readonly;
    uint16_t arg_of[]; /* parameter i takes this argument */
};

struct sq_conn *sq_of(const struct db_conn *conn);

/* Notes what the engine last reported and returns the error; q may be NULL.
 * s, if any, is reset first. */
enum err sq_fail(struct ctx *c, sqlite3 *h, int rc, sqlite3_stmt *s,
                 const struct sql *q) MUST_CHECK;

/* Makes the table db_cells (sqlite_cells.c). */
void sq_cells_init(struct sq_conn *k);

enum err sq_backup(struct ctx *c, struct db_conn *conn, struct str path,
                   db_progress progress, void *arg);
/* VACUUM INTO path; needs no transaction open. */
enum err sq_snapshot(struct ctx *c, struct db_conn *conn, struct str path);

#endif
