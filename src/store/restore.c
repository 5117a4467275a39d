/* Restoring. Owns nothing. Threads: the caller's, while the company is closed.
 * Invariant: what stands in a company's place is its old file or a copy that
 * was read to its end. */
#include "store/restore.h"

#include "db/lock.h"
#include "db/migrate.h"
#include "store/backup.h"

#include <errno.h>
#include <unistd.h>

#define WRONG_MAX (64 * 1024)

/* --- SQLite ------------------------------------------------------------- */

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

static enum err unlink_if(struct ctx *c, const char *path) {
    if (unlink(path) == 0 || errno == ENOENT)
        return OK;
    return failv(c, ERR_IO, S(""), "restore_file",
                 ARGS(V(path), V(strerror(errno))));
}

/* The log of the replaced database must not be applied to the new one. */
static enum err remove_logs(struct ctx *c, struct str path) {
    static const char *const tails[] = {"-wal", "-shm"};
    for (size_t i = 0; i < COUNT_OF(tails); i++)
        TRY(unlink_if(
            c, str_cstr(c->arena, str_cat(c->arena, path, str_of(tails[i])))));
    return OK;
}

enum err restore_file(struct ctx *c, struct str path, struct str copy,
                      db_progress progress, void *arg, struct buf *wrong) {
    struct backup_report report;
    struct db *from;
    struct str again = str_cat(c->arena, path, S(".again"));
    /* A file at rest stays as it is; one with a log is somebody's database. */
    bool at_rest =
        !exists(str_cstr(c->arena, str_cat(c->arena, copy, S("-wal"))));
    TRY(db_open(
        c, str_cat(c->arena, at_rest ? S("sqlite-copy:") : S("sqlite:"), copy),
        &from));
    enum err e = backup_make_from(c, from, again, progress, arg, &report);
    db_close(from);
    TRY(e);
    buf_str(wrong, buf_view(&report.wrong));
    if (report.wrong.n > 0)
        return unlink_if(c, str_cstr(c->arena, again));
    TRY(remove_logs(c, path));
    return db_backup_publish(c, again, path);
}

/* --- either ------------------------------------------------------------- */

static enum err first_wrong(struct ctx *c, struct str copy,
                            const struct buf *wrong) {
    struct str lines = buf_view(wrong), line = {0};
    if (lines.n == 0 || !str_cut(&lines, '\n', &line))
        return OK;
    return failv(c, ERR_IO, S(""), "backup_bad", ARGS(V(copy), V(line)));
}

static enum err of_file(struct ctx *c, struct str path, struct str copy) {
    struct db_lock *lock;
    struct buf wrong;
    buf_init(&wrong, c->arena, WRONG_MAX);
    TRY(db_lock_acquire(c, path, S(""), &lock, NULL));
    enum err e = restore_file(c, path, copy, NULL, NULL, &wrong);
    db_lock_release(lock);
    return e == OK ? first_wrong(c, copy, &wrong) : e;
}

/* Is what came a company of ours, no newer than we are, and whole? */
static enum err look(struct ctx *c, void *arg) {
    const struct str *copy = arg;
    struct migrate_state m;
    struct buf wrong;
    buf_init(&wrong, c->arena, WRONG_MAX);
    TRY(migrate_status(c, migration_files, &m));
    if (m.current == 0)
        return fail(c, ERR_INVALID, "", "not_a_company");
    TRY(backup_compare(c, db_of(c->db), *copy, &wrong));
    return first_wrong(c, *copy, &wrong);
}

enum err restore_company(struct ctx *c, struct str url, struct str copy) {
    struct db *d;
    TRY(db_open(c, url, &d));
    struct str path = str_dup(c->arena, db_path(d));
    db_close(d);
    return path.n > 0 ? of_file(c, path, copy)
                      : db_swap_dump(c, url, copy, look, &copy);
}

/* --- afterwards --------------------------------------------------------- */

SQL(Q_SESSIONS, "DELETE FROM session");
SQL(Q_JOBS, "UPDATE job SET state = 'cancelled', finished_at = $1,"
            " lease_until = NULL, lease_owner = NULL"
            " WHERE state IN ('queued', 'running')"
            " AND kind IN ('backup', 'backup_check', 'restore')");
SQL(Q_MAILS, "UPDATE mail_outbox SET due_at = NULL WHERE due_at IS NOT NULL");
SQL(Q_SECRET, "DELETE FROM setting WHERE key = 'company.secret'");

enum err restore_settle(struct ctx *c) {
    TRY(db_exec(c, &Q_SESSIONS, NO_ARGS, NULL));
    TRY(db_exec(c, &Q_JOBS, ARGS(V(c->now_ms)), NULL));
    TRY(db_exec(c, &Q_MAILS, NO_ARGS, NULL));
    return db_exec(c, &Q_SECRET, NO_ARGS, NULL);
}
