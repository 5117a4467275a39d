/* DDL of custom fields. Owns nothing; pure. Invariant: what these statements
 * make one by one is what emit_ddl makes of the whole model. */
#include "model/ddl_custom.h"

#include "model/ddl.h"

#define STATEMENT_MAX 4096

void custom_add_columns(struct buf *b, enum ddl_engine g,
                        const struct entity *e, const struct field *f) {
    struct columns cols = ddl_field_columns(b->arena, f);
    for (size_t i = 0; i < cols.n; i++)
        ddl_add_column(b, g, e, &cols.p[i]);
}

static void quoted(struct buf *b, struct str name, const char *end) {
    buf_byte(b, '"');
    buf_str(b, name);
    buf_cstr(b, end);
    buf_byte(b, '"');
}

static void drop_column(struct buf *b, const struct entity *e, const char *how,
                        struct str name, const char *end) {
    buf_cstr(b, "ALTER TABLE ");
    quoted(b, e->name, "");
    buf_cstr(b, how);
    quoted(b, name, end);
    buf_cstr(b, ";\n");
}

/* PostgreSQL: whatever may be there of it, of another definition too. */
void custom_drop_columns(struct buf *b, enum ddl_engine g,
                         const struct entity *e, const struct field *f) {
    static const char *const ends[] = {"", "_fold", "_sort", "_digits"};
    struct columns cols = ddl_field_columns(b->arena, f);
    for (size_t i = 0; i < cols.n && g == DDL_SQLITE; i++)
        drop_column(b, e, " DROP COLUMN ", cols.p[i].name, "");
    for (size_t i = 0; i < COUNT_OF(ends) && g == DDL_POSTGRES; i++)
        drop_column(b, e, " DROP COLUMN IF EXISTS ", f->name, ends[i]);
}

void custom_add_reference(struct buf *b, const struct entity *e,
                          const struct field *f) {
    struct columns cols = ddl_field_columns(b->arena, f);
    struct buf one;
    buf_init(&one, b->arena, STATEMENT_MAX);
    ddl_foreign_key(&one, e, &cols.p[0]);
    struct str s = buf_view(&one);
    if (s.n > 2) { /* before its ";\n" */
        buf_str(b, str_sub(s, 0, s.n - 2));
        buf_cstr(b, " NOT VALID;\n");
    }
}

void custom_check_reference(struct buf *b, const struct entity *e,
                            const struct field *f) {
    struct columns cols = ddl_field_columns(b->arena, f);
    if (!ddl_has_foreign(e, &cols.p[0]))
        return;
    buf_cstr(b, "ALTER TABLE ");
    quoted(b, e->name, "");
    buf_cstr(b, " VALIDATE CONSTRAINT ");
    quoted(b, ddl_foreign_name(b->arena, e, &cols.p[0]), "");
    buf_cstr(b, ";\n");
}

static struct str drop_index(struct arena *a, enum ddl_engine g,
                             struct str name) {
    struct buf b;
    buf_init(&b, a, STATEMENT_MAX);
    buf_cstr(&b, g == DDL_POSTGRES ? "DROP INDEX CONCURRENTLY IF EXISTS "
                                   : "DROP INDEX IF EXISTS ");
    quoted(&b, name, "");
    buf_cstr(&b, ";\n");
    return buf_view(&b);
}

size_t custom_indexes(struct arena *a, enum ddl_engine g,
                      const struct entity *e, const struct field *f,
                      struct custom_index out[CUSTOM_INDEXES_MAX]) {
    struct indexes all = ddl_field_indexes(a, e, f);
    size_t n = 0;
    for (size_t i = 0; i < all.n && n < CUSTOM_INDEXES_MAX; i++) {
        struct buf b;
        buf_init(&b, a, STATEMENT_MAX);
        if (g == DDL_POSTGRES)
            ddl_index_beside(&b, e, &all.p[i]);
        else
            ddl_index(&b, e, &all.p[i]);
        out[n++] =
            (struct custom_index){.name = all.p[i].name,
                                  .create = buf_view(&b),
                                  .drop = drop_index(a, g, all.p[i].name),
                                  .unique = all.p[i].unique};
    }
    return n;
}
