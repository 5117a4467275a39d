/* Private to the SQLite driver: its connection, shared by sqlite.c
 * (statements), sqlite_open.c, sqlite_checkpoint.c, sqlite_error.c,
 * sqlite_cells.c, sqlite_ids.c, sqlite_later.c, sqlite_memory.c,
 * sqlite_postings.c, sqlite_search.c, sqlite_log.c and sqlite_backup.c. */
#ifndef DB_SQLITE_H
#define DB_SQLITE_H

#include "db/cache.h"
#include "db/driver.h"

#include <sqlite3.h>

/* A search index that the connection has written to. */
struct sq_index {
    char entity[48];
    size_t bytes; /* of tokens in this transaction */
    int64_t owed; /* pages of merging for what has been written */
    bool merging; /* the last merge found something to do */
    bool known;   /* how it merges has been looked at */
};

#define SQ_LATER_MAX 16 /* tables; a bit each */

/* Rows of one table that wait (sqlite_later.c). */
struct sq_later {
    struct db_later what; /* as it came with the last row */
    char table[48];
    VEC(struct val) cells;
};

struct sq_conn {
    struct db_conn base; /* first */
    sqlite3 *h;
    struct cache cache;
    int64_t deadline_us;    /* 0: none */
    bool reading;           /* a statement is at work that only reads */
    bool log_followed;      /* log_pages is kept */
    int log_pages;          /* in the log at the last commit */
    bool keeps_log;         /* see db_keep_log */
    bool watched;           /* looks now and then whether to end */
    struct long_work *work; /* of the statement at work, or NULL */
    int64_t gave_way_us;    /* when it last left the processor to others */
    const struct db_cells *cells; /* what the table db_cells holds, or NULL */
    bool loose; /* references are not checked: see sqlite_cells.c */
    struct sq_index searched[16];
    int n_searched;
    struct sq_later later[SQ_LATER_MAX];
    int n_later;      /* never fewer: statements know the places */
    unsigned waiting; /* a bit for each of them that holds rows */
    bool later_lost;  /* some could not be written: until the rollback */
    struct arena *later_arena; /* NULL before the first row */
};

struct sq_stmt {
    struct cached cached; /* first */
    sqlite3_stmt *s;
    int nparams, nargs;
    bool readonly;
    int looked_for;    /* places of sq_conn.later it has been asked about */
    unsigned concerns; /* those it has to do with */
    uint16_t arg_of[]; /* parameter i takes this argument */
};

struct sq_conn *sq_of(const struct db_conn *conn);

/* Notes what the engine last reported and returns the error; q may be NULL.
 * s, if any, is reset first. */
enum err sq_fail(struct ctx *c, sqlite3 *h, int rc, sqlite3_stmt *s,
                 const struct sql *q) MUST_CHECK;

/* Statements of a text, without values. */
enum err sq_run(struct ctx *c, sqlite3 *h, const char *sql) MUST_CHECK;
/* A handle of d's file, set up for role; to be closed by the caller. */
enum err sq_open(struct ctx *c, struct db *d, enum db_role role,
                 sqlite3 **out) MUST_CHECK;
/* How SQLite takes memory. Refused, and no matter, when it runs already. */
void sq_memory(void);
/* The driver's own open: makes the file where there is none. */
enum err sq_make(struct ctx *c, struct db *d) MUST_CHECK;

/* Makes the table db_cells (sqlite_cells.c). */
void sq_cells_init(struct sq_conn *k);
/* The driver's cells. */
enum err sq_cells(struct ctx *c, const struct sql *q,
                  const struct db_cells *cells);
/* Before a statement that writes: references are checked again, unless it reads
 * the table db_cells. */
void sq_cells_tighten(struct sq_conn *k);

/* Makes the table db_ids (sqlite_ids.c); binds its list, which is not copied.
 */
void sq_ids_init(struct sq_conn *k);
int sq_ids_bind(sqlite3_stmt *s, int i, const struct val *list);

/* The driver's later (sqlite_later.c). Writes what waits; forgets it, with its
 * transaction; is it to be written before this statement, whose text it is? */
enum err sq_later(struct ctx *c, const struct db_later *t, struct args row);
enum err sq_later_write(struct ctx *c) MUST_CHECK;
void sq_later_forget(struct sq_conn *k);
bool sq_later_concerns(const struct sq_conn *k, struct sq_stmt *s,
                       struct str text);

/* The name of the file system whose logs are written in larger pieces
 * (sqlite_log.c); registered when first asked for. A connection that writes
 * through it is followed, so that what is rolled back is not written. */
const char *sq_log_system(void);
void sq_log_follow(sqlite3 *h);

/* Merging the search indexes (sqlite_search.c): counts what has been written to
 * one; merges as much as that asks for, before the commit; db_search_merge. */
enum err sq_search_wrote(struct ctx *c, struct str entity, size_t bytes);
enum err sq_search_settle(struct ctx *c);
void sq_search_forget(struct sq_conn *k); /* of what was rolled back */
enum err sq_search_merge(struct ctx *c, struct str entity, int64_t pages,
                         bool *more);

/* db_search_newest by lists that are read here (sqlite_postings.c); tokens as
 * they are stored. Not *done: FTS5 has to be asked, nothing was appended. */
struct tokens;
enum err sq_postings(struct ctx *c, struct str entity,
                     const struct tokens *lists, size_t n, int64_t from,
                     int64_t to, size_t most, struct db_found *found,
                     bool *done) MUST_CHECK;

/* The driver's own, of the log and the file (sqlite_checkpoint.c). */
enum err sq_checkpoint(struct ctx *c, struct db_conn *conn, int *copied);
void sq_keep_log(struct db_conn *conn);
int sq_log_pages(struct db_conn *conn);

enum err sq_backup(struct ctx *c, struct db_conn *conn, struct str path,
                   db_progress progress, void *arg);
/* VACUUM INTO path; needs no transaction open. */
enum err sq_snapshot(struct ctx *c, struct db_conn *conn, struct str path);

#endif
