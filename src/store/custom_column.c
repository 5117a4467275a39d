/* Columns, indexes and references of custom fields, made while people work.
 * Owns nothing. Invariant: what is made is what the model's DDL would make of
 * the same definition, so that the drift check sees no difference. */
#include "store/custom_field.h"

#include "db/db.h"
#include "model/ddl_custom.h"
#include "store/store.h"

#define SCRIPT_MAX (64 * 1024)
#define PATIENCE_MS 15000

static enum ddl_engine engine(const struct ctx *c) {
    return store_one_writer(c->store) ? DDL_SQLITE : DDL_POSTGRES;
}

enum err custom_column_begin(struct ctx *c) {
    bool got;
    TRY(db_alter_begin(c, &got));
    return got ? OK : fail(c, ERR_BUSY, "", "custom_busy");
}

void custom_column_end(struct ctx *c) {
    db_alter_end(c);
}

/* Somebody reads the table all the time: say so instead of "busy". */
static enum err alter(struct ctx *c, const struct entity *e,
                      const struct buf *script) {
    enum err r = db_alter(c, buf_view(script), PATIENCE_MS);
    if (r != ERR_BUSY)
        return r;
    fail_clear(c);
    return failv(c, ERR_BUSY, S(""), "custom_table_busy",
                 ARGS(V(e->label.text[c->lang])));
}

/* An index that was broken off is there but not valid: away with it first. */
static enum err add_index(struct ctx *c, const struct custom_index *x) {
    if (engine(c) == DDL_POSTGRES)
        TRY(db_alter_beside(c, x->drop));
    enum err e = db_alter_beside(c, x->create);
    if (e == OK)
        return OK;
    if (e == ERR_CONFLICT) {
        fail_clear(c);
        e = fail(c, ERR_CONFLICT, "unique", "custom_duplicates");
    }
    if (engine(c) == DDL_POSTGRES && db_alter_beside(c, x->drop) != OK)
        return e; /* the next who changes columns drops it */
    return e;
}

static enum err add_reference(struct ctx *c, const struct entity *e,
                              const struct field *f) {
    struct buf add, check;
    buf_init(&add, c->arena, SCRIPT_MAX);
    buf_init(&check, c->arena, SCRIPT_MAX);
    custom_add_reference(&add, e, f);
    custom_check_reference(&check, e, f);
    TRY(alter(c, e, &add));
    return alter(c, e, &check);
}

enum err custom_column_add(struct ctx *c, const struct entity *e,
                           const struct field *f) {
    struct custom_index x[CUSTOM_INDEXES_MAX];
    struct buf b;
    buf_init(&b, c->arena, SCRIPT_MAX);
    custom_add_columns(&b, engine(c), e, f);
    TRY(alter(c, e, &b));
    if (engine(c) == DDL_POSTGRES)
        TRY(add_reference(c, e, f));
    size_t n = custom_indexes(c->arena, engine(c), e, f, x);
    for (size_t i = 0; i < n; i++)
        TRY(add_index(c, &x[i]));
    return OK;
}

enum err custom_column_drop(struct ctx *c, const struct entity *e,
                            const struct field *f) {
    struct custom_index x[CUSTOM_INDEXES_MAX];
    struct buf b;
    buf_init(&b, c->arena, SCRIPT_MAX);
    /* PostgreSQL drops the indexes with their column. */
    size_t n = engine(c) == DDL_SQLITE
                   ? custom_indexes(c->arena, DDL_SQLITE, e, f, x)
                   : 0;
    for (size_t i = 0; i < n; i++)
        buf_str(&b, x[i].drop);
    custom_drop_columns(&b, engine(c), e, f);
    return alter(c, e, &b);
}

enum err custom_column_unique(struct ctx *c, const struct entity *e,
                              const struct field *f, bool on) {
    struct custom_index x[CUSTOM_INDEXES_MAX];
    struct field one = *f;
    one.unique = true;
    size_t n = custom_indexes(c->arena, engine(c), e, &one, x);
    for (size_t i = 0; i < n; i++) {
        if (!x[i].unique)
            continue;
        if (on)
            TRY(add_index(c, &x[i]));
        else
            TRY(db_alter_beside(c, x[i].drop));
    }
    return OK;
}
