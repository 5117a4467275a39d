/* Many records into the bin, and out of it. Owns nothing. Threads: the
 * writer's. Invariant: rows, marks and change log are those of record_delete;
 * children are the caller's matter (bulk_used tells of them). */
#include "store/bulk.h"

#include "store/actor.h"

static enum err each_id(struct ctx *c, struct rows *r, struct bulk_ids *out) {
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        *VEC_PUSH(c->arena, out) = row_i64(r, 0);
    }
}

static enum err used_by(struct ctx *c, const struct entity *child,
                        const struct field *f, const int64_t *ids, size_t n,
                        struct bulk_ids *out) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT DISTINCT ");
    sqlb_ident(&b, f->name);
    SQLB(&b, " FROM ");
    sqlb_ident(&b, child->name);
    SQLB(&b, " WHERE \"deleted_at\" IS NULL AND ");
    sqlb_ident(&b, f->name);
    sqlb_in_ids(&b, ids, n);
    TRY(sqlb_query(&b, &r));
    return each_id(c, r, out);
}

enum err bulk_used(struct ctx *c, const struct entity *e, const int64_t *ids,
                   size_t n, const struct entity *except,
                   struct bulk_ids *out) {
    const struct model *m = c->registry->model;
    *out = (struct bulk_ids){0};
    for (size_t k = 0; n > 0 && k < m->n; k++) {
        const struct entity *child = &m->entities[k];
        if (!child->record || child == except)
            continue;
        for (size_t i = 0; i < child->n_fields; i++) {
            const struct field *f = &child->fields[i];
            if (field_refers_to(f, e) && !f->system && !f->readonly &&
                (f->on_delete == DEL_RESTRICT || f->on_delete == DEL_CASCADE))
                TRY(used_by(c, child, f, ids, n, out));
        }
    }
    return OK;
}

static void mark(const struct ctx *c, struct sqlb *b, const struct entity *e,
                 struct val at, struct val with) {
    struct val by = c->actor->user_id != 0 ? V(c->actor->user_id) : V_NULL;
    SQLB(b, "UPDATE ");
    sqlb_ident(b, e->name);
    SQLB(b, " SET \"rev\" = \"rev\" + 1, \"deleted_at\" = ");
    sqlb_value(b, at);
    SQLB(b, ", \"deleted_with\" = ");
    sqlb_value(b, with);
    SQLB(b, ", \"updated_at\" = ");
    sqlb_value(b, V(c->now_ms));
    SQLB(b, ", \"updated_by\" = ");
    sqlb_value(b, by);
    SQLB(b, " WHERE \"id\"");
}

enum err bulk_bin(struct ctx *c, const struct entity *e, const int64_t *ids,
                  size_t n, int64_t operation) {
    struct sqlb b;
    if (n == 0)
        return OK;
    sqlb_init(&b, c);
    mark(c, &b, e, V(c->now_ms), V(operation));
    sqlb_in_ids(&b, ids, n);
    SQLB(&b, " AND \"deleted_at\" IS NULL");
    TRY(sqlb_exec(&b, NULL));
    return bulk_log(c, e, S("delete"), ids, n);
}

enum err bulk_unbin(struct ctx *c, const struct bulk_former *of) {
    struct bulk_ids ids = {0};
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT \"id\" FROM ");
    sqlb_ident(&b, of->e->name);
    SQLB(&b, " WHERE ");
    sqlb_ident(&b, of->field);
    SQLB(&b, " = ");
    sqlb_value(&b, V(of->id));
    SQLB(&b, " AND \"deleted_with\" = ");
    sqlb_value(&b, V(of->operation));
    SQLB(&b, " ORDER BY \"id\"");
    TRY(sqlb_query(&b, &r));
    TRY(each_id(c, r, &ids));
    if (ids.n == 0)
        return OK;
    sqlb_init(&b, c);
    mark(c, &b, of->e, V_NULL, V_NULL);
    sqlb_in_ids(&b, ids.p, ids.n);
    TRY(sqlb_exec(&b, NULL));
    return bulk_log(c, of->e, S("restore"), ids.p, ids.n);
}
