/* What of a workbook must be known before its sheet can be read. Part of the
 * xlsx reader. */
#ifndef BASE_XLSX_BOOK_H
#define BASE_XLSX_BOOK_H

#include "base/table.h"
#include "base/zip.h"

struct xlsx_book {
    struct str sheet;       /* name of the first visible sheet */
    const char *sheet_path; /* of its part in the archive */
    bool since_1904;
    const bool *dates; /* by style number of a cell */
    size_t n_dates;
    const struct str *shared;
    size_t n_shared;
};

/* Reads workbook, relations, styles and shared strings into c->arena. Errors
 * as xlsx_open. */
enum err xlsx_book_read(struct ctx *c, const struct zip_archive *zip,
                        const struct table_opts *opts,
                        struct xlsx_book *out) MUST_CHECK;

#endif
