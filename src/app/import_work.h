/* Private to the import files of src/app: an import at work. Rows are taken in
 * chunks; a chunk is read ahead by a thread of its own (import_ahead.h),
 * decoded by the runner's thread, then written, with the rows set aside, the
 * counts and the position, in one transaction. So a run that was killed goes on
 * behind its last whole chunk. */
#ifndef APP_IMPORT_WORK_H
#define APP_IMPORT_WORK_H

#include "app/import.h"
#include "app/import_counts.h"
#include "base/map.h"

struct import_row {
    const struct str *cells; /* as many as columns; trimmed */
    int64_t line;
    const char *problem; /* message id, or NULL */
    const void *made;    /* by the kind's make, or NULL */
};

struct import_work;

/* Files of orders and files of records differ in these. */
struct import_kind {
    size_t chunk; /* rows, when nobody else writes */
    enum err (*open)(struct ctx *c, struct import_work *w);
    void (*close)(struct import_work *w);
    /* Ahead of the row's turn: what needs no database, kept in r->made. In the
     * reading thread, with c->db NULL: of w it reads im, dry and what open has
     * put into state. For rows without a problem; may be NULL. */
    enum err (*make)(struct ctx *c, const struct import_work *w,
                     struct import_row *r);
    /* Before the first row of a chunk, again when it is decoded again. */
    void (*begin)(struct ctx *c, struct import_work *w);
    /* One row: counted once, set aside or kept for write. */
    enum err (*row)(struct ctx *c, struct import_work *w,
                    const struct import_row *r);
    /* A row the reader could make nothing of has been set aside; may be NULL.
     */
    void (*unread)(struct import_work *w, const struct import_row *r);
    /* Behind the last row of a chunk; may be NULL. */
    enum err (*rows_end)(struct ctx *c, struct import_work *w);
    /* Inside the write function; may run twice. Not for dry runs. */
    enum err (*write)(struct ctx *c, struct import_work *w);
    /* Behind the commit (of dry runs too). */
    void (*accept)(struct import_work *w);
    /* Forgets what was looked up: somebody else wrote meanwhile. */
    void (*forget)(struct import_work *w);
};
extern const struct import_kind import_orders, import_records;

struct aside_piece {
    int64_t line;
    size_t at, n;
};

struct import_work {
    struct import *im;
    struct job_run *run;
    const struct import_kind *kind;
    void *state; /* the kind's own */
    bool dry;
    struct arena *keep;         /* as long as the job */
    struct import_counts total; /* of the chunks committed */
    struct import_counts chunk; /* of this one */
    struct buf aside;           /* CSV of the rows set aside in this chunk */
    VEC(struct aside_piece) pieces; /* of it, one a row */
    int64_t rows;                   /* consumed, this chunk included */
    int64_t error_file_id;
    struct arena *batch; /* of the chunk that is decided and written */
    size_t at_once;      /* rows of the next chunk */
    uint64_t awaited;    /* store_awaited at the last one */
};

/* Around the rows of a chunk; the head stands once in the file. */
void import_aside_begin(struct ctx *c, struct import_work *w);
enum err import_aside_end(struct ctx *c, struct import_work *w) MUST_CHECK;
void import_aside_head(const struct ctx *c, const struct import_work *w,
                       struct buf *b);

/* Why a row is set aside: a message id, and what it says. */
struct aside_reason {
    struct str code, text;
};

/* Sets a row aside. column SIZE_MAX: the row as a whole. */
void import_aside(struct ctx *c, struct import_work *w,
                  const struct import_row *r, size_t column,
                  struct aside_reason reason);
/* The same as an error. */
void import_wrong(struct ctx *c, struct import_work *w,
                  const struct import_row *r, size_t column,
                  struct aside_reason reason);
/* The same as an error, in the words of message `code`. */
void import_error(struct ctx *c, struct import_work *w,
                  const struct import_row *r, size_t column, const char *code,
                  struct args args);
/* Is e the row's fault? Then *reason tells the problem noted, which is
 * forgotten. */
bool import_reason(struct ctx *c, enum err e, struct aside_reason *reason);
/* For e from reading a value: true when it is the row's fault: it has been set
 * aside with the problem noted, which is forgotten. */
bool import_row_failed(struct ctx *c, struct import_work *w,
                       const struct import_row *r, size_t column, enum err e);

/* Sets aside a row that could not be written; the problem noted says why. */
void import_refused(struct ctx *c, struct import_work *w,
                    const struct import_row *r);

/* The value of a cell for a field by the import's options: order of dates,
 * decimal comma, money in major units, ids without ".0". */
enum err import_value(struct ctx *c, const struct import *im, size_t column,
                      struct str cell, struct val *out) MUST_CHECK;
/* The text of a cell that names something. */
struct str import_key(const struct import *im, size_t column, struct str cell);
/* Number with a decimal sign of the options as one with a point. */
struct str import_number(struct ctx *c, const struct import *im,
                         struct str cell);

/* An amount of `currency`, bare of its sign or word; what is wrong with it is
 * noted for `field`: ERR_INVALID, import_other_currency. Spaces may part
 * thousands. */
struct import_amount {
    struct str field, cell, currency;
};
enum err import_amount(struct ctx *c, const struct import *im,
                       const struct import_amount *a,
                       struct str *out) MUST_CHECK;

/* Place of the column read into a target, or SIZE_MAX. */
size_t import_column(const struct import *im, const char *target);

#endif
