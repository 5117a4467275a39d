/* The writer's log (WAL), written in larger pieces: SQLite writes each page of
 * it with two calls, one for 24 bytes of header and one for the page, an import
 * of 100,000 customers half a million times. A file system of our own over the
 * system's holds back what follows each other and writes it with one call.
 *
 * Owns: the bytes held back, one buffer an open log. Threads: the writer's.
 * Invariants: when the frame that ends a transaction has been written, or
 * anybody asks for the log's size, its bytes or a sync, nothing is held back.
 * So others, who read a log as far as its last committed frame, and a file that
 * was left by a crash see what they would have seen without. Frames of a
 * transaction under way are nobody else's; those of one rolled back are
 * dropped. An error of a write comes later but within its transaction, and the
 * bytes stay until they have been written. */
#include "db/sqlite.h"

#include "base/die.h"
#include "base/fault.h"

#include <stdlib.h>
#include <string.h>

#define NAME "guanxi-log"
/* Bytes of a frame before its page; no other write is as short. */
#define HEAD 24
#define ROOM ((size_t)64 * 1024)

struct log_file {
    sqlite3_file base;   /* first */
    sqlite3_file *under; /* the system's; lies behind this */
    char *held;          /* ROOM bytes */
    sqlite3_int64 at;    /* where they belong */
    size_t n;
    bool commits; /* the frame under way ends a transaction */
};

static struct log_file *log_of(sqlite3_file *file) {
    return (struct log_file *)file;
}

/* --- the file ----------------------------------------------------------- */

static int let_go(struct log_file *f) {
    if (f->n == 0)
        return SQLITE_OK;
    if (FAULT("io.log"))
        return SQLITE_FULL;
    int rc = f->under->pMethods->xWrite(f->under, f->held, (int)f->n, f->at);
    if (rc == SQLITE_OK)
        f->n = 0;
    return rc;
}

static int on_close(sqlite3_file *file) {
    struct log_file *f = log_of(file);
    int rc = let_go(f), closed = f->under->pMethods->xClose(f->under);
    free(f->held);
    return closed != SQLITE_OK ? closed : rc;
}

static int on_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at) {
    struct log_file *f = log_of(file);
    bool meets =
        at < f->at + (sqlite3_int64)f->n && f->at < at + (sqlite3_int64)n;
    int rc = meets ? let_go(f) : SQLITE_OK;
    return rc != SQLITE_OK ? rc
                           : f->under->pMethods->xRead(f->under, to, n, at);
}

/* A frame's head tells in its second word how many pages the file has behind
 * the transaction it ends, 0 within one. */
static bool ends_transaction(const void *head) {
    static const char within[4] = {0};
    return memcmp((const char *)head + 4, within, sizeof within) != 0;
}

static int on_write(sqlite3_file *file, const void *p, int n,
                    sqlite3_int64 at) {
    struct log_file *f = log_of(file);
    int rc = SQLITE_OK;
    if (at == 0) /* the log begins anew: nothing held is of it */
        f->n = 0;
    if (n == HEAD)
        f->commits = ends_transaction(p);
    if (at != f->at + (sqlite3_int64)f->n || f->n + (size_t)n > ROOM)
        rc = let_go(f);
    if (rc != SQLITE_OK)
        return rc;
    if ((size_t)n > ROOM)
        return f->under->pMethods->xWrite(f->under, p, n, at);
    if (f->n == 0)
        f->at = at;
    memcpy(f->held + f->n, p, (size_t)n);
    f->n += (size_t)n;
    return f->commits || at == 0 ? let_go(f) : SQLITE_OK;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size) {
    struct log_file *f = log_of(file);
    int rc = let_go(f);
    return rc != SQLITE_OK ? rc : f->under->pMethods->xTruncate(f->under, size);
}

static int on_sync(sqlite3_file *file, int how) {
    struct log_file *f = log_of(file);
    int rc = let_go(f);
    return rc != SQLITE_OK ? rc : f->under->pMethods->xSync(f->under, how);
}

static int on_size(sqlite3_file *file, sqlite3_int64 *out) {
    struct log_file *f = log_of(file);
    int rc = let_go(f);
    return rc != SQLITE_OK ? rc : f->under->pMethods->xFileSize(f->under, out);
}

