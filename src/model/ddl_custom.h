/* The DDL of one custom field: its columns, indexes and reference, as the
 * model's own would be made for the same definition. Pure; results in the
 * arena. Names come from checked definitions. */
#ifndef MODEL_DDL_CUSTOM_H
#define MODEL_DDL_CUSTOM_H

#include "model/emit.h"

/* ALTER TABLE … ADD COLUMN for the field and what is derived from it. */
void custom_add_columns(struct buf *b, enum ddl_engine g,
                        const struct entity *e, const struct field *f);
/* ALTER TABLE … DROP COLUMN for the same; PostgreSQL: those that exist. */
void custom_drop_columns(struct buf *b, enum ddl_engine g,
                         const struct entity *e, const struct field *f);

/* PostgreSQL: the reference, first for new rows alone (short locks), then for
 * all. Nothing is appended when the field is no reference. */
void custom_add_reference(struct buf *b, const struct entity *e,
                          const struct field *f);
void custom_check_reference(struct buf *b, const struct entity *e,
                            const struct field *f);

struct custom_index {
    struct str name;
    struct str create; /* PostgreSQL: CONCURRENTLY IF NOT EXISTS */
    struct str drop;
    bool unique;
};
#define CUSTOM_INDEXES_MAX 4
size_t custom_indexes(struct arena *a, enum ddl_engine g,
                      const struct entity *e, const struct field *f,
                      struct custom_index out[CUSTOM_INDEXES_MAX]);

#endif
