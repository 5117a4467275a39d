/* Rows that have one of some values in an indexed column, within a scope: what
 * is asked while somebody types a record that may be there already. */
#ifndef STORE_SIMILAR_H
#define STORE_SIMILAR_H

#include "store/scope.h"

struct similar_ask {
    struct str column; /* of an index: a field or one of its extra columns */
    const struct str *values;
    size_t n;
    /* Only of records that refer to this one by that field; 0: of all. */
    struct str parent;
    int64_t parent_id;
    int64_t except;  /* a record that does not count; 0: none */
    struct str also; /* a column to tell */
};

struct similar_row {
    int64_t id;
    struct str also;
};

/* At most `most` live rows of the scope, the oldest first. Of values that very
 * many rows have, some are looked at, so that it stays a short question. */
enum err similar_rows(struct ctx *c, const struct scope *s,
                      const struct similar_ask *what, int most,
                      struct similar_row **out, size_t *n_out) MUST_CHECK;

#endif
