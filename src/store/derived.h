/* Columns computed from fields at write: folded text, sort keys, digits, and
 * the tokens of the search index (DESIGN T1-T3). */
#ifndef STORE_DERIVED_H
#define STORE_DERIVED_H

#include "store/record.h"

struct derived {
    struct str column; /* name of the extra column */
    struct val value;
};

/* Extra columns of field f for the value v; at most 3 are written to out. */
size_t derived_columns(struct ctx *c, const struct field *f, struct val v,
                       struct derived out[3]);

/* The same in two steps, when many values of one field follow: the names of
 * its extra columns, and the values in the same order. */
size_t derived_count(const struct field *f); /* of extra columns */
size_t derived_names(struct arena *a, const struct field *f, struct str out[3]);
size_t derived_values(struct arena *a, const struct field *f, struct val v,
                      struct val out[3]);

/* The form in which a searched field is matched: folded, phones as digits. */
struct str derived_searched(struct ctx *c, const struct field *f, struct str s);

/* All search tokens of the record, distinct. */
void derived_tokens(struct ctx *c, const struct record *r,
                    const struct str **out, size_t *n);

/* Does the entity have a search index? */
bool entity_is_searched(const struct entity *e);

#endif
