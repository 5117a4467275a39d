/* Online backup of a SQLite database while it is written to.
 * Owns: the handle of the copy until it is whole.
 * Threads: the writer's. Pages changed through the writer's own handle between
 * steps are copied by SQLite itself, so the backup never starts over.
 * Invariant: what the copy holds is what the database held at its last step.
 */
#include "base/fault.h"
#include "db/sqlite.h"

#define STEP_US 8000 /* of the 10 ms allowed: the last chunk may be slow */
#define STEP_PAGES 16

/* Copies for at most STEP_US; *done when everything is copied. */
static int copy_step(sqlite3_backup *b, bool *done) {
    int64_t until = clock_us() + STEP_US;
    int rc;
    do
        rc = FAULT("io.backup") ? SQLITE_FULL
                                : sqlite3_backup_step(b, STEP_PAGES);
    while (rc == SQLITE_OK && clock_us() < until);
    *done = rc == SQLITE_DONE;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static enum err copy(struct ctx *c, struct sq_conn *k, sqlite3 *to,
                     db_progress progress, void *arg) {
    sqlite3_backup *b = sqlite3_backup_init(to, "main", k->h, "main");
    if (b == NULL)
        return sq_fail(c, to, sqlite3_errcode(to), NULL, NULL);
    bool done = false;
    int rc = SQLITE_OK;
    enum err e = OK;
    while (e == OK && !done) {
        rc = copy_step(b, &done);
        if (rc != SQLITE_OK)
            break;
        int64_t total = sqlite3_backup_pagecount(b);
        int64_t left = sqlite3_backup_remaining(b);
        if (progress != NULL && !progress(arg, total - left, total))
            e = fail(c, ERR_CANCELLED, "", "cancelled");
    }
    int end = sqlite3_backup_finish(b);
    if (e == OK && (rc != SQLITE_OK || end != SQLITE_OK))
        e = sq_fail(c, to, rc != SQLITE_OK ? rc : end, NULL, NULL);
    return e;
}

enum err sq_backup(struct ctx *c, struct db_conn *conn, struct str path,
                   db_progress progress, void *arg) {
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(str_cstr(c->arena, path), &to,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                 SQLITE_OPEN_EXRESCODE,
                             NULL);
    if (rc == SQLITE_OK) /* the caller syncs, off the writer's thread */
        rc = sqlite3_exec(to, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    enum err e = rc == SQLITE_OK ? OK : sq_fail(c, to, rc, NULL, NULL);
    if (e == OK)
        e = copy(c, sq_of(conn), to, progress, arg);
    sqlite3_close(to);
    return e;
}

SQL(Q_SNAPSHOT, "VACUUM INTO $1");

enum err sq_snapshot(struct ctx *c, struct db_conn *conn, struct str path) {
    struct str part;
    TRY(part_make(c, path, &part));
    return part_finish(c, part, path,
                       db_exec(c, &Q_SNAPSHOT, ARGS(V(part)), NULL));
}
