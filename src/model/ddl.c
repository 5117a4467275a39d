/* An entity as columns and indexes: what both engines' DDL, the drift check
 * and the drafts of migrations agree on. Pure; results in the given arena. */
#include "model/ddl.h"

#include "base/fold.h"
#include "base/sortkey.h"

#include <inttypes.h>

#define IDENTIFIER_MAX 63 /* PostgreSQL's NAMEDATALEN - 1 */

static enum column_kind kind_of(enum field_type t) {
    switch (t) {
    case FT_INT:
    case FT_DECIMAL:
    case FT_MONEY:
    case FT_INSTANT:
    case FT_REF:
        return COL_I64;
    case FT_BOOL:
        return COL_BOOL;
    case FT_DATE:
        return COL_DAY;
    case FT_BLOB:
        return COL_BYTES;
    default:
        return COL_TEXT;
    }
}

struct column_list {
    struct arena *arena;
    VEC(struct column) v;
};

/* What a derived column holds in rows older than it. */
static void add_derived(struct column_list *l, const struct field *f,
                        const char *suffix,
                        struct str (*derive)(struct arena *a, struct str s)) {
    struct str name = str_cat(l->arena, f->name, str_of(suffix));
    struct str fill = field_fill_text(l->arena, f);
    *VEC_PUSH(l->arena, &l->v) =
        (struct column){.name = name,
                        .kind = COL_TEXT,
                        .not_null = f->required && f->def.n == 0 && !f->custom,
                        .field = f,
                        .derived = true,
                        .fill = fill.n > 0 ? derive(l->arena, fill) : fill};
}

/* Columns of custom fields take NULL: servers that do not know them yet write
 * rows without them. */
static void add_field(struct column_list *l, const struct field *f) {
    *VEC_PUSH(l->arena, &l->v) =
        (struct column){.name = f->name,
                        .kind = kind_of(f->type),
                        .not_null = !f->custom && (f->required || f->def.n > 0),
                        .field = f};
    if (field_has_fold(f))
        add_derived(l, f, "_fold", text_fold);
    if (field_has_sort(f))
        add_derived(l, f, "_sort", text_sort_key);
    if (field_has_digits(f))
        add_derived(l, f, "_digits", text_digits);
}

struct columns ddl_columns(struct arena *a, const struct entity *e) {
    struct column_list l = {.arena = a};
    for (size_t i = 0; i < e->n_fields; i++)
        add_field(&l, &e->fields[i]);
    return (struct columns){l.v.p, l.v.n};
}

struct columns ddl_field_columns(struct arena *a, const struct field *f) {
    struct column_list l = {.arena = a};
    add_field(&l, f);
    return (struct columns){l.v.p, l.v.n};
}

/* <table>_<cols><end>; too long: cut, with a hash of the whole. */
static struct str long_name(struct arena *a, const struct entity *e,
                            struct names cols, struct str end) {
    struct str s = e->name;
    for (size_t i = 0; i < cols.n; i++)
        s = str_fmt(a, "%.*s_%.*s", STR_ARG(s), STR_ARG(cols.p[i]));
    if (s.n + end.n <= IDENTIFIER_MAX)
        return str_cat(a, s, end);
    uint32_t h = (uint32_t)str_hash(s);
    return str_fmt(a, "%.*s_%08" PRIx32 "%.*s",
                   STR_ARG(str_sub(s, 0, IDENTIFIER_MAX - 9 - end.n)), h,
                   STR_ARG(end));
}

struct str ddl_one_of_name(struct arena *a, const struct entity *e,
                           struct names cols) {
    return long_name(a, e, cols, S("_check"));
}

struct index_list {
    struct arena *arena;
    const struct entity *e;
    VEC(struct index) v;
};

static void add_index(struct index_list *l, struct names cols, bool unique,
                      enum index_where where) {
    *VEC_PUSH(l->arena, &l->v) = (struct index){
        .name = long_name(l->arena, l->e, cols, unique ? S("_key") : S("_idx")),
        .cols = cols,
        .unique = unique,
        .where = where};
}

static struct names names2(struct arena *a, struct str x, struct str y) {
    struct str *p = NEW_ARRAY(a, struct str, 2);
    p[0] = x;
    p[1] = y;
    return (struct names){p, y.n > 0 ? 2u : 1u};
}

static void field_indexes(struct index_list *l, const struct field *f,
                          enum index_where live) {
    struct arena *a = l->arena;
    if (f->unique)
        add_index(l, names2(a, f->name, S("")), true, live);
    if (field_has_sort(f))
        add_index(l, names2(a, str_cat(a, f->name, S("_sort")), S("id")), false,
                  WHERE_ALL);
    if (f->index || (f->sortable && !field_has_sort(f)))
        add_index(l, names2(a, f->name, S("id")), false, WHERE_ALL);
}

struct indexes ddl_field_indexes(struct arena *a, const struct entity *e,
                                 const struct field *f) {
    struct index_list l = {.arena = a, .e = e};
    field_indexes(&l, f, e->record ? WHERE_LIVE : WHERE_ALL);
    return (struct indexes){l.v.p, l.v.n};
}

struct indexes ddl_indexes(struct arena *a, const struct entity *e) {
    struct index_list l = {.arena = a, .e = e};
    enum index_where live = e->record ? WHERE_LIVE : WHERE_ALL;
    if (e->record) {
        add_index(&l, names2(a, S("source"), S("external_id")), true,
                  WHERE_EXTERNAL);
        add_index(&l, names2(a, S("deleted_at"), S("")), false, WHERE_BIN);
    }
    for (size_t i = 0; i < e->n_uniques; i++)
        add_index(&l, e->uniques[i], true, live);
    for (size_t i = 0; i < e->n_fields; i++)
        field_indexes(&l, &e->fields[i], live);
    for (size_t i = 0; i < e->n_indexes; i++)
        add_index(&l, e->indexes[i], false, WHERE_ALL);
    return (struct indexes){l.v.p, l.v.n};
}

bool ddl_has_search(const struct entity *e) {
    for (size_t i = 0; i < e->n_fields; i++)
        if (e->fields[i].search)
            return true;
    return false;
}
