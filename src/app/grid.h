/* Writing a table of values to a file: CSV for spreadsheets, .xlsx, JSON for
 * programs. Text stays text: nothing of it is run as a formula. */
#ifndef APP_GRID_H
#define APP_GRID_H

#include "base/ctx.h"
#include "model/model.h"

enum grid_format { GRID_CSV, GRID_XLSX, GRID_JSON };

/* "csv", "xlsx", "json" in either direction; false for anything else. */
bool grid_parse(struct str name, enum grid_format *out);
const char *grid_name(enum grid_format f);
const char *grid_media_type(enum grid_format f);

struct grid;

/* Writes to fd (borrowed) from its offset 0 on. Lives in c->arena until
 * grid_end or its reset. */
enum err grid_new(struct ctx *c, int fd, enum grid_format f,
                   struct grid **out) MUST_CHECK;

/* Cells from left to right: of the head, then of the rows. shown is the text
 * for people, v the value as stored (V_NULL: shown stands alone, as of a
 * reference's title). */
void grid_head(struct grid *s, const struct field *f, struct str label);
void grid_cell(struct ctx *c, struct grid *s, const struct field *f,
                struct val v, struct str shown);
enum err grid_row_end(struct ctx *c, struct grid *s) MUST_CHECK;

/* The rest to the file. ERR_FULL, ERR_IO file_write. */
enum err grid_end(struct ctx *c, struct grid *s) MUST_CHECK;

#endif
