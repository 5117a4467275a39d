/* Private to the import files: a thread reads the rows of a file ahead, and
 * makes of them what needs no database, while the chunk before is decided and
 * written. It is one chunk ahead at most. */
#ifndef APP_IMPORT_AHEAD_H
#define APP_IMPORT_AHEAD_H

#include "app/import_work.h"
#include "base/table.h"

/* Rows as they stand in the file; a piece of such a chunk is one too. */
struct import_chunk {
    struct import_row *rows;
    size_t n;
    bool last;            /* the file ends with it; n may be 0 */
    int64_t until;        /* rows of the file up to here */
    uint64_t done, total; /* table_progress there */
};

struct import_ahead;

/* Lives in w->keep. Begins to read t, which stands behind w->rows rows, in
 * chunks of w->kind->chunk. c, w and t are borrowed until the end; whatever the
 * reader of t allocates with is nobody else's meanwhile. */
struct import_ahead *import_ahead_start(const struct ctx *c,
                                        const struct import_work *w,
                                        struct table *t);

/* The next chunk, good until the next call; none may follow the last one or an
 * error (of base/table.h, or of the kind's make). */
enum err import_ahead_take(struct ctx *c, struct import_ahead *a,
                           const struct import_chunk **out) MUST_CHECK;

/* Waits for the chunk that is being read. */
void import_ahead_end(struct import_ahead *a);

/* Spreadsheets leave rows of nothing but delimiters: they are no rows. */
bool import_is_blank(const struct import *im, const struct import_row *r);

#endif
