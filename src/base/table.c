/* Tabular files: looks at the first bytes and hands over to the CSV or the
 * .xlsx reader. One thread at a time. */
#include "base/table.h"

#include "base/csv.h"
#include "base/xlsx.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct table {
    struct source *source;
    struct charset *text;
    struct csv *csv;
    struct xlsx *xlsx; /* one of the two */
};

static struct table_opts with_defaults(const struct table_opts *opts) {
    struct table_opts o = opts == NULL ? (struct table_opts){0} : *opts;
    if (o.max_cell == 0)
        o.max_cell = 1u << 20;
    if (o.max_row == 0)
        o.max_row = 4u << 20;
    if (o.max_cells == 0)
        o.max_cells = 2000;
    if (o.max_bytes == 0)
        o.max_bytes = 16ull << 30;
    if (o.max_shared == 0)
        o.max_shared = 64u << 20;
    return o;
}

enum err table_open(struct ctx *c, int fd, const struct table_opts *opts,
                    struct table **out) {
    struct table_opts o = with_defaults(opts);
    struct table *t = NEW(c->arena, struct table);
    *out = t;
    TRY(source_open(c, fd, o.max_bytes, &t->source));
    struct str head = source_head(t->source);
    if (str_starts(head, S("PK\x03\x04")))
        return xlsx_open(c, fd, &o, &t->xlsx);
    if (str_starts(head, S("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")))
        return fail(c, ERR_MEDIA_TYPE, "file", "file_old_excel");
    TRY(charset_open(c, t->source, o.encoding, &t->text));
    return csv_open(c, t->text, &o, &t->csv);
}

static void close_fd(void *arg) {
    close(*(int *)arg);
}

enum err table_open_path(struct ctx *c, struct str path,
                         const struct table_opts *opts, struct table **out) {
    int *fd = NEW(c->arena, int);
    *fd = open(str_cstr(c->arena, path), O_RDONLY | O_CLOEXEC);
    if (*fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return failv(c, ERR_NOT_FOUND, S("file"), "file_not_found",
                     ARGS(V(path)));
    if (*fd < 0)
        return failv(c, ERR_IO, S("file"), "file_open", ARGS(V(path)));
    arena_defer(c->arena, close_fd, fd);
    return table_open(c, *fd, opts, out);
}

enum err table_next(struct ctx *c, struct table *t, struct table_row *row,
                    bool *more) {
    if (t->xlsx != NULL)
        return xlsx_next(c, t->xlsx, row, more);
    return csv_next(c, t->csv, row, more);
}

bool table_text(const struct table *t, struct csv_text *out) {
    size_t skipped;
    *out = (struct csv_text){0};
    if (t->csv == NULL ||
        !source_place(t->source, &out->fd, &out->from, &out->to) ||
        !charset_is_plain(t->text, &skipped))
        return false;
    out->from += skipped + csv_taken(t->csv, &out->width);
    out->delimiter = csv_delimiter(t->csv);
    return out->width > 0 && out->from <= out->to;
}

struct table_info table_info(const struct table *t) {
    if (t->xlsx != NULL)
        return (struct table_info){.format = S("xlsx"),
                                   .encoding = S("utf-8"),
                                   .sheet = xlsx_sheet(t->xlsx)};
    return (struct table_info){.format = S("csv"),
                               .gzip = source_is_gzip(t->source),
                               .encoding = charset_name(t->text),
                               .delimiter = csv_delimiter(t->csv)};
}

void table_progress(const struct table *t, uint64_t *done, uint64_t *total) {
    if (t->xlsx != NULL)
        xlsx_progress(t->xlsx, done, total);
    else
        source_progress(t->source, done, total);
}
