/* Large bodies go to a temporary file without a name: it ends with its
 * descriptor, whatever happens to the process.
 *
 * Owns: the descriptor, until exchange_finish closes it or the application
 * takes it. Runs in the loop thread: writes go to the page cache. */
#include "base/io.h"
#include "http/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static enum err spool_error(void) {
    return errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
}

enum err spool_open(struct exchange *ex) {
    const char *dir = ex->server->cfg.spool_dir;
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) { /* not every file system has it */
        struct str name = str_fmt(ex->rq.arena, "%s/guanxi-XXXXXX", dir);
        char *path = arena_alloc(ex->rq.arena, name.n + 1);
        memcpy(path, name.p, name.n);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd < 0)
            return spool_error();
        unlink(path);
    }
    ex->rq.spool = fd;
    return OK;
}

enum err spool_write(struct exchange *ex, const char *data, size_t n) {
    while (n > 0) {
        ssize_t w = io_write(ex->rq.spool, data, n);
        if (w < 0)
            return spool_error();
        data += w;
        n -= (size_t)w;
    }
    return OK;
}
