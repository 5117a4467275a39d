/* Many new records of one entity in few statements. Owns nothing. Threads: the
 * writer's. Invariant: afterwards the tables hold what record_create would have
 * left for each record, but for the audit entry, which is the caller's.
 *
 * Numbers are taken first, then each table is written in one go; the search
 * index comes last (db_search_add). Only columns that hold something in any of
 * the records are named in the statement. */
#include "store/bulk.h"

#include "store/actor.h"
#include "store/derived.h"
#include "store/record_write.h"
#include "store/sheet.h"
#include "store/trail.h"

#define INDEXED_TOGETHER 64 /* records */

/* --- the rows
 * ------------------------------------------------------------------------ */

static bool is_used(struct record *const *r, size_t n, size_t field) {
    for (size_t i = 0; i < n; i++)
        if (r[i]->v[field].type != VAL_NULL)
            return true;
    return false;
}

/* Fields in order, each with its extra columns behind it. */
static enum err insert_all(struct ctx *c, struct record *const *r, size_t n) {
    const struct entity_info *info = r[0]->info;
    struct sheet s = {.table = info->e->name, .rows = n};
    VEC(size_t) used = {0};
    for (size_t k = 0; k < info->e->n_fields; k++) {
        struct str names[3];
        if (!is_used(r, n, k))
            continue;
        *VEC_PUSH(c->arena, &used) = k;
        *VEC_PUSH(c->arena, &s.columns) = info->fields[k]->name;
        size_t extra = derived_names(c->arena, info->fields[k], names);
        for (size_t x = 0; x < extra; x++)
            *VEC_PUSH(c->arena, &s.columns) = names[x];
    }
    s.cells = NEW_ARRAY(c->arena, struct val, n * s.columns.n);
    struct val *at = s.cells;
    for (size_t i = 0; i < n; i++) {
        for (size_t u = 0; u < used.n; u++) {
            struct val v = r[i]->v[used.p[u]];
            *at++ = v;
            at += derived_values(c->arena, info->fields[used.p[u]], v, at);
        }
    }
    return record_name_conflict(c, info, sheet_insert(c, &s));
}

static void ids_condition(struct sqlb *b, const struct entity *e,
                          const int64_t *ids, size_t n) {
    SQLB(b, " FROM ");
    sqlb_ident(b, e->name);
    SQLB(b, " WHERE \"id\"");
    sqlb_in_ids(b, ids, n);
    SQLB(b, " ORDER BY \"id\"");
}

static enum err insert_sides(struct ctx *c, const struct entity_info *info,
                             const int64_t *ids, size_t n) {
    struct sqlb b;
    if (info->side == NULL)
        return OK;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO ");
    sqlb_ident(&b, info->side->name);
    SQLB(&b, " (\"id\") SELECT \"id\"");
    ids_condition(&b, info->e, ids, n);
    return sqlb_exec(&b, NULL);
}

/* --- what follows
 * -------------------------------------------------------------------- */

/* The primary points are columns of the rows just written. */
static void select_point(struct sqlb *b, const struct entity *e,
                         const struct field *f, const int64_t *ids, size_t n) {
    SQLB(b, "SELECT \"id\" AS record, ");
    sqlb_value(b, V(field_type_name(f->type)));
    SQLB(b, ", ");
    sqlb_ident(b, f->name);
    SQLB(b, ", ");
    if (field_has_digits(f))
        sqlb_ident(b, str_cat(b->c->arena, f->name, S("_digits")));
    else
        SQLB(b, "NULL");
    SQLB(b, " FROM ");
    sqlb_ident(b, e->name);
    SQLB(b, " WHERE \"id\"");
    sqlb_in_ids(b, ids, n);
    SQLB(b, " AND ");
    sqlb_ident(b, f->name);
    SQLB(b, " IS NOT NULL");
}

/* Record by record, so that they stand behind each other in the index too. */
static enum err insert_points(struct ctx *c, struct record *const *r,
                              const int64_t *ids, size_t n) {
    const struct entity_info *info = r[0]->info;
    struct sqlb b;
    bool any = false;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO contact_point (entity, record_id, kind, value,"
             " digits, is_primary) SELECT ");
    sqlb_value(&b, V(info->e->name));
    SQLB(&b, ", p.*, 1 FROM (");
    for (size_t k = 0; k < info->e->n_fields; k++) {
        const struct field *f = info->fields[k];
        if (!f->points || !is_used(r, n, k))
            continue;
        if (any)
            SQLB(&b, " UNION ALL ");
        any = true;
        select_point(&b, info->e, f, ids, n);
    }
    SQLB(&b, " ORDER BY 1) p");
    return any ? sqlb_exec(&b, NULL) : OK;
}

