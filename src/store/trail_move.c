/* Follows the parents of the model upward to an owner and downward to children.
 * Owns nothing; inside a write function. */
#include "store/trail_move.h"

#define DEPTH_MAX 4 /* levels of children in the model, with room */

static const struct field *parent_field(const struct entity *e) {
    bool by_parent =
        e->scope == SCOPE_PARENT || e->scope == SCOPE_OWNER_OR_PARENT;
    return by_parent ? entity_field(e, e->parent) : NULL;
}

bool trail_parent_moved(const struct record *before,
                        const struct record *after) {
    const struct entity *e = after->info->e;
    if (e->scope != SCOPE_PARENT)
        return false;
    return record_i64(before, e->parent) != record_i64(after, e->parent);
}

enum err trail_root_owner(struct ctx *c, const struct record *r,
                          struct val *out) {
    const struct entity *e = r->info->e;
    int64_t id = record_i64(r, e->parent);
    *out = V_NULL;
    for (int depth = 0; depth < DEPTH_MAX && id != 0; depth++) {
        e = model_entity(c->registry->model, parent_field(e)->to);
        bool owned = entity_field(e, S("owner_id")) != NULL;
        struct sqlb b;
        sqlb_init(&b, c);
        SQLB(&b, "SELECT ");
        sqlb_ident(&b, owned ? S("owner_id") : e->parent);
        SQLB(&b, " FROM ");
        sqlb_ident(&b, e->name);
        SQLB(&b, " WHERE id = ");
        sqlb_value(&b, V(id));
        TRY(sqlb_i64(&b, 0, &id));
        if (!owned)
            continue;
        *out = id != 0 ? V(id) : V_NULL;
        return OK;
    }
    return OK;
}

struct move {
    struct val from, to;
    int64_t root;
    const struct entity *path[DEPTH_MAX]; /* from the root's child down */
};

/* field = root, or field IN (SELECT id FROM the entity above WHERE …) */
static void below(struct sqlb *b, const struct move *m, int depth) {
    sqlb_ident(b, parent_field(m->path[depth])->name);
    if (depth == 0) {
        SQLB(b, " = ");
        sqlb_value(b, V(m->root));
        return;
    }
    SQLB(b, " IN (SELECT id FROM ");
    sqlb_ident(b, m->path[depth - 1]->name);
    SQLB(b, " WHERE ");
    below(b, m, depth - 1);
    SQLB(b, ")");
}

static enum err note(struct ctx *c, const struct move *m, int depth) {
    const struct entity *e = m->path[depth];
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO change_log (entity, record_id, rev, op,"
             " owner_before, owner_after, at) SELECT ");
    sqlb_value(&b, V(e->name));
    SQLB(&b, ", id, ");
    sqlb_literal(&b, e->record ? S("rev") : S("NULL"));
    SQLB(&b, ", 'move', ");
    sqlb_value(&b, m->from);
    SQLB(&b, ", ");
    sqlb_value(&b, m->to);
    SQLB(&b, ", ");
    sqlb_value(&b, V(c->now_ms));
    SQLB(&b, " FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " WHERE ");
    below(&b, m, depth);
    SQLB(&b, " ORDER BY id");
    return sqlb_exec(&b, NULL);
}

static enum err descend(struct ctx *c, struct move *m,
                        const struct entity *parent, int depth) {
    for (size_t n = 0; n < c->registry->model->n && depth < DEPTH_MAX; n++) {
        const struct entity *e = c->registry->info[n].e;
        const struct field *f = parent_field(e);
        if (f == NULL || !field_refers_to(f, parent))
            continue;
        m->path[depth] = e;
        TRY(note(c, m, depth));
        TRY(descend(c, m, e, depth + 1));
    }
    return OK;
}

enum err trail_move(struct ctx *c, const struct record *r, struct val from,
                    struct val to) {
    struct move m = {.from = from, .to = to, .root = record_id(r)};
    return descend(c, &m, r->info->e, 0);
}
