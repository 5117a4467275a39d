/* A file of rows under headings, read row by row, with errors that name the
 * line and the cell. Part of `guanxi analyze`. */
#ifndef CLI_ANALYZE_FILE_H
#define CLI_ANALYZE_FILE_H

#include "base/ctx.h"
#include "base/table.h"

#define DATAFILE_MAX_PROBLEMS 20
#define DATAFILE_NONE SIZE_MAX

struct datafile {
    struct table *table;
    struct str *headings; /* trimmed, copied */
    size_t n;
    struct table_row row; /* the current one */
    size_t bad_rows;
};

/* Opens path ("-" is standard input) and reads the headings. */
enum err datafile_open(struct ctx *c, struct str path,
                       const struct table_opts *opts,
                       struct datafile *out) MUST_CHECK;

/* The column called `name`, or where `name` is empty one of `others` (ends with
 * NULL), compared without case, blanks and punctuation. *out is DATAFILE_NONE
 * when there is none and it is not needed. ERR_INVALID "analyze_no_column",
 * "analyze_column_twice", "analyze_columns" where several of others are there.
 * others is not looked at for a name, and may be NULL then. */
enum err datafile_column(struct ctx *c, const struct datafile *s,
                         struct str name, const char *const *others,
                         bool needed, size_t *out) MUST_CHECK;

/* The column called so to the letter. The same errors. */
enum err datafile_column_exact(struct ctx *c, const struct datafile *s,
                               struct str name, size_t *out) MUST_CHECK;

/* The column of customers: by that name, or by one people give it. */
enum err datafile_customers(struct ctx *c, const struct datafile *s,
                            struct str name, size_t *out) MUST_CHECK;

/* What histories of purchases have in common, whichever model reads them. */
struct history_columns {
    size_t id;  /* DATAFILE_NONE: customers go by their lines */
    size_t x;   /* purchases after the first */
    size_t t_x; /* when the last was, from the first on */
    size_t m;   /* mean value of a purchase; DATAFILE_NONE: not told */
};
/* id: name of the customers' column, or empty. */
enum err datafile_histories(struct ctx *c, const struct datafile *s,
                            struct str id,
                            struct history_columns *out) MUST_CHECK;

/* The next row that can be read; bad ones are noted and counted. At the end
 * (*more false) all that was noted is the result. */
enum err datafile_next(struct ctx *c, struct datafile *s,
                       bool *more) MUST_CHECK;

/* Calls take for each row that can be read; a row it refuses is counted as a
 * bad one. */
enum err datafile_rows(struct ctx *c, struct datafile *s,
                       enum err (*take)(struct ctx *c, void *arg),
                       void *arg) MUST_CHECK;

/* What the current row is called: the cell, or its line in the file for
 * DATAFILE_NONE. In c->arena. */
struct str datafile_id(struct ctx *c, const struct datafile *s, size_t at);

/* The current row's cell, trimmed; empty for DATAFILE_NONE. */
struct str datafile_cell(const struct datafile *s, size_t at);

/* A cell as a floating-point number ("38.857", "1e-3"). Notes what is wrong. */
enum err datafile_number(struct ctx *c, const struct datafile *s, size_t at,
                         double *out) MUST_CHECK;

/* Text as a finite number; false when it is none. */
bool datafile_real(struct str text, double *out) MUST_CHECK;

/* Notes a problem of a row, or of a cell of it. */
enum err datafile_bad(struct ctx *c, const struct table_row *row,
                      const char *code) MUST_CHECK;
enum err datafile_bad_cell(struct ctx *c, const struct table_row *row,
                           struct str column, struct str text,
                           const char *code) MUST_CHECK;
/* "line 7", in front of what is wrong there. */
struct str datafile_place(struct ctx *c, const struct table_row *row);

#endif
