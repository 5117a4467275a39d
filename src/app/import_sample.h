/* A look into a file: format, header, samples of each column. */
#ifndef APP_IMPORT_SAMPLE_H
#define APP_IMPORT_SAMPLE_H

#include "app/mapping.h"
#include "base/table.h"

struct import_sample {
    struct table_info info;
    struct columns columns;
    int64_t rows; /* looked at, without the header */
};

/* Reads up to SAMPLED_ROWS rows of fd from offset 0. ERR_INVALID
 * import_no_rows for a file without a row behind its header, and the errors of
 * base/table.h. Lives in c->arena. */
enum err import_sample(struct ctx *c, int fd,
                       struct import_sample *out) MUST_CHECK;

/* The text of a cell without what is only there for spreadsheets: white space
 * around, the ' before what would be a formula. */
struct str import_cell(struct str cell);

#endif
