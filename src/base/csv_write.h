/* CSV for people's spreadsheets: RFC 4180, and no cell that a spreadsheet would
 * run as a formula. */
#ifndef BASE_CSV_WRITE_H
#define BASE_CSV_WRITE_H

#include "base/buf.h"

struct csv_writer {
    struct buf *out;
    char delimiter;
    bool in_row;
};

/* Delimiter ',' . */
void csv_init(struct csv_writer *w, struct buf *out);

/* The UTF-8 mark: spreadsheet programs take the file for ANSI without it. Once,
 * at the beginning. */
void csv_bom(struct csv_writer *w);

/* One cell. Text that begins (after white space, control and invisible
 * characters) with = + - @ or their full-width forms, or anywhere before its
 * first letter with a tab, CR or LF, gets a leading ' ; a plain number such as
 * -5 or +8613800138000 stays as it is. */
void csv_cell(struct csv_writer *w, struct str cell);

/* A cell of our own making that is no text (number, date): never neutralised.
 */
void csv_cell_raw(struct csv_writer *w, struct str cell);

/* Ends the row with CRLF. */
void csv_row_end(struct csv_writer *w);

/* The rule of csv_cell alone: for .xlsx and other writers. */
bool csv_is_formula(struct str cell);

#endif