static int on_lock(sqlite3_file *file, int how) {
    struct log_file *f = log_of(file);
    return f->under->pMethods->xLock(f->under, how);
}

static int on_unlock(sqlite3_file *file, int how) {
    struct log_file *f = log_of(file);
    return f->under->pMethods->xUnlock(f->under, how);
}

static int on_check_lock(sqlite3_file *file, int *out) {
    struct log_file *f = log_of(file);
    return f->under->pMethods->xCheckReservedLock(f->under, out);
}

static int on_control(sqlite3_file *file, int what, void *arg) {
    struct log_file *f = log_of(file);
    return f->under->pMethods->xFileControl(f->under, what, arg);
}

static int on_sector(sqlite3_file *file) {
    struct log_file *f = log_of(file);
    return f->under->pMethods->xSectorSize(f->under);
}

static int on_device(sqlite3_file *file) {
    struct log_file *f = log_of(file);
    return f->under->pMethods->xDeviceCharacteristics(f->under);
}

/* Version 1: a log is neither shared memory nor mapped. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_device,
};

/* --- the file system ---------------------------------------------------- */

static sqlite3_vfs *under(const sqlite3_vfs *v) {
    return v->pAppData;
}

/* Every other file is the system's own. */
static int on_open(sqlite3_vfs *v, const char *name, sqlite3_file *file,
                   int flags, int *out) {
    struct log_file *f = log_of(file);
    sqlite3_vfs *u = under(v);
    if ((flags & SQLITE_OPEN_WAL) == 0)
        return u->xOpen(u, name, file, flags, out);
    *f = (struct log_file){.under = (sqlite3_file *)(void *)(f + 1)};
    f->held = malloc(ROOM);
    if (f->held == NULL)
        return SQLITE_NOMEM;
    int rc = u->xOpen(u, name, f->under, flags, out);
    if (rc == SQLITE_OK)
        f->base.pMethods = &methods;
    else
        free(f->held);
    return rc;
}

static int on_delete(sqlite3_vfs *v, const char *name, int sync) {
    return under(v)->xDelete(under(v), name, sync);
}

static int on_access(sqlite3_vfs *v, const char *name, int flags, int *out) {
    return under(v)->xAccess(under(v), name, flags, out);
}

static int on_path(sqlite3_vfs *v, const char *name, int n, char *out) {
    return under(v)->xFullPathname(under(v), name, n, out);
}

static int on_random(sqlite3_vfs *v, int n, char *out) {
    return under(v)->xRandomness(under(v), n, out);
}

static int on_sleep(sqlite3_vfs *v, int us) {
    return under(v)->xSleep(under(v), us);
}

static int on_time(sqlite3_vfs *v, double *out) {
    return under(v)->xCurrentTime(under(v), out);
}

static int on_error(sqlite3_vfs *v, int n, char *out) {
    return under(v)->xGetLastError(under(v), n, out);
}

const char *sq_log_system(void) {
    sqlite3_vfs *u = sqlite3_vfs_find(NULL);
    if (sqlite3_vfs_find(NAME) != NULL || u == NULL)
        return u == NULL ? NULL : NAME;
    sqlite3_vfs *v = calloc(1, sizeof *v);
    if (v == NULL)
        die("out of memory");
    *v = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct log_file) + u->szOsFile,
        .mxPathname = u->mxPathname,
        .zName = NAME,
        .pAppData = u,
        .xOpen = on_open,
        .xDelete = on_delete,
        .xAccess = on_access,
        .xFullPathname = on_path,
        .xRandomness = on_random,
        .xSleep = on_sleep,
        .xCurrentTime = on_time,
        .xGetLastError = on_error,
    };
    if (sqlite3_vfs_register(v, 0) != SQLITE_OK)
        die("out of memory");
    return NAME; /* SQLite keeps v as long as the process */
}

/* Frames of the transaction are of no use any more. */
static void on_rollback(void *h) {
    sqlite3_file *file = NULL;
    int rc = sqlite3_file_control(h, "main", SQLITE_FCNTL_JOURNAL_POINTER,
                                  (void *)&file);
    if (rc == SQLITE_OK && file != NULL && file->pMethods == &methods)
        log_of(file)->n = 0;
}

void sq_log_follow(sqlite3 *h) {
    sqlite3_rollback_hook(h, on_rollback, h);
}
