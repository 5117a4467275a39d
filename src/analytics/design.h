/* From columns of a file to numbers that a regression can use: numbers are
 * centred and scaled, words become one 0/1 fact a level (treatment contrasts,
 * as in McCullagh and Nelder 1989, 3.3). Facts have no unit. */
#ifndef ANALYTICS_DESIGN_H
#define ANALYTICS_DESIGN_H

#include "base/arena.h"
#include "base/str.h"

#define DESIGN_LEVELS_MAX 30
#define DESIGN_FACTS_MAX                                                       \
    500 /* of all columns: a fit takes their third power                       \
         */

/* A column as read: numbers (NAN: unknown), or words when that is NULL. */
struct design_column {
    struct str name;
    const double *numbers;
    const struct str *words;
};

/* One fact of the design. */
struct design_fact {
    size_t column;
    struct str level; /* of words: 1 where the cell is this; else empty */
    double mean, sd; /* of numbers: (v − mean) / sd; unknown counts as mean */
};

/* Why a column is left out. */
#define DESIGN_CONSTANT "constant"
#define DESIGN_LEVELS "too_many_levels"
#define DESIGN_FACTS "too_many_facts" /* those before it are enough */
#define DESIGN_RANGE "too_large"      /* its squares do not fit */

struct design {
    struct design_fact *facts;
    size_t k;
    double *x;        /* n rows of k facts */
    double *means;    /* of each fact over the rows */
    const char **why; /* of each column, NULL: it is used */
};

/* n rows of n_columns columns. A column of words has a fact for each level but
 * the first in order of bytes. All in arena a. */
void design_make(struct arena *a, const struct design_column *columns,
                 size_t n_columns, size_t n, struct design *out);

#endif
