/* Finding records by what a file says of them: keys, names, numbers. No scope:
 * the caller checks the one found with scope_holds before it tells or uses
 * anything. Reads with c->db. */
#ifndef STORE_LOOKUP_H
#define STORE_LOOKUP_H

#include "store/registry.h"
#include "store/scope.h"

/* column: a field or one of its extra columns (name_sort, phone_digits). */
struct lookup_key {
    struct str column;
    struct val v;
};

/* The oldest live record with all of these values, 0 when there is none. */
enum err lookup_record(struct ctx *c, const struct entity *e,
                       const struct lookup_key *keys, size_t n,
                       int64_t *id_out) MUST_CHECK;

/* Live records that have one of the values in a column, in any order. */
struct lookup_many {
    struct str column; /* empty: (source, external id) */
    struct str source;
    struct str also; /* a second column to tell; may be empty */
    const struct str *values;
    size_t n;
};
struct lookup_found {
    int64_t id;
    struct str value, also;
};
enum err lookup_many(struct ctx *c, const struct entity *e,
                     const struct lookup_many *what, struct lookup_found **out,
                     size_t *n_out) MUST_CHECK;

/* By (source, external_id). */
enum err lookup_external(struct ctx *c, const struct entity *e,
                         struct str source, struct str external_id,
                         int64_t *id_out) MUST_CHECK;

/* By exact name, through the index on <name>_sort. */
enum err lookup_name(struct ctx *c, const struct entity *e, struct str name,
                     int64_t *id_out) MUST_CHECK;

struct lookup_order {
    int64_t id, import_id, customer_id; /* 0: none */
    int64_t rate;                       /* 10^-9 */
    int32_t day;
    struct str currency, kind, pay_method;
};
enum err lookup_order(struct ctx *c, int64_t id,
                      struct lookup_order *out) MUST_CHECK;

/* Has the order a line that mends the row? See order_line.import_row. */
enum err lookup_mended(struct ctx *c, int64_t order_id, struct str row,
                       bool *out) MUST_CHECK;

/* Customers of an import that have a grade. */
enum err lookup_graded(struct ctx *c, int64_t import_id,
                       int64_t *out) MUST_CHECK;

/* Columns and mapping (JSON) of the newest finished imports of an entity. */
struct lookup_mapping {
    struct str columns, mapping;
};
enum err lookup_mappings(struct ctx *c, struct str entity,
                         struct lookup_mapping **out, size_t *n) MUST_CHECK;

/* Kept mappings for files of an entity within the scope, the newest first. */
struct lookup_saved {
    int64_t id;
    struct str name, mapping, options; /* the last two JSON */
    bool shared;
};
enum err lookup_saved(struct ctx *c, const struct scope *s, struct str entity,
                      struct lookup_saved **out, size_t *n) MUST_CHECK;

/* The active user with this login or name; 0 when there is none or several.
 */
enum err lookup_user(struct ctx *c, struct str text,
                     int64_t *id_out) MUST_CHECK;

/* Is any rate of this currency known at or before the day? */
enum err lookup_has_rate(struct ctx *c, struct str currency, int32_t day,
                         bool *out) MUST_CHECK;

/* The title of a record within the scope; empty when it is out of it, in the
 * bin or has none. */
enum err lookup_title(struct ctx *c, const struct scope *s, int64_t id,
                      struct str *out) MUST_CHECK;

#endif
