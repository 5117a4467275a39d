/* One reader for every file of rows that people bring: CSV in the usual
 * encodings, packed or not, and .xlsx. It streams: memory is bounded by the
 * maxima of struct table_opts, whatever the file's size. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/csv_scan.h"

struct table;

/* Zero members mean the default in brackets. */
struct table_opts {
    char delimiter;      /* [detected among , ; tab |] */
    struct str encoding; /* name of an encoding [detected] */
    size_t max_cell;     /* bytes of one cell [1 MiB] */
    size_t max_row;      /* bytes of one row [4 MiB] */
    size_t max_cells;    /* cells of one row [2,000] */
    uint64_t max_bytes;  /* unpacked text in all [16 GiB] */
    size_t max_shared;   /* bytes of an .xlsx's shared strings [64 MiB] */
};

struct table_info {
    struct str format; /* "csv" or "xlsx" */
    bool gzip;
    struct str encoding; /* of CSV: "utf-8", "gb18030", "utf-16le" … */
    char delimiter;      /* of CSV */
    struct str sheet;    /* of .xlsx: name of the sheet that is read */
};

struct table_row {
    const struct str *cells; /* UTF-8, untrimmed; valid until the next row */
    size_t n;
    int64_t line;        /* of the file (CSV) or the sheet, from 1 */
    const char *problem; /* NULL, or message id: this row can't be trusted:
                            "row_ragged" (not as many cells as the first),
                            "row_quotes" (quotes don't match), "row_nul" */
};

/* Opens what fd stands at (borrowed until the arena of c is reset; .xlsx needs
 * a seekable one). Everything lives in c->arena. Errors: ERR_MEDIA_TYPE
 * ("file_not_table", "file_old_excel", "file_packed"), ERR_MALFORMED
 * ("gzip_broken", "xlsx_broken", "encoding_invalid" …), ERR_TOO_LARGE
 * ("xlsx_bomb", "file_too_large"), ERR_IO. */
enum err table_open(struct ctx *c, int fd, const struct table_opts *opts,
                    struct table **out) MUST_CHECK;

/* The same for a path; the descriptor is closed with the arena. ERR_NOT_FOUND
 * "file_not_found", ERR_IO "file_open". */
enum err table_open_path(struct ctx *c, struct str path,
                         const struct table_opts *opts,
                         struct table **out) MUST_CHECK;

/* The next row that is not blank; *more false at the end. The first row sets
 * the width: later ones that are shorter or hold more have problem
 * "row_ragged" (empty cells at the end do not count; .xlsx rows are filled up).
 * A cell or row beyond the maxima is ERR_TOO_LARGE with the line; the reader is
 * not to be used after an error. c may differ from the one of table_open. */
enum err table_next(struct ctx *c, struct table *t, struct table_row *row,
                    bool *more) MUST_CHECK;

/* Where the rows behind those that were read lie, when they can be scanned by
 * base/csv_scan.h: CSV of a file, as far as is known UTF-8 and not packed. The
 * table may still be read to its end afterwards. */
bool table_text(const struct table *t, struct csv_text *out);

/* What was detected; the encoding may become known only while reading. */
struct table_info table_info(const struct table *t);

/* For progress: units (bytes of the file, or of the unpacked sheet) read so
 * far, and in all; total is 0 when it is unknown. */
void table_progress(const struct table *t, uint64_t *done, uint64_t *total);

#endif
