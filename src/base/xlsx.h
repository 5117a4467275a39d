/* Rows of an .xlsx workbook's first visible sheet, streamed. Used through
 * base/table.h. Numbers come as plain decimals as Excel shows them (15 digits),
 * dates by their style as 2026-03-21 or 2026-03-21 08:30:00, booleans as TRUE
 * and FALSE, formulas by their stored result. */
#ifndef BASE_XLSX_H
#define BASE_XLSX_H

#include "base/table.h"

struct xlsx;

/* fd must be seekable; it is duplicated, not taken. Shared strings are held in
 * memory (at most opts->max_shared bytes). Everything lives in c->arena.
 * ERR_MALFORMED "xlsx_broken" (argument: the part of the file),
 * "xlsx_doctype"; ERR_TOO_LARGE "xlsx_bomb", "xlsx_strings"; ERR_MEDIA_TYPE
 * "file_packed" for a zip that is no workbook, "xlsx_encrypted". */
enum err xlsx_open(struct ctx *c, int fd, const struct table_opts *opts,
                   struct xlsx **out) MUST_CHECK;

struct str xlsx_sheet(const struct xlsx *x);

/* As table_next. */
enum err xlsx_next(struct ctx *c, struct xlsx *x, struct table_row *row,
                   bool *more) MUST_CHECK;

/* Unpacked bytes of the sheet, read and in all. */
void xlsx_progress(const struct xlsx *x, uint64_t *done, uint64_t *total);

#endif
