/* Comma-separated values (RFC 4180 and what is found in the wild): commas,
 * semicolons, tabs or bars, quotes, CRLF, LF or CR. Used through
 * base/table.h; the writer is base/csv_write.h. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/charset.h"
#include "base/table.h"

struct csv;

/* Looks at the beginning of the text for the delimiter unless opts names one.
 * A first line "sep=;" (spreadsheet programs write it) is obeyed. Lives in
 * c->arena. */
enum err csv_open(struct ctx *c, struct charset *in,
                  const struct table_opts *opts, struct csv **out) MUST_CHECK;

char csv_delimiter(const struct csv *r);

/* Bytes of text that the rows so far took, and cells of a row; 0 before the
 * first. */
uint64_t csv_taken(const struct csv *r, size_t *width);

/* As table_next. Cells are slices of the reader's buffer. */
enum err csv_next(struct ctx *c, struct csv *r, struct table_row *row,
                  bool *more) MUST_CHECK;

#endif
