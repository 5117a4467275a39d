/* Copying SQLite's log into its file, and syncing it. Owns: nothing. Threads:
 * the connection's. Invariant: pages count as copied when a sync behind them
 * has said that they are on the disk; behind an error of the disk nothing does.
 */
#include "db/sqlite.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define DESCRIPTORS 4096 /* looked through for one of the file */
#define PART_BYTES (INT64_C(1) << 20)

/* A descriptor of the file that SQLite has open; -1: none is found. One of our
 * own could never be closed: all locks of the process would go with it. */
static int descriptor_of(const char *path) {
    struct stat want, st;
    if (stat(path, &want) != 0)
        return -1;
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        if (fstat(fd, &st) == 0 && st.st_dev == want.st_dev &&
            st.st_ino == want.st_ino)
            return fd;
    return -1;
}

/* What has been copied goes to the disk a little at a time: between two parts
 * a commit has its turn, which would else wait for all of it. An error is told
 * to the descriptor that asks first, and to it once: it counts here. */
static int write_back(const char *path) {
    struct stat st;
    int fd = path == NULL ? -1 : descriptor_of(path);
    if (fd < 0 || fstat(fd, &st) != 0)
        return SQLITE_OK;
    for (off_t at = 0; at < st.st_size; at += PART_BYTES)
        if (sync_file_range(fd, at, PART_BYTES,
                            SYNC_FILE_RANGE_WAIT_BEFORE |
                                SYNC_FILE_RANGE_WRITE |
                                SYNC_FILE_RANGE_WAIT_AFTER) != 0)
            return errno == EIO || errno == ENOSPC ? SQLITE_IOERR_FSYNC
                                                   : SQLITE_OK;
    return SQLITE_OK;
}

/* SQLite syncs the file only when all of the log has been copied: then, in the
 * writer's time, all that others have copied too. */
static int sync_file(sqlite3 *h) {
    sqlite3_file *f = NULL;
    int rc = FAULT("io.sync") ? SQLITE_IOERR_FSYNC
                              : write_back(sqlite3_db_filename(h, "main"));
    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_file_control(h, "main", SQLITE_FCNTL_FILE_POINTER, (void *)&f);
    if (rc != SQLITE_OK || f == NULL || f->pMethods == NULL)
        return rc;
    return f->pMethods->xSync(f, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}

enum err sq_checkpoint(struct ctx *c, struct db_conn *conn, int *copied) {
    struct sq_conn *k = sq_of(conn);
    *copied = 0;
    if (conn->role == DB_READER)
        return OK;
    int rc = sqlite3_wal_checkpoint_v2(k->h, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                       NULL, copied);
    if (rc == SQLITE_OK && conn->role == DB_CHECKPOINTER)
        rc = sync_file(k->h);
    if (rc != SQLITE_OK)
        *copied = 0;
    if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY)
        return OK; /* busy: another connection is at it */
    return sq_fail(c, k->h, rc, NULL, NULL);
}

void sq_keep_log(struct db_conn *conn) {
    struct sq_conn *k = sq_of(conn);
    k->keeps_log = true;
    sqlite3_db_config(k->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

static int note_log(void *arg, sqlite3 *h, const char *name, int pages) {
    struct sq_conn *k = arg;
    k->log_pages = pages;
    return SQLITE_OK;
}

int sq_log_pages(struct db_conn *conn) {
    struct sq_conn *k = sq_of(conn);
    if (!k->log_followed)
        sqlite3_wal_hook(k->h, note_log, k); /* instead of autocheckpoint */
    k->log_followed = true;
    return k->log_pages;
}
