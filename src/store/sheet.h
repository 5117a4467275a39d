/* Private to the store: rows of one table on their way into it. */
#ifndef STORE_SHEET_H
#define STORE_SHEET_H

#include "db/db.h"

/* Values by row, for one table. */
struct sheet {
    struct str table;
    VEC(struct str) columns;
    struct val *cells; /* rows * columns.n */
    size_t rows;
};

/* Inserts all of them, as many a statement as suits the engine. */
enum err sheet_insert(struct ctx *c, const struct sheet *s) MUST_CHECK;
/* Changes rows that stand there; the first column is "id". */
enum err sheet_update(struct ctx *c, const struct sheet *s) MUST_CHECK;

#endif
