/* Online backup of a SQLite database while it is written to.
 * Owns: the handle of the copy until it is whole.
 * Threads: the writer's. Pages changed through the writer's own handle between
 * steps are copied by SQLite itself, so the backup never starts over.
 * Invariant: the file under the given name is whole and synced, or the old
 * one. */
#include "db/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STEP_US 8000 /* of the 10 ms allowed: the last chunk may be slow */
#define STEP_PAGES 16

static enum err file_fail(struct ctx *c, struct str path) {
    enum err e = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
    return failv(c, e, S(""), err_code(e), ARGS(V(strerror(errno)), V(path)));
}

/* Copies for at most STEP_US; *done when everything is copied. */
static int copy_step(sqlite3_backup *b, bool *done) {
    int64_t until = clock_us() + STEP_US;
    int rc;
    do
        rc = sqlite3_backup_step(b, STEP_PAGES);
    while (rc == SQLITE_OK && clock_us() < until);
    *done = rc == SQLITE_DONE;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static enum err copy(struct ctx *c, struct sq_conn *k, sqlite3 *to,
                     bool (*progress)(void *, int64_t, int64_t), void *arg) {
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

static enum err sync_path(struct ctx *c, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_fail(c, str_of(path));
    enum err e = fsync(fd) == 0 ? OK : file_fail(c, str_of(path));
    close(fd);
    return e;
}

static const char *folder_of(struct arena *a, struct str path) {
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return n == 0 ? "." : str_cstr(a, str_sub(path, 0, n));
}

/* An empty file of our own mode beside path, for the copy to grow in. */
static enum err make_part(struct ctx *c, struct str path, const char **out) {
    const char *part = str_cstr(c->arena, str_cat(c->arena, path, S(".part")));
    unlink(part);
    int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_fail(c, str_of(part));
    close(fd);
    *out = part;
    return OK;
}

/* After the copy: gives it its name when all went well, else removes it. */
static enum err finish_part(struct ctx *c, const char *part, struct str path,
                            enum err e) {
    if (e == OK)
        e = sync_path(c, part);
    if (e == OK && rename(part, str_cstr(c->arena, path)) != 0)
        e = file_fail(c, path);
    if (e == OK)
        e = sync_path(c, folder_of(c->arena, path));
    if (e != OK)
        unlink(part);
    return e;
}

enum err sq_backup(struct ctx *c, struct db_conn *conn, struct str path,
                   bool (*progress)(void *, int64_t, int64_t), void *arg) {
    const char *part = NULL;
    TRY(make_part(c, path, &part));
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(part, &to,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                 SQLITE_OPEN_EXRESCODE,
                             NULL);
    enum err e = rc == SQLITE_OK ? OK : sq_fail(c, to, rc, NULL, NULL);
    if (e == OK)
        e = copy(c, sq_of(conn), to, progress, arg);
    sqlite3_close(to);
    return finish_part(c, part, path, e);
}

SQL(Q_SNAPSHOT, "VACUUM INTO $1");

enum err sq_snapshot(struct ctx *c, struct db_conn *conn, struct str path) {
    const char *part = NULL;
    TRY(make_part(c, path, &part));
    return finish_part(c, part, path,
                       db_exec(c, &Q_SNAPSHOT, ARGS(V(part)), NULL));
}
