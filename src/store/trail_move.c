/* Follows the parents of the model upward, to an owner or to who sees it by a
 * share, and downward to children. Owns nothing; inside a write function. */
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
    if (parent_field(e) == NULL)
        return false;
    return record_i64(before, e->parent) != record_i64(after, e->parent);
}

enum err trail_root_owner(struct ctx *c, const struct record *r,
                          struct val *out) {
    const struct entity *e = r->info->e;
    *out = V_NULL;
    if (parent_field(e) == NULL)
        return OK;
    int64_t id = record_i64(r, e->parent);
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
    const char *op;
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

/* Up to " WHERE ": which of the entity's records are meant. */
static void insert(struct ctx *c, struct sqlb *b, const struct move *m,
                   const struct entity *e) {
    sqlb_init(b, c);
    SQLB(b, "INSERT INTO change_log (entity, record_id, rev, op,"
            " owner_before, owner_after, at) SELECT ");
    sqlb_value(b, V(e->name));
    SQLB(b, ", id, ");
    sqlb_literal(b, e->record ? S("rev") : S("NULL"));
    SQLB(b, ", ");
    sqlb_value(b, V(m->op));
    SQLB(b, ", ");
    sqlb_value(b, m->from);
    SQLB(b, ", ");
    sqlb_value(b, m->to);
    SQLB(b, ", ");
    sqlb_value(b, V(c->now_ms));
    SQLB(b, " FROM ");
    sqlb_ident(b, e->name);
    SQLB(b, " WHERE ");
}

static enum err note(struct ctx *c, const struct move *m, int depth) {
    struct sqlb b;
    insert(c, &b, m, m->path[depth]);
    below(&b, m, depth);
    SQLB(&b, " ORDER BY id");
    return sqlb_exec(&b, NULL);
}

/* The record itself. */
static enum err note_root(struct ctx *c, const struct move *m,
                          const struct entity *e) {
    struct sqlb b;
    insert(c, &b, m, e);
    SQLB(&b, "id = ");
    sqlb_value(&b, V(m->root));
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
    struct move m = {
        .op = "move", .from = from, .to = to, .root = record_id(r)};
    return descend(c, &m, r->info->e, 0);
}

enum err trail_left(struct ctx *c, const struct record *before) {
    struct move m = {.op = "move", .root = record_id(before)};
    if (before->info->e->scope == SCOPE_OWNER_OR_PARENT &&
        record_i64(before, before->info->e->parent) != 0) {
        TRY(trail_root_owner(c, before, &m.from));
        m.to = m.from;
        TRY(note_root(c, &m, before->info->e));
    }
    return trail_unshare(c, before);
}

/* --- shares -------------------------------------------------------------- */

enum err trail_share(struct ctx *c, const struct entity *e, int64_t id,
                     struct trail_holder h, bool on) {
    struct move m = {.op = h.team ? (on ? "share_team" : "unshare_team")
                                  : (on ? "share" : "unshare"),
                     .from = on ? V_NULL : V(h.id),
                     .to = on ? V(h.id) : V_NULL,
                     .root = id};
    TRY(note_root(c, &m, e));
    return descend(c, &m, e, 0);
}

struct holders {
    VEC(struct trail_holder) v;
};

SQL(Q_HOLDERS, "SELECT coalesce(user_id, team_id), CASE WHEN team_id IS NULL"
               " THEN 0 ELSE 1 END FROM record_share WHERE entity = $1"
               " AND record_id = $2 ORDER BY id");

static enum err add_holders(struct ctx *c, const struct entity *e, int64_t id,
                            struct holders *h) {
    struct rows *r;
    TRY(db_query(c, &Q_HOLDERS, ARGS(V(e->name), V(id)), &r));
    for (;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        *VEC_PUSH(c->arena, &h->v) =
            (struct trail_holder){row_i64(r, 0), row_i64(r, 1) != 0};
    }
}

static enum err parent_of(struct ctx *c, const struct entity *e, int64_t id,
                          int64_t *out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT ");
    sqlb_ident(&b, e->parent);
    SQLB(&b, " FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " WHERE id = ");
    sqlb_value(&b, V(id));
    return sqlb_i64(&b, 0, out);
}

enum err trail_unshare(struct ctx *c, const struct record *r) {
    const struct entity *own = r->info->e, *e = own;
    struct holders h = {0};
    int64_t id = record_id(r);
    for (int depth = 0; depth <= DEPTH_MAX && id != 0; depth++) {
        if (entity_field(e, S("owner_id")) != NULL)
            TRY(add_holders(c, e, id, &h));
        const struct field *f = parent_field(e);
        if (f == NULL)
            break;
        if (depth == 0)
            id = record_i64(r, f->name);
        else
            TRY(parent_of(c, e, id, &id));
        e = model_entity(c->registry->model, f->to);
    }
    for (size_t k = 0; k < h.v.n; k++)
        TRY(trail_share(c, own, record_id(r), h.v.p[k], false));
    return OK;
}
