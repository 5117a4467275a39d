/* Files of rows that people bring, CSV in any encoding and .xlsx, packed or
 * not: whatever the bytes, rows come out as UTF-8 within the limits, or an
 * error does. */
#include "fuzz.h"

#include "base/table.h"
#include "base/utf8.h"

#include <sys/mman.h>
#include <unistd.h>

#define MAX_CELL 4096
#define MAX_ROWS 10000

static void rows_of(struct ctx *c, int fd) {
    const struct table_opts opts = {.max_cell = MAX_CELL,
                                    .max_row = 65536,
                                    .max_cells = 200,
                                    .max_bytes = 4 << 20,
                                    .max_shared = 1 << 20};
    struct table *t;
    if (table_open(c, fd, &opts, &t) != OK)
        return;
    for (int rows = 0; rows < MAX_ROWS; rows++) {
        struct table_row row;
        bool more;
        if (table_next(c, t, &row, &more) != OK || !more)
            return;
        if (row.n > opts.max_cells)
            die("more cells than the limit");
        for (size_t i = 0; i < row.n; i++)
            if (row.cells[i].n > MAX_CELL ||
                (row.problem == NULL && !utf8_valid(row.cells[i])))
                die("a cell is too long or no UTF-8");
    }
}

static void fuzz_one(struct ctx *c, struct str s) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, s.p, s.n) != (ssize_t)s.n ||
        lseek(fd, 0, SEEK_SET) != 0)
        die("no memory for the input");
    rows_of(c, fd);
    arena_reset(c->arena); /* the reader lets go of fd */
    close(fd);
}

static void fuzz_start(struct ctx *c) {
}

static const struct str fuzz_spice =
    S_INIT(",;\t|\"\"\r\n\n0=@\xef\xbb\xbf\xff\xfe\x81\x1f\x8bPK<>/&;\0");