enum err bulk_log(struct ctx *c, const struct entity *e, struct str op,
                  const int64_t *ids, size_t n) {
    struct sqlb b;
    bool owned = entity_field(e, S("owner_id")) != NULL;
    sqlb_init(&b, c);
    SQLB(&b, "INSERT INTO change_log (entity, record_id, rev, op, at");
    if (owned)
        SQLB(&b, ", owner_before, owner_after");
    SQLB(&b, ") SELECT ");
    sqlb_value(&b, V(e->name));
    SQLB(&b, ", \"id\", \"rev\", ");
    sqlb_value(&b, V(op));
    SQLB(&b, ", ");
    sqlb_value(&b, V(c->now_ms));
    if (owned && str_eqc(op, "create"))
        SQLB(&b, ", NULL, \"owner_id\"");
    else if (owned)
        SQLB(&b, ", \"owner_id\", \"owner_id\"");
    ids_condition(&b, e, ids, n);
    return sqlb_exec(&b, NULL);
}

static enum err index_some(struct ctx *c, struct record *const *r, size_t n) {
    struct db_search_row rows[INDEXED_TOGETHER];
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        struct db_search_row *x = &rows[k];
        derived_tokens(c, r[i], &x->tokens, &x->n);
        x->id = record_id(r[i]);
        k += x->n > 0;
    }
    return db_search_add(c, r[0]->info->e->name, rows, k);
}

/* A record has some hundred tokens: those of few records at a time. */
static enum err index_all(struct ctx *c, struct record *const *r, size_t n) {
    struct arena *outer = c->arena, *scratch;
    enum err e = OK;
    if (!entity_is_searched(r[0]->info->e))
        return OK;
    c->arena = scratch = arena_new();
    for (size_t i = 0; e == OK && i < n; i += INDEXED_TOGETHER) {
        size_t some = n - i < INDEXED_TOGETHER ? n - i : INDEXED_TOGETHER;
        e = index_some(c, r + i, some);
        if (e != OK)
            fail_keep(c, outer);
        arena_reset(scratch);
    }
    c->arena = outer;
    arena_free(scratch);
    return e;
}

/* What a record brings of its origin stays; the rest is now and the actor. */
static void stamp(const struct ctx *c, struct record *r) {
    struct val by = c->actor->user_id != 0 ? V(c->actor->user_id) : V_NULL;
    struct val at = record_get(r, S("created_at"));
    if (at.type == VAL_NULL)
        at = V(c->now_ms);
    record_set(r, S("rev"), V(1));
    record_set(r, S("created_at"), at);
    if (record_get(r, S("created_by")).type == VAL_NULL)
        record_set(r, S("created_by"), by);
    if (record_get(r, S("updated_at")).type == VAL_NULL)
        record_set(r, S("updated_at"), V(c->now_ms));
    record_set(r, S("updated_by"), by);
}

static enum err call_hooks(struct ctx *c, const struct entity_info *info,
                           struct record *const *r, size_t n) {
    if (info->on_made != NULL)
        return info->on_made(c, r, n);
    for (size_t i = 0; i < n && info->on_save != NULL; i++)
        TRY(info->on_save(c, SAVE_CREATE, NULL, r[i]));
    return OK;
}

enum err bulk_create_all(struct ctx *c, struct record *const *r, size_t n) {
    if (n == 0)
        return OK;
    const struct entity_info *info = r[0]->info;
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, n);
    TRY(db_new_ids(c, info->e->name, n, ids));
    for (size_t i = 0; i < n; i++) {
        r[i]->v[0] = V(ids[i]);
        if (info->e->record)
            stamp(c, r[i]);
    }
    TRY(insert_all(c, r, n));
    TRY(insert_sides(c, info, ids, n));
    TRY(insert_points(c, r, ids, n));
    TRY(bulk_log(c, info->e, S("create"), ids, n));
    TRY(call_hooks(c, info, r, n));
    return index_all(c, r, n);
}

/* --- changes
 * ------------------------------------------------------------------------- */

/* Rows first, then what belongs to them, the search index last. */
enum err bulk_update_all(struct ctx *c, const struct bulk_change *p, size_t n) {
    for (size_t i = 0; i < n; i++) {
        enum err e = record_write_row(c, p[i].before, p[i].after);
        if (e == ERR_RETRY) {
            fail_clear(c);
            return fail(c, ERR_CONFLICT, "", "retry");
        }
        TRY(e);
        TRY(trail_change(c, SAVE_UPDATE, p[i].before, p[i].after));
    }
    for (size_t i = 0; i < n; i++) {
        save_hook hook = p[i].after->info->on_save;
        TRY(record_points(c, p[i].before, p[i].after));
        if (hook != NULL)
            TRY(hook(c, SAVE_UPDATE, p[i].before, p[i].after));
    }
    for (size_t i = 0; i < n; i++)
        TRY(record_search(c, p[i].before, p[i].after));
    return OK;
}
