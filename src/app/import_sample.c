/* Sampling. Owns nothing beyond the call; any thread. */
#include "app/import_sample.h"

#include "base/csv_write.h"

#include <unistd.h>

#define HEADER_CHARS 200

struct str import_cell(struct str cell) {
    struct str s = str_trim(cell);
    if (s.n > 1 && s.p[0] == '\'' && csv_is_formula(str_sub(s, 1, s.n)))
        s = str_sub(s, 1, s.n);
    return s;
}

static enum err read_header(struct ctx *c, struct table *t,
                            struct columns *out) {
    struct table_row row;
    bool more;
    TRY(table_next(c, t, &row, &more));
    if (!more)
        return fail(c, ERR_INVALID, "", "import_no_rows");
    size_t n = row.n;
    while (n > 0 && str_trim(row.cells[n - 1]).n == 0)
        n--;
    if (n > COLUMNS_MAX)
        return failv(c, ERR_INVALID, S(""), "import_columns",
                     ARGS(V(COLUMNS_MAX)));
    out->p = NEW_ARRAY(c->arena, struct column, n + 1);
    out->n = n;
    for (size_t i = 0; i < n; i++) {
        struct str h = import_cell(row.cells[i]);
        out->p[i].header =
            str_dup(c->arena, str_sub(h, 0, (size_t)HEADER_CHARS * 4));
    }
    return OK;
}

enum err import_sample(struct ctx *c, int fd, struct import_sample *out) {
    struct table *t;
    struct table_opts opts = {.max_cells = COLUMNS_MAX};
    *out = (struct import_sample){.rows = 0};
    if (lseek(fd, 0, SEEK_SET) != 0)
        return fail(c, ERR_IO, "", "file_read");
    TRY(table_open(c, fd, &opts, &t));
    TRY(read_header(c, t, &out->columns));
    while (out->rows < SAMPLED_ROWS) {
        struct table_row row;
        bool more;
        TRY(table_next(c, t, &row, &more));
        if (!more)
            break;
        out->rows++;
        if (row.problem != NULL)
            continue;
        for (size_t i = 0; i < row.n && i < out->columns.n; i++)
            column_see(c->arena, &out->columns.p[i], import_cell(row.cells[i]));
    }
    out->info = table_info(t);
    out->info.encoding = str_dup(c->arena, out->info.encoding);
    return out->rows > 0 ? OK : fail(c, ERR_INVALID, "", "import_no_rows");
}
