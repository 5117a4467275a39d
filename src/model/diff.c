/* Compares two models as tables and drafts the migration between them. What
 * widens is written complete; what can lose data or fail on existing rows is
 * a comment that a person turns into statements. Pure. */
#include "model/diff.h"

#include "base/json.h"
#include "model/ddl.h"
#include "model/parse.h"

/* One draft under way: the parts of the file are gathered apart, because
 * tables of both engines must stand before indexes and references. */
struct draft {
    struct arena *arena;
    const struct model *old, *now;
    struct buf tables[2]; /* by enum ddl_engine */
    struct buf keys;      /* foreign keys, PostgreSQL */
    struct buf indexes;   /* both */
    struct buf search[2];
    struct buf person; /* comments for a person */
};

#define PART_MAX (16 << 20)

enum err lock_parse(struct ctx *c, struct str file, struct str json,
                    struct model *out) {
    json_t *root;
    TRY(json_read(c, json, &root));
    const json_t *all = json_object_get(root, "entities");
    if (!json_is_array(all))
        return failv(c, ERR_INVALID, file, "model_bad_lock", NO_ARGS);
    size_t n = json_array_size(all);
    struct entity *e = NEW_ARRAY(c->arena, struct entity, n);
    for (size_t i = 0; i < n; i++)
        TRY(entity_parse_json(c, file, json_array_get(all, i),
                              (struct fragments){0}, &e[i]));
    *out = (struct model){e, n};
    return OK;
}

static const struct column *find_column(struct columns cols, struct str name) {
    for (size_t i = 0; i < cols.n; i++)
        if (str_eq(cols.p[i].name, name))
            return &cols.p[i];
    return NULL;
}

static const struct index *find_index(struct indexes all, struct str name) {
    for (size_t i = 0; i < all.n; i++)
        if (str_eq(all.p[i].name, name))
            return &all.p[i];
    return NULL;
}

/* "-- person: WHAT table.column" */
static void ask(struct draft *d, const char *what, const struct entity *e,
                struct str name) {
    buf_fmt(&d->person, "-- decide: %s \"%.*s\"", what, STR_ARG(e->name));
    if (name.n > 0)
        buf_fmt(&d->person, ".\"%.*s\"", STR_ARG(name));
    buf_byte(&d->person, '\n');
}

static void new_table(struct draft *d, const struct entity *e) {
    struct columns cols = ddl_columns(d->arena, e);
    struct indexes all = ddl_indexes(d->arena, e);
    ddl_table(&d->tables[DDL_SQLITE], DDL_SQLITE, e);
    ddl_table(&d->tables[DDL_POSTGRES], DDL_POSTGRES, e);
    for (size_t i = 0; i < all.n; i++)
        ddl_index(&d->indexes, e, &all.p[i]);
    for (size_t i = 0; i < cols.n; i++)
        ddl_foreign_key(&d->keys, e, &cols.p[i]);
    ddl_search(&d->search[DDL_SQLITE], DDL_SQLITE, e);
    ddl_search(&d->search[DDL_POSTGRES], DDL_POSTGRES, e);
}

static void new_column(struct draft *d, const struct entity *was,
                       const struct entity *e, const struct column *c) {
    if (c->derived && entity_field(was, c->field->name) != NULL)
        ask(d, "compute for existing rows:", e, c->name);
    bool has_default = !c->derived && c->field->def.n > 0;
    if (c->not_null && !has_default) {
        ask(d, "add required column, with a value for existing rows:", e,
            c->name);
        return;
    }
    ddl_add_column(&d->tables[DDL_SQLITE], DDL_SQLITE, e, c);
    ddl_add_column(&d->tables[DDL_POSTGRES], DDL_POSTGRES, e, c);
    ddl_foreign_key(&d->keys, e, c);
}

static bool same_reference(const struct column *x, const struct column *y) {
    return str_eq(x->field->to, y->field->to) &&
           x->field->on_delete == y->field->on_delete &&
           (x->field->type == FT_REF) == (y->field->type == FT_REF);
}

static void changed_column(struct draft *d, const struct entity *e,
                           const struct column *was, const struct column *is) {
    if (was->kind != is->kind || was->field->scale != is->field->scale)
        ask(d, "change the type of", e, is->name);
    if (was->not_null != is->not_null)
        ask(d, is->not_null ? "fill and set NOT NULL on" : "drop NOT NULL on",
            e, is->name);
    if (is->derived)
        return;
    if (!str_eq(was->field->def, is->field->def))
        ask(d, "change the default of", e, is->name);
    if (!same_reference(was, is))
        ask(d, "change the foreign key of", e, is->name);
}

