/* Private to the layer: an entity as tables, columns and indexes. */
#ifndef MODEL_DDL_H
#define MODEL_DDL_H

#include "model/emit.h"

enum column_kind { COL_I64, COL_DAY, COL_BOOL, COL_TEXT, COL_BYTES };

struct column {
    struct str name;
    enum column_kind kind;
    bool not_null;
    const struct field *field; /* where it comes from */
    bool derived;              /* _fold, _sort, _digits */
    struct str fill; /* derived of a custom field: text in older rows */
};

struct columns {
    const struct column *p;
    size_t n;
};

enum index_where {
    WHERE_ALL,
    WHERE_LIVE,     /* deleted_at IS NULL */
    WHERE_EXTERNAL, /* and external_id IS NOT NULL */
    WHERE_BIN       /* deleted_at IS NOT NULL */
};

struct index {
    struct str name;
    struct names cols;
    bool unique;
    enum index_where where;
};

struct indexes {
    const struct index *p;
    size_t n;
};

/* Columns of e's own table in order, id first; not the sidecar's. */
struct columns ddl_columns(struct arena *a, const struct entity *e);

/* The columns, and the indexes, that one of its fields gives it. */
struct columns ddl_field_columns(struct arena *a, const struct field *f);
struct indexes ddl_field_indexes(struct arena *a, const struct entity *e,
                                 const struct field *f);

/* Its indexes in order: keys, field by field, then those over several. */
struct indexes ddl_indexes(struct arena *a, const struct entity *e);

/* Name of the check that of these columns exactly one is set. */
struct str ddl_one_of_name(struct arena *a, const struct entity *e,
                           struct names cols);

/* Whether there is a search_<entity>. */
bool ddl_has_search(const struct entity *e);

/* Statements, each ended by ";\n". */
void ddl_table(struct buf *b, enum ddl_engine g, const struct entity *e);
void ddl_add_column(struct buf *b, enum ddl_engine g, const struct entity *e,
                    const struct column *c);
void ddl_index(struct buf *b, const struct entity *e, const struct index *i);
/* The same beside readers and writers, unless it is there. PostgreSQL. */
void ddl_index_beside(struct buf *b, const struct entity *e,
                      const struct index *i);
/* Name of a column's foreign key; PostgreSQL only. */
struct str ddl_foreign_name(struct arena *a, const struct entity *e,
                            const struct column *c);
bool ddl_has_foreign(const struct entity *e, const struct column *c);
/* PostgreSQL only: SQLite has its foreign keys in the table. Nothing for a
 * column that has none. */
void ddl_foreign_key(struct buf *b, const struct entity *e,
                     const struct column *c);
void ddl_search(struct buf *b, enum ddl_engine g, const struct entity *e);

#endif
