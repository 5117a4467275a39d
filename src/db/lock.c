/* The lock file of a SQLite database.
 * Owns: the open file; the lock lives as long as it.
 * Threads: any, one at a time.
 * Invariant: the file is never unlinked, so nobody can hold a lock on a file
 * that others no longer see. */
#include "db/lock.h"

#include "base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct db_lock {
    int fd;
};

/* "pid\nsocket\n" as the holder wrote it. */
static struct db_lock_holder read_holder(struct ctx *c, int fd) {
    char text[4200];
    ssize_t n = pread(fd, text, sizeof text, 0);
    struct str rest = {text, n > 0 ? (size_t)n : 0};
    struct db_lock_holder holder = {0, S("")};
    struct str line;
    if (!str_cut(&rest, '\n', &line))
        return holder;
    for (size_t i = 0; i < line.n && i < 10; i++)
        if (line.p[i] >= '0' && line.p[i] <= '9')
            holder.pid = holder.pid * 10 + (line.p[i] - '0');
    if (str_cut(&rest, '\n', &line))
        holder.socket = str_dup(c->arena, line);
    return holder;
}

static bool write_holder(int fd, struct str text) {
    return ftruncate(fd, 0) == 0 &&
           pwrite(fd, text.p, text.n, 0) == (ssize_t)text.n;
}

static enum err no_file(struct ctx *c, const char *name) {
    return failv(c, ERR_UNAVAILABLE, S("db"), "db_unreachable",
                 ARGS(V(strerror(errno)), V(name)));
}

static enum err take(struct ctx *c, int fd, const char *name, struct str socket,
                     struct db_lock_holder *holder_out) {
    int rc;
    do
        rc = flock(fd, LOCK_EX | LOCK_NB);
    while (rc != 0 && errno == EINTR);
    if (rc != 0 && errno == EWOULDBLOCK) {
        struct db_lock_holder h = read_holder(c, fd);
        if (holder_out != NULL)
            *holder_out = h;
        return failv(c, ERR_BUSY, S("db"), "db_locked",
                     ARGS(V(h.pid), V(h.socket), V(name)));
    }
    struct str text = str_fmt(c->arena, "%lld\n" STR_FMT "\n",
                              (long long)getpid(), STR_ARG(socket));
    if (rc != 0 || !write_holder(fd, text))
        return no_file(c, name);
    return OK;
}

enum err db_lock_acquire(struct ctx *c, struct str db_path, struct str socket,
                         struct db_lock **out,
                         struct db_lock_holder *holder_out) {
    const char *name =
        str_cstr(c->arena, str_cat(c->arena, db_path, S(".lock")));
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return no_file(c, name);
    enum err e = take(c, fd, name, socket, holder_out);
    if (e != OK) {
        close(fd);
        return e;
    }
    struct db_lock *l = malloc(sizeof *l);
    if (l == NULL)
        die("out of memory");
    l->fd = fd;
    *out = l;
    return OK;
}

void db_lock_tell(struct ctx *c, struct db_lock *l, struct str socket) {
    struct str text = str_fmt(c->arena, "%lld\n" STR_FMT "\n",
                              (long long)getpid(), STR_ARG(socket));
    if (!write_holder(l->fd, text) && !write_holder(l->fd, S("")))
        return; /* a full disk: commands are told of the lock alone */
}

void db_lock_release(struct db_lock *l) {
    if (l == NULL)
        return;
    close(l->fd);
    free(l);
}