static void columns_diff(struct draft *d, const struct entity *was,
                         const struct entity *is) {
    struct columns before = ddl_columns(d->arena, was);
    struct columns after = ddl_columns(d->arena, is);
    for (size_t i = 0; i < after.n; i++) {
        const struct column *o = find_column(before, after.p[i].name);
        if (o == NULL)
            new_column(d, was, is, &after.p[i]);
        else
            changed_column(d, is, o, &after.p[i]);
    }
    for (size_t i = 0; i < before.n; i++)
        if (find_column(after, before.p[i].name) == NULL)
            ask(d, "drop or rename column", is, before.p[i].name);
}

static void indexes_diff(struct draft *d, const struct entity *was,
                         const struct entity *is) {
    struct indexes before = ddl_indexes(d->arena, was);
    struct indexes after = ddl_indexes(d->arena, is);
    for (size_t i = 0; i < after.n; i++) {
        const struct index *o = find_index(before, after.p[i].name);
        if (o == NULL && after.p[i].unique)
            ask(d, "check for duplicates, then make the key", is,
                after.p[i].name);
        else if (o == NULL)
            ddl_index(&d->indexes, is, &after.p[i]);
        else if (o->where != after.p[i].where)
            ask(d, "change the condition of index", is, after.p[i].name);
    }
    for (size_t i = 0; i < before.n; i++)
        if (find_index(after, before.p[i].name) == NULL)
            ask(d, "drop index", is, before.p[i].name);
}

static bool has_one_of(struct draft *d, const struct entity *e,
                       struct str name) {
    for (size_t i = 0; i < e->n_one_of; i++)
        if (str_eq(ddl_one_of_name(d->arena, e, e->one_of[i]), name))
            return true;
    return false;
}

static void one_of_diff(struct draft *d, const struct entity *was,
                        const struct entity *is) {
    for (size_t i = 0; i < is->n_one_of; i++) {
        struct str name = ddl_one_of_name(d->arena, is, is->one_of[i]);
        if (!has_one_of(d, was, name))
            ask(d, "mend rows, then add the check", is, name);
    }
    for (size_t i = 0; i < was->n_one_of; i++) {
        struct str name = ddl_one_of_name(d->arena, was, was->one_of[i]);
        if (!has_one_of(d, is, name))
            ask(d, "drop the check", is, name);
    }
}

static void table_diff(struct draft *d, const struct entity *was,
                       const struct entity *is) {
    columns_diff(d, was, is);
    indexes_diff(d, was, is);
    one_of_diff(d, was, is);
    if (!ddl_has_search(was) && ddl_has_search(is)) {
        ddl_search(&d->search[DDL_SQLITE], DDL_SQLITE, is);
        ddl_search(&d->search[DDL_POSTGRES], DDL_POSTGRES, is);
    } else if (ddl_has_search(was) && !ddl_has_search(is)) {
        ask(d, "drop the search table of", is, S(""));
    }
}

static void section(struct buf *b, const char *name, const struct buf *part) {
    struct str s = buf_view(part);
    if (s.n == 0)
        return;
    buf_fmt(b, "\n-- %s\n", name);
    buf_str(b, s);
}

void emit_migration(const struct model *old, const struct model *now,
                    struct buf *b) {
    struct draft d = {.arena = b->arena, .old = old, .now = now};
    struct buf *parts[] = {&d.tables[0], &d.tables[1], &d.keys,  &d.indexes,
                           &d.search[0], &d.search[1], &d.person};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        buf_init(parts[i], b->arena, PART_MAX);
    for (size_t i = 0; i < now->n; i++) {
        const struct entity *was = model_entity(old, now->entities[i].name);
        if (was == NULL)
            new_table(&d, &now->entities[i]);
        else
            table_diff(&d, was, &now->entities[i]);
    }
    for (size_t i = 0; i < old->n; i++)
        if (model_entity(now, old->entities[i].name) == NULL)
            ask(&d, "drop or rename table", &old->entities[i], S(""));
    buf_str(b, buf_view(&d.person));
    section(b, "sqlite", &d.tables[DDL_SQLITE]);
    section(b, "postgres", &d.tables[DDL_POSTGRES]);
    section(b, "both", &d.indexes);
    section(b, "sqlite", &d.search[DDL_SQLITE]);
    section(b, "postgres", &d.keys);
    if (buf_view(&d.keys).n == 0)
        section(b, "postgres", &d.search[DDL_POSTGRES]);
    else
        buf_str(b, buf_view(&d.search[DDL_POSTGRES]));
}
