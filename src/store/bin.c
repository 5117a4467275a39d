/* The bin: a deleted record keeps its row, marked with the number of the
 * operation (deleted_with), so that exactly what went together comes back
 * together. Children follow their references' on_delete. */
#include "store/record_write.h"

static const int64_t max_safe = ((int64_t)1 << 52) - 1;

struct operation {
    int64_t number;
    enum save_op op;
};

static enum err put(struct ctx *c, struct record *before,
                    const struct operation *o) {
    struct record *after = record_copy(c, before);
    bool gone = o->op == SAVE_DELETE;
    record_set(after, S("deleted_at"), gone ? V(c->now_ms) : V_NULL);
    record_set(after, S("deleted_with"), gone ? V(o->number) : V_NULL);
    return record_replace(c, o->op, before, after);
}

/* Ids of rows of e whose field f points at id: the live ones when deleting,
 * those of the operation when restoring. */
static enum err children(struct ctx *c, const struct entity *e,
                         const struct field *f, int64_t id,
                         const struct operation *o, struct rows **out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT \"id\" FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " WHERE ");
    sqlb_ident(&b, f->name);
    SQLB(&b, " = ");
    sqlb_value(&b, V(id));
    if (o->op == SAVE_DELETE) {
        SQLB(&b, " AND \"deleted_at\" IS NULL");
    } else {
        SQLB(&b, " AND \"deleted_with\" = ");
        sqlb_value(&b, V(o->number));
    }
    SQLB(&b, " ORDER BY \"id\"");
    return sqlb_query(&b, out);
}

static enum err apply(struct ctx *c, const struct entity_info *i, int64_t id,
                      const struct operation *o);

static enum err apply_child_field(struct ctx *c, const struct entity_info *i,
                                  const struct field *f, int64_t id,
                                  const struct operation *o) {
    struct rows *rows;
    TRY(children(c, i->e, f, id, o, &rows));
    VEC(int64_t) ids = {0};
    for (;;) {
        bool more;
        TRY(rows_next(rows, &more));
        if (!more)
            break;
        *VEC_PUSH(c->arena, &ids) = row_i64(rows, 0);
    }
    if (ids.n > 0 && o->op == SAVE_DELETE && f->on_delete == DEL_RESTRICT)
        return failv(c, ERR_CONFLICT, S(""), "in_use",
                     ARGS(V(i->e->label.text[c->lang]), V((int64_t)ids.n)));
    for (size_t k = 0; k < ids.n; k++)
        TRY(apply(c, i, ids.p[k], o));
    return OK;
}

static enum err apply_children(struct ctx *c, const struct entity *parent,
                               int64_t id, const struct operation *o) {
    const struct model *m = c->registry->model;
    for (size_t n = 0; n < m->n; n++) {
        const struct entity_info *i = &c->registry->info[n];
        if (!i->e->record)
            continue;
        for (size_t k = 0; k < i->e->n_fields; k++) {
            const struct field *f = i->fields[k];
            if (field_refers_to(f, parent) && !f->system &&
                (f->on_delete == DEL_RESTRICT || f->on_delete == DEL_CASCADE))
                TRY(apply_child_field(c, i, f, id, o));
        }
    }
    return OK;
}

/* Children go first and come back last, so that hooks of a child always find
 * its parent live. */
static enum err apply(struct ctx *c, const struct entity_info *i, int64_t id,
                      const struct operation *o) {
    struct scope everything = {
        .e = i->e, .act = ACT_DELETE, .level = LEVEL_ALL};
    struct record *r;
    TRY(record_lock(c, i->e, id)); /* no child comes while it goes */
    TRY(record_load(c, &everything, id, o->op == SAVE_RESTORE, &r));
    if (o->op == SAVE_RESTORE)
        TRY(put(c, r, o));
    TRY(apply_children(c, i->e, id, o));
    if (o->op == SAVE_RESTORE)
        return OK;
    struct record *now; /* with the revision its children left it */
    TRY(record_load(c, &everything, id, false, &now));
    record_set(r, S("rev"), V(record_rev(now)));
    return put(c, r, o);
}

enum err record_delete(struct ctx *c, const struct entity_info *i, int64_t id,
                       int64_t if_rev) {
    struct scope s;
    struct record *r;
    TRY(scope_make(c, i->e, ACT_DELETE, &s));
    TRY(record_load(c, &s, id, false, &r));
    if (if_rev != 0 && record_rev(r) != if_rev)
        return fail(c, ERR_STALE, "", "stale_record");
    struct operation o = {.op = SAVE_DELETE};
    c->random(&o.number, sizeof o.number);
    o.number &= max_safe;
    return apply(c, i, id, &o);
}

/* A child comes back only to a parent that is there. */
static enum err check_parents(struct ctx *c, const struct record *r) {
    for (size_t k = 0; k < r->info->e->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        if (f->type != FT_REF || r->v[k].type == VAL_NULL ||
            (f->on_delete != DEL_RESTRICT && f->on_delete != DEL_CASCADE))
            continue;
        struct scope everything = {.e = model_entity(c->registry->model, f->to),
                                   .act = ACT_READ,
                                   .level = LEVEL_ALL};
        struct record *parent;
        if (f->on_delete == DEL_CASCADE)
            TRY(record_lock(c, everything.e, r->v[k].i));
        enum err e = record_load(c, &everything, r->v[k].i, false, &parent);
        if (e == ERR_NOT_FOUND) {
            fail_clear(c);
            return failv(c, ERR_CONFLICT, f->name, "parent_in_bin",
                         ARGS(V(f->label.text[c->lang])));
        }
        TRY(e);
    }
    return OK;
}

enum err record_restore(struct ctx *c, const struct entity_info *i,
                        int64_t id) {
    struct scope s;
    struct record *r;
    TRY(scope_make(c, i->e, ACT_DELETE, &s));
    TRY(record_load(c, &s, id, true, &r));
    TRY(check_parents(c, r));
    struct operation o = {.number = record_i64(r, S("deleted_with")),
                          .op = SAVE_RESTORE};
    return apply(c, i, id, &o);
}
