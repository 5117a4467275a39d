/* A record in memory and how it is read. The scope is part of the query: a
 * row outside it does not exist for the caller. */
#include "store/record.h"

#include "base/die.h"
#include "model/value.h"
#include "store/trail_sight.h"

#include <string.h>

struct record *record_new(struct ctx *c, const struct entity_info *i) {
    struct record *r = NEW(c->arena, struct record);
    r->info = i;
    r->v = NEW_ARRAY(c->arena, struct val, i->n_fields);
    r->has = NEW_ARRAY(c->arena, bool, i->n_fields);
    return r;
}

struct record *record_copy(struct ctx *c, const struct record *r) {
    struct record *copy = record_new(c, r->info);
    memcpy(copy->v, r->v, r->info->n_fields * sizeof *r->v);
    memcpy(copy->has, r->has, r->info->n_fields * sizeof *r->has);
    return copy;
}

static size_t place(const struct record *r, struct str name) {
    const struct field *f = info_field(r->info, name);
    if (f == NULL)
        die(STR_FMT " has no field " STR_FMT, STR_ARG(r->info->e->name),
            STR_ARG(name));
    return info_index(r->info, f);
}

struct val record_get(const struct record *r, struct str field) {
    return r->v[place(r, field)];
}

int64_t record_i64(const struct record *r, struct str field) {
    struct val v = record_get(r, field);
    return v.type == VAL_I64 ? v.i : 0;
}

struct str record_str(const struct record *r, struct str field) {
    struct val v = record_get(r, field);
    return v.type == VAL_STR ? v.s : (struct str){NULL, 0};
}

void record_set(struct record *r, struct str field, struct val v) {
    size_t i = place(r, field);
    r->v[i] = v;
    r->has[i] = true;
}

int64_t record_id(const struct record *r) {
    return r->v[0].i; /* id is the first system field of every entity */
}

int64_t record_rev(const struct record *r) {
    return r->info->e->record ? record_i64(r, S("rev")) : 0;
}

struct val row_peek(const struct rows *rows, int col, const struct field *f) {
    struct val v = row_cell(rows, col);
    bool as_stored =
        v.type == VAL_NULL || v.type == (field_is_text(f) ? VAL_STR : VAL_I64);
    return as_stored ? v : row_val(rows, col, f);
}

struct val row_val(const struct rows *rows, int col, const struct field *f) {
    if (row_is_null(rows, col))
        return V_NULL;
    if (f->type == FT_BLOB)
        return val_blob(row_blob(rows, col));
    if (field_is_text(f))
        return V(row_str(rows, col));
    return V(row_i64(rows, col));
}

/* Of a row of db_one, whose text is in the arena already. */
static struct record *from_row(struct ctx *c, const struct entity_info *i,
                               const struct rows *rows) {
    struct record *r = record_new(c, i);
    for (size_t k = 0; k < i->n_fields; k++)
        r->v[k] = row_peek(rows, (int)k, i->fields[k]);
    return r;
}

enum err record_lock(struct ctx *c, const struct entity *e, int64_t id) {
    return db_lock_row(c, e->name, id);
}

/* An audit entry is made of other records' values. */
static enum err cut_trail(struct ctx *c, struct record *r) {
    for (size_t k = 0; k < r->info->n_fields; k++) {
        struct str shown;
        if (!trail_is_cut(c, r->info, r->info->fields[k]))
            continue;
        TRY(trail_shown(c, record_id(r), &shown));
        r->v[k] = V(shown);
    }
    return OK;
}

enum err record_load(struct ctx *c, const struct scope *s, int64_t id, bool bin,
                     struct record **out) {
    const struct entity_info *i = registry_info(c->registry, s->e);
    struct rows *rows;
    bool found;
    TRY(db_one(c, i->select_one, ARGS(V(id)), &rows, &found));
    if (found) {
        struct record *r = from_row(c, i, rows);
        rows_end(rows);
        bool binned =
            s->e->record && record_get(r, S("deleted_at")).type != VAL_NULL;
        if (!scope_is_all(c, s))
            TRY(scope_holds(c, s, id, &found));
        if (found && binned == bin) {
            *out = r;
            return cut_trail(c, r);
        }
    }
    return failv(c, ERR_NOT_FOUND, S(""), "not_found", NO_ARGS);
}
