/* Building filters: tests by name, relative dates, the JSON tree. The tree
 * itself is declared in store/query.h. */
#ifndef STORE_FILTER_H
#define STORE_FILTER_H

#include "store/query.h"

/* A half-open range of stored values: days for dates, ms for instants. */
struct span {
    int64_t from, to;
};

/* today, yesterday, this_week, last_7_days, this_month, 2026-03 … on dates;
 * a date given for an instant too. *is_span false: an ordinary value. */
enum err span_parse(struct ctx *c, const struct field *f, struct str text,
                    struct span *out, bool *is_span) MUST_CHECK;

bool filter_op_allowed(const struct field *f, enum filter_op op);
enum err filter_op_parse(struct ctx *c, struct str field, struct str name,
                         enum filter_op *out) MUST_CHECK;
const char *filter_op_name(enum filter_op op);

/* One test from texts, as in a query string. */
enum err filter_test(struct ctx *c, const struct entity_info *i,
                     struct str name, enum filter_op op, struct str text,
                     struct filter **out) MUST_CHECK;

struct filter *filter_and(struct ctx *c, struct filter *a, struct filter *b);
bool filter_uses_side(const struct entity_info *i, const struct filter *f);

#endif
