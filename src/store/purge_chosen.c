/* Emptying the bin on demand: records that somebody chose go with what belongs
 * to them, children first. Owns nothing; a write function's thread. Invariant:
 * a row goes only when nothing needs it any more. */
#include "store/purge_parts.h"

#define PAGE 64 /* children read at a time */

static void where(struct sqlb *b, const struct entity *e,
                  const struct purge_which *w) {
    SQLB(b, " FROM ");
    sqlb_ident(b, e->name);
    SQLB(b, " t WHERE t.\"deleted_at\" IS NOT NULL");
    if (w->n_ids > 0) {
        SQLB(b, " AND t.\"id\"");
        sqlb_in_ids(b, w->ids, w->n_ids);
    }
    if (w->with != 0) {
        SQLB(b, " AND t.\"deleted_with\" = ");
        sqlb_value(b, V(w->with));
    }
    if (w->by != 0) {
        SQLB(b, " AND t.\"updated_by\" = ");
        sqlb_value(b, V(w->by));
    }
    if (w->since != 0) {
        SQLB(b, " AND t.\"deleted_at\" >= ");
        sqlb_value(b, V(w->since));
    }
    if (w->before != 0) {
        SQLB(b, " AND t.\"deleted_at\" < ");
        sqlb_value(b, V(w->before));
    }
}

enum err purge_count(struct ctx *c, const struct entity_info *i,
                     const struct purge_which *w, int64_t *out) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT count(*)");
    where(&b, i->e, w);
    return sqlb_i64(&b, 0, out);
}

struct chosen {
    int64_t id, ms;
};

static enum err find(struct ctx *c, const struct entity_info *i,
                     const struct purge_which *w, struct purge_place behind,
                     int n, struct chosen *out, size_t *n_out) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\", t.\"deleted_at\"");
    where(&b, i->e, w);
    if (behind.id != 0) {
        SQLB(&b, " AND t.\"deleted_at\" >= ");
        sqlb_value(&b, V(behind.ms));
        SQLB(&b, " AND (t.\"deleted_at\" > ");
        sqlb_value(&b, V(behind.ms));
        SQLB(&b, " OR t.\"id\" > ");
        sqlb_value(&b, V(behind.id));
        SQLB(&b, ")");
    }
    SQLB(&b, " ORDER BY t.\"deleted_at\", t.\"id\" LIMIT ");
    sqlb_value(&b, V(n));
    TRY(sqlb_query(&b, &r));
    for (*n_out = 0;;) {
        bool more;
        TRY(rows_next(r, &more));
        if (!more)
            return OK;
        out[(*n_out)++] = (struct chosen){row_i64(r, 0), row_i64(r, 1)};
    }
}

/* --- one record and those below it
 * -------------------------------------------------------------------------- */

struct gone {
    VEC(int64_t) ids;
};

struct sinking {
    int left;          /* records that may still go */
    struct gone *gone; /* by the entity's place in the model */
};

static enum err sink(struct ctx *c, struct sinking *x,
                     const struct entity_info *i, int64_t id);

/* Children of one record by one field, as they are read. */
struct below {
    const struct entity_info *info;
    const struct field *f;
    int64_t parent, behind;
};

static enum err children(struct ctx *c, const struct below *of,
                         int64_t ids[PAGE], size_t *n) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\" FROM ");
    sqlb_ident(&b, of->info->e->name);
    SQLB(&b, " t WHERE t.");
    sqlb_ident(&b, of->f->name);
    SQLB(&b, " = ");
    sqlb_value(&b, V(of->parent));
    SQLB(&b, " AND t.\"id\" > ");
    sqlb_value(&b, V(of->behind));
    SQLB(&b, " AND t.\"deleted_at\" IS NOT NULL ORDER BY t.\"id\" LIMIT ");
    sqlb_value(&b, V(PAGE));
    TRY(sqlb_query(&b, &r));
    return rows_ids_into(r, ids, PAGE, n);
}

/* All of them: behind those that others need there may be some that can go. */
static enum err sink_by(struct ctx *c, struct sinking *x, struct below of) {
    int64_t ids[PAGE];
    size_t n = PAGE;
    while (n == PAGE && x->left > 0) {
        TRY(children(c, &of, ids, &n));
        for (size_t k = 0; k < n && x->left > 0; k++) {
            TRY(sink(c, x, of.info, ids[k]));
            of.behind = ids[k];
        }
    }
    return OK;
}

static enum err sink_below(struct ctx *c, struct sinking *x,
                           const struct entity *parent, int64_t id) {
    for (size_t n = 0; n < c->registry->model->n; n++) {
        const struct entity_info *i = &c->registry->info[n];
        if (!purge_takes(c, i) || i->e == parent)
            continue;
        for (size_t k = 0; k < i->e->n_fields && x->left > 0; k++) {
            const struct field *f = i->fields[k];
            if (field_refers_to(f, parent) && !f->sidecar && !f->system &&
                f->on_delete == DEL_CASCADE)
                TRY(sink_by(c, x, (struct below){i, f, id, 0}));
        }
    }
    return OK;
}

static enum err is_free(struct ctx *c, const struct entity *e, int64_t id,
                        bool *out) {
    struct sqlb b;
    int64_t found;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\" FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " t WHERE t.\"id\" = ");
    sqlb_value(&b, V(id));
    SQLB(&b, " AND t.\"deleted_at\" IS NOT NULL");
    purge_unless_needed(c, &b, e);
    TRY(sqlb_i64(&b, 0, &found));
    *out = found != 0;
    return OK;
}

static enum err sink(struct ctx *c, struct sinking *x,
                     const struct entity_info *i, int64_t id) {
    bool free;
    TRY(sink_below(c, x, i->e, id));
    if (x->left == 0)
        return OK;
    TRY(is_free(c, i->e, id, &free));
    if (!free)
        return OK;
    TRY(purge_one(c, i, id));
    *VEC_PUSH(c->arena, &x->gone[i - c->registry->info].ids) = id;
    x->left--;
    return OK;
}

static bool is_last(const struct gone *g, int64_t id) {
    return g->ids.n > 0 && g->ids.p[g->ids.n - 1] == id;
}

enum err purge_chosen(struct ctx *c, const struct entity_info *i,
                      const struct purge_which *w, struct purge_place behind,
                      int n, struct purge_done *out) {
    struct chosen *all = NEW_ARRAY(c->arena, struct chosen, (size_t)n);
    size_t kinds = c->registry->model->n, found;
    struct sinking x = {.left = n,
                        .gone = NEW_ARRAY(c->arena, struct gone, kinds)};
    *out = (struct purge_done){.last = behind};
    TRY(find(c, i, w, behind, n, all, &found));
    for (size_t k = 0; k < found && x.left > 0; k++) {
        TRY(sink(c, &x, i, all[k].id));
        if (x.left == 0 && !is_last(&x.gone[i - c->registry->info], all[k].id))
            break; /* what belongs to it takes another slice */
        out->last = (struct purge_place){all[k].ms, all[k].id};
        out->passed++;
    }
    for (size_t m = 0; m < kinds; m++)
        if (x.gone[m].ids.n > 0)
            TRY(purge_write_down(c, c->registry->info[m].e, x.gone[m].ids.p,
                                 x.gone[m].ids.n));
    out->gone = n - x.left;
    out->more = found > 0;
    return OK;
}
