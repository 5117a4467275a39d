/* Files that appear under their name only when they are whole: they grow as
 * NAME.part, are synced, and then renamed. Owns nothing.
 * Invariant: the file under the given name is whole and synced, or the old
 * one. */
#include "db/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static enum err file_fail(struct ctx *c, struct str path) {
    enum err e = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
    return failv(c, e, S(""), err_code(e), ARGS(V(strerror(errno)), V(path)));
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

enum err part_make(struct ctx *c, struct str path, struct str *out) {
    *out = str_cat(c->arena, path, S(".part"));
    const char *part = str_cstr(c->arena, *out);
    unlink(part);
    int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_fail(c, *out);
    close(fd);
    return OK;
}

enum err part_finish(struct ctx *c, struct str part, struct str path,
                     enum err e) {
    const char *from = str_cstr(c->arena, part);
    if (e == OK)
        e = sync_path(c, from);
    if (e == OK && rename(from, str_cstr(c->arena, path)) != 0)
        e = file_fail(c, path);
    if (e == OK)
        e = sync_path(c, folder_of(c->arena, path));
    if (e != OK)
        unlink(from);
    return e;
}

enum err db_backup_part(struct ctx *c, struct str path, db_progress progress,
                        void *arg, struct str *part_out) {
    TRY(part_make(c, path, part_out));
    enum err e = c->db->drv->backup(c, c->db, *part_out, progress, arg);
    if (e != OK)
        unlink(str_cstr(c->arena, *part_out));
    return e;
}

enum err db_backup_publish(struct ctx *c, struct str part, struct str path) {
    return part_finish(c, part, path, OK);
}

enum err db_backup(struct ctx *c, struct str path, db_progress progress,
                   void *arg) {
    struct str part;
    TRY(db_backup_part(c, path, progress, arg, &part));
    return db_backup_publish(c, part, path);
}
