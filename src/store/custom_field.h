/* Custom fields: the rows that define them, the columns that hold them, and
 * the model with them in it. The rows are the source (DESIGN D1): the registry
 * is built from them, and registry_version tells all servers of a change. */
#ifndef STORE_CUSTOM_FIELD_H
#define STORE_CUSTOM_FIELD_H

#include "base/ctx.h"
#include "model/model.h"

struct custom_field {
    int64_t id, rev;
    struct str entity;
    struct field field;
    int64_t position;
    struct str state;   /* building, live, changing, removing */
    int64_t retired_at; /* 0: in use */
    int64_t updated_at;
};

struct custom_fields {
    struct custom_field *p;
    size_t n;
};

/* --- rows --------------------------------------------------------------- */

/* All of them by entity, position and id, in c->arena. */
enum err custom_field_all(struct ctx *c, struct custom_fields *out) MUST_CHECK;
/* ERR_NOT_FOUND. */
enum err custom_field_find(struct ctx *c, int64_t id,
                           struct custom_field *out) MUST_CHECK;
/* In a write function: adds the row (sets id and rev), or writes the whole of
 * it again (rev + 1). */
enum err custom_field_insert(struct ctx *c, struct custom_field *f) MUST_CHECK;
enum err custom_field_update(struct ctx *c, struct custom_field *f) MUST_CHECK;
enum err custom_field_delete(struct ctx *c, int64_t id) MUST_CHECK;
/* In the same write function as what changed: all registries are old now. */
enum err custom_field_announce(struct ctx *c) MUST_CHECK;
/* The version all registries should have. */
enum err custom_field_version(struct ctx *c, int64_t *out) MUST_CHECK;

/* base with the custom fields in their entities; those whose columns
 * may not be there (building, removing) are left out. Shares what is not
 * changed with base, the rest lives in a. */
const struct model *custom_field_model(struct arena *a,
                                       const struct model *base,
                                       const struct custom_fields *f);

/* --- what rows of the entity hold ----------------------------------------- */

/* Is there any row at all; is there any value of the field (in the bin too)?
 */
enum err custom_field_any_row(struct ctx *c, const struct entity *e,
                              bool *out) MUST_CHECK;
enum err custom_field_any_value(struct ctx *c, const struct entity *e,
                                const struct field *f, bool *out) MUST_CHECK;
/* Live rows without a value, rows with this option. */
enum err custom_field_count_empty(struct ctx *c, const struct entity *e,
                                  const struct field *f,
                                  int64_t *out) MUST_CHECK;
enum err custom_field_count_option(struct ctx *c, const struct entity *e,
                                   const struct field *f, struct str option,
                                   int64_t *out) MUST_CHECK;

/* --- columns: store/custom_column.c ----------------------------------------
 * SQLite: within the write function that changes the row. PostgreSQL: outside
 * transactions, between custom_column_begin and _end; each step may be done
 * again after it was broken off. */

/* Nobody else changes columns until custom_column_end: ERR_BUSY otherwise. */
enum err custom_column_begin(struct ctx *c) MUST_CHECK;
void custom_column_end(struct ctx *c);

enum err custom_column_add(struct ctx *c, const struct entity *e,
                           const struct field *f) MUST_CHECK;
enum err custom_column_drop(struct ctx *c, const struct entity *e,
                            const struct field *f) MUST_CHECK;
/* Adds or drops the unique index. ERR_CONFLICT "custom_duplicates" when values
 * stand in the way. */
enum err custom_column_unique(struct ctx *c, const struct entity *e,
                              const struct field *f, bool on) MUST_CHECK;

#endif
