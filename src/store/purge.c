/* Throwing records out of the bin. Owns nothing; a write function's thread.
 * Invariant: a row goes only when nothing refers to it that would go with it
 * or stand in its way, so children are always gone before their parents. */
#include "store/purge_parts.h"

#include "base/json.h"
#include "store/derived.h"
#include "store/record.h"
#include "store/trail.h"
#include "store/trail_move.h"

#define DETAILS_MAX 65536

bool purge_takes(const struct ctx *c, const struct entity_info *i) {
    const struct field *by = info_field(i, S("created_by"));
    return i->e->record && by != NULL && !str_eq(by->to, i->e->name);
}

void purge_unless_needed(struct ctx *c, struct sqlb *b,
                         const struct entity *e) {
    const struct model *m = c->registry->model;
    for (size_t n = 0; n < m->n; n++) {
        const struct entity_info *i = &c->registry->info[n];
        for (size_t k = 0; k < i->e->n_fields; k++) {
            const struct field *f = i->fields[k];
            bool needs = f->on_delete == DEL_RESTRICT ||
                         (f->on_delete == DEL_CASCADE && i->e->record);
            if (!field_refers_to(f, e) || !needs || f->sidecar)
                continue;
            SQLB(b, " AND NOT EXISTS (SELECT 1 FROM ");
            sqlb_ident(b, i->e->name);
            SQLB(b, " x WHERE x.");
            sqlb_ident(b, f->name);
            SQLB(b, " = t.\"id\"");
            if (i->e == e) /* a tree may point to itself */
                SQLB(b, " AND x.\"id\" <> t.\"id\"");
            SQLB(b, ")");
        }
    }
}

static enum err find(struct ctx *c, const struct entity *e, int64_t before,
                     int limit, int64_t *ids, size_t *n) {
    struct sqlb b;
    struct rows *r;
    sqlb_init(&b, c);
    SQLB(&b, "SELECT t.\"id\" FROM ");
    sqlb_ident(&b, e->name);
    SQLB(&b, " t WHERE t.\"deleted_at\" < ");
    sqlb_value(&b, V(before));
    SQLB(&b, " AND t.\"deleted_at\" IS NOT NULL");
    purge_unless_needed(c, &b, e);
    SQLB(&b, " ORDER BY t.\"deleted_at\", t.\"id\" LIMIT ");
    sqlb_value(&b, V(limit));
    TRY(sqlb_query(&b, &r));
    return rows_ids_into(r, ids, (size_t)limit, n);
}

SQL(Q_POINTS, "DELETE FROM contact_point WHERE entity = $1 AND record_id = $2");
SQL(Q_TAGS, "DELETE FROM record_tag WHERE entity = $1 AND record_id = $2");
SQL(Q_SHARES, "DELETE FROM record_share WHERE entity = $1 AND record_id = $2");
SQL(Q_FILES, "DELETE FROM file WHERE entity = $1 AND record_id = $2");

static enum err drop_hanging(struct ctx *c, const struct record *r) {
    static const struct sql *const all[] = {&Q_POINTS, &Q_TAGS, &Q_SHARES,
                                            &Q_FILES};
    const struct entity *e = r->info->e;
    for (size_t k = 0; k < COUNT_OF(all); k++)
        TRY(db_exec(c, all[k], ARGS(V(e->name), V(record_id(r))), NULL));
    if (!entity_is_searched(e))
        return OK;
    const struct str *old;
    size_t n;
    derived_tokens(c, r, &old, &n);
    return db_search_put(c, e->name, record_id(r), old, n, NULL, 0);
}

static enum err drop_row(struct ctx *c, const struct record *r) {
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "DELETE FROM ");
    sqlb_ident(&b, r->info->e->name);
    SQLB(&b, " WHERE \"id\" = ");
    sqlb_value(&b, V(record_id(r)));
    return sqlb_exec(&b, NULL);
}

enum err purge_one(struct ctx *c, const struct entity_info *i, int64_t id) {
    struct scope everything = {
        .e = i->e, .act = ACT_DELETE, .level = LEVEL_ALL};
    struct record *r;
    TRY(record_load(c, &everything, id, true, &r));
    TRY(trail_gone(c, r));
    TRY(drop_hanging(c, r));
    return drop_row(c, r);
}

enum err purge_write_down(struct ctx *c, const struct entity *e,
                          const int64_t *ids, size_t n) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, DETAILS_MAX);
    jw_init(&w, &b);
    jw_object(&w);
    jw_key(&w, S("ids"));
    jw_array(&w);
    for (size_t k = 0; k < n; k++)
        jw_i64(&w, ids[k]);
    jw_array_end(&w);
    jw_object_end(&w);
    return trail_event(c, S("purge"), e->name, 0, buf_view(&b));
}

enum err purge_slice(struct ctx *c, const struct entity_info *i, int64_t before,
                     int n, int64_t *gone_out) {
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, (size_t)n);
    size_t found;
    TRY(find(c, i->e, before, n, ids, &found));
    *gone_out = (int64_t)found;
    for (size_t k = 0; k < found; k++)
        TRY(purge_one(c, i, ids[k]));
    return found == 0 ? OK : purge_write_down(c, i->e, ids, found);
}
