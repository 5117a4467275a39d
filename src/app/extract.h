/* Writing a table of values to a file: CSV for spreadsheets, .xlsx, JSON for
 * programs. Text stays text: nothing of it is run as a formula. */
#ifndef APP_EXTRACT_H
#define APP_EXTRACT_H

#include "base/ctx.h"
#include "model/model.h"

enum extract_format { EXTRACT_CSV, EXTRACT_XLSX, EXTRACT_JSON };

/* "csv", "xlsx", "json" in either direction; false for anything else. */
bool extract_parse(struct str name, enum extract_format *out);
const char *extract_name(enum extract_format f);
const char *extract_media_type(enum extract_format f);

struct extract;

/* Writes to fd (borrowed) from its offset 0 on. Lives in c->arena until
 * extract_end or its reset. */
enum err extract_new(struct ctx *c, int fd, enum extract_format f,
                     struct extract **out) MUST_CHECK;

/* Cells from left to right: of the head, then of the rows. shown is the text
 * for people, v the value as stored (V_NULL: shown stands alone, as of a
 * reference's title). */
void extract_head(struct extract *s, const struct field *f, struct str label);
void extract_cell(struct ctx *c, struct extract *s, const struct field *f,
                  struct val v, struct str shown);
enum err extract_row_end(struct ctx *c, struct extract *s) MUST_CHECK;

/* The rest to the file. ERR_FULL, ERR_IO file_write. */
enum err extract_end(struct ctx *c, struct extract *s) MUST_CHECK;

#endif
