/* Many new records of one entity in few statements. Owns nothing. Threads: the
 * writer's. Invariant: afterwards the tables hold what record_create would have
 * left for each record, but for the audit entry, which is the caller's.
 *
 * Numbers are taken first, then each table is written in one go; the search
 * index comes last (db_search_add). Only columns that hold something in any of
 * the records are named in the statement. */
#include "store/bulk.h"

#include "base/fold.h"
#include "store/actor.h"
#include "store/derived.h"
#include "store/record_write.h"
#include "store/sheet.h"
#include "store/store.h"
#include "store/trail.h"

#include <string.h>

#define INSERTED_TOGETHER 500 /* records */
#define INDEXED_TOGETHER 64

/* --- the rows ------------------------------------------------------------ */

/* Which fields hold something in any of the records, or would be given it by
 * their column, which fills the rows there were when a required field came. */
static bool *used_fields(struct ctx *c, struct record *const *r, size_t n) {
    size_t n_fields = r[0]->info->e->n_fields;
    bool *used = NEW_ARRAY(c->arena, bool, n_fields);
    for (size_t k = 0; k < n_fields; k++)
        used[k] = r[0]->info->fields[k]->fill.n > 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n_fields; k++)
            used[k] |= r[i]->v[k].type != VAL_NULL;
    return used;
}

/* Fields in order, each with its extra columns behind it. */
static void name_columns(struct ctx *c, const struct entity_info *info,
                         const bool *used, struct sheet *s) {
    for (size_t k = 0; k < info->e->n_fields; k++) {
        struct str names[3];
        if (!used[k])
            continue;
        *VEC_PUSH(c->arena, &s->columns) = info->fields[k]->name;
        size_t extra = derived_names(c->arena, info->fields[k], names);
        for (size_t x = 0; x < extra; x++)
            *VEC_PUSH(c->arena, &s->columns) = names[x];
    }
}

/* One row at `at`; what has been made ahead of these texts is taken in its
 * order. */
static struct val *put_row(struct ctx *c, const struct record *r,
                           const struct bulk_made *made, const bool *used,
                           struct val *at) {
    size_t taken = 0;
    for (size_t k = 0; k < r->info->e->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        if (!used[k])
            continue;
        *at++ = r->v[k];
        if (made == NULL || r->v[k].type != VAL_STR) {
            at += derived_values(c->arena, f, r->v[k], at);
            continue;
        }
        for (size_t x = derived_count(f); x > 0; x--)
            *at++ = made->extra[taken++];
    }
    return at;
}

static enum err insert_all(struct ctx *c, struct record *const *r,
                           const struct bulk_made *const *made, size_t n) {
    const struct entity_info *info = r[0]->info;
    struct sheet s = {.table = info->e->name, .rows = n};
    const bool *used = used_fields(c, r, n);
    name_columns(c, info, used, &s);
    struct val *at = s.cells = NEW_ARRAY(c->arena, struct val, n * s.columns.n);
    for (size_t i = 0; i < n; i++)
        at = put_row(c, r[i], made[i], used, at);
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

/* --- what follows -------------------------------------------------------- */

/* Rows of a table, inserted as soon as there are some hundred of them. */
static void rows_begin(struct ctx *c, struct sheet *s, struct str table,
                       const struct str *columns, size_t n) {
    *s = (struct sheet){.table = table};
    for (size_t i = 0; i < n; i++)
        *VEC_PUSH(c->arena, &s->columns) = columns[i];
    s->cells = NEW_ARRAY(c->arena, struct val, INSERTED_TOGETHER * n);
}

static enum err rows_flush(struct ctx *c, struct sheet *s) {
    if (s->rows == 0)
        return OK;
    enum err e = sheet_insert(c, s);
    s->rows = 0;
    return e;
}

static enum err rows_add(struct ctx *c, struct sheet *s, const struct val *v) {
    size_t n = s->columns.n;
    memcpy(s->cells + s->rows * n, v, n * sizeof *v);
    s->rows++;
    return s->rows < INSERTED_TOGETHER ? OK : rows_flush(c, s);
}

static enum err insert_sides(struct ctx *c, struct record *const *r, size_t n) {
    static const struct str columns[] = {S_INIT("id")};
    const struct entity_info *info = r[0]->info;
    struct sheet s;
    if (info->side == NULL)
        return OK;
    rows_begin(c, &s, info->side->name, columns, COUNT_OF(columns));
    for (size_t i = 0; i < n; i++)
        TRY(rows_add(c, &s, &r[i]->v[0]));
    return rows_flush(c, &s);
}

static enum err add_point(struct ctx *c, struct sheet *s,
                          const struct record *r, size_t k) {
    const struct field *f = r->info->fields[k];
    struct val v = r->v[k], digits = V_NULL;
    if (v.type == VAL_NULL)
        return OK;
    if (field_has_digits(f) && v.type == VAL_STR) {
        struct str text = text_digits(c->arena, v.s);
        digits = text.n > 0 ? V(text) : V_NULL;
    }
    const struct val row[] = {V(r->info->e->name),
                              r->v[0],
                              V(field_type_name(f->type)),
                              v,
                              digits,
                              V(1)};
    return rows_add(c, s, row);
}

/* The primary points: record by record, so that they stand behind each other in
 * the index too. */
static enum err insert_points(struct ctx *c, struct record *const *r,
                              size_t n) {
    static const struct str columns[] = {
        S_INIT("entity"), S_INIT("record_id"), S_INIT("kind"),
        S_INIT("value"),  S_INIT("digits"),    S_INIT("is_primary")};
    const struct entity_info *info = r[0]->info;
    struct sheet s;
    rows_begin(c, &s, S("contact_point"), columns, COUNT_OF(columns));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < info->e->n_fields; k++)
            if (info->fields[k]->points)
                TRY(add_point(c, &s, r[i], k));
    return rows_flush(c, &s);
}

static size_t place_of(const struct entity_info *info, struct str name) {
    return info_index(info, info_field(info, name));
}

/* As bulk_log of records that are new: it need not read them again. */
static enum err log_new(struct ctx *c, struct record *const *r, size_t n) {
    static const struct str columns[] = {
        S_INIT("entity"), S_INIT("record_id"), S_INIT("rev"),
        S_INIT("op"),     S_INIT("at"),        S_INIT("owner_after")};
    const struct entity *e = r[0]->info->e;
    bool owned = entity_field(e, S("owner_id")) != NULL;
    size_t owner = owned ? place_of(r[0]->info, S("owner_id")) : 0;
    struct sheet s;
    rows_begin(c, &s, S("change_log"), columns,
               COUNT_OF(columns) - (owned ? 0 : 1));
    for (size_t i = 0; i < n; i++) {
        const struct val row[] = {
            V(e->name),     r[i]->v[0],   V(1),
            V(S("create")), V(c->now_ms), owned ? r[i]->v[owner] : V_NULL};
        TRY(rows_add(c, &s, row));
    }
    return rows_flush(c, &s);
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

static struct str stored_tokens(struct ctx *c, const struct record *r) {
    const struct str *tokens;
    size_t n;
    derived_tokens(c, r, &tokens, &n);
    if (n == 0)
        return S("");
    return db_search_stored(c->arena, store_db(c->store), tokens, n);
}

static enum err index_some(struct ctx *c, struct record *const *r,
                           const struct bulk_made *const *made, size_t n) {
    struct db_search_row rows[INDEXED_TOGETHER];
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (made[i] != NULL)
            continue;
        rows[k].id = record_id(r[i]);
        rows[k].stored = stored_tokens(c, r[i]);
        k += rows[k].stored.n > 0;
    }
    return db_search_add(c, r[0]->info->e->name, rows, k);
}

/* All whose tokens are there already. */
static enum err index_made(struct ctx *c, struct record *const *r,
                           const struct bulk_made *const *made, size_t n) {
    struct db_search_row *rows = NEW_ARRAY(c->arena, struct db_search_row, n);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (made[i] != NULL && made[i]->stored.n > 0)
            rows[k++] =
                (struct db_search_row){record_id(r[i]), made[i]->stored};
    return db_search_add(c, r[0]->info->e->name, rows, k);
}

typedef enum err (*some_fn)(struct ctx *c, struct record *const *r,
                            const struct bulk_made *const *made, size_t n);

/* Some at a time, each time in an arena of its own. */
static enum err in_groups(struct ctx *c, struct record *const *r,
                          const struct bulk_made *const *made, size_t n,
                          size_t together, some_fn fn) {
    struct arena *outer = c->arena, *scratch;
    enum err e = OK;
    c->arena = scratch = arena_new();
    for (size_t i = 0; e == OK && i < n; i += together) {
        e = fn(c, r + i, made + i, n - i < together ? n - i : together);
        if (e != OK)
            fail_keep(c, outer);
        arena_reset(scratch);
    }
    c->arena = outer;
    arena_free(scratch);
    return e;
}

/* A record has some hundred tokens: those of few records at a time. */
static enum err index_all(struct ctx *c, struct record *const *r,
                          const struct bulk_made *const *made, size_t n) {
    if (!entity_is_searched(r[0]->info->e))
        return OK;
    TRY(index_made(c, r, made, n));
    return in_groups(c, r, made, n, INDEXED_TOGETHER, index_some);
}

struct stamps {
    size_t rev, created_at, created_by, updated_at, updated_by;
};

static void find_stamps(const struct entity_info *info, struct stamps *out) {
    *out = (struct stamps){
        place_of(info, S("rev")), place_of(info, S("created_at")),
        place_of(info, S("created_by")), place_of(info, S("updated_at")),
        place_of(info, S("updated_by"))};
}

static void put(struct record *r, size_t place, struct val v) {
    r->v[place] = v;
    r->has[place] = true;
}

static void put_if_empty(struct record *r, size_t place, struct val v) {
    if (r->v[place].type == VAL_NULL)
        put(r, place, v);
}

/* What a record brings of its origin stays; the rest is now and the actor. */
static void stamp(const struct ctx *c, const struct stamps *at,
                  struct record *r) {
    struct val by = c->actor->user_id != 0 ? V(c->actor->user_id) : V_NULL;
    put(r, at->rev, V(1));
    put_if_empty(r, at->created_at, V(c->now_ms));
    put_if_empty(r, at->created_by, by);
    put_if_empty(r, at->updated_at, V(c->now_ms));
    put(r, at->updated_by, by);
}

static enum err call_hooks(struct ctx *c, const struct entity_info *info,
                           struct record *const *r, size_t n) {
    if (info->on_made != NULL)
        return info->on_made(c, r, n);
    for (size_t i = 0; i < n && info->on_save != NULL; i++)
        TRY(info->on_save(c, SAVE_CREATE, NULL, r[i]));
    return OK;
}

/* Of the texts that extra columns or the search index hold something of. */
static uint64_t hash_texts(const struct record *r) {
    uint64_t h = 0;
    for (size_t k = 0; k < r->info->e->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        if (r->v[k].type == VAL_STR && (f->search || derived_count(f) > 0))
            h = (h ^ str_hash(r->v[k].s)) * UINT64_C(0x9e3779b97f4a7c15) + k;
    }
    return h;
}

/* NULL for those whose texts have changed since. */
static const struct bulk_made **still_right(struct ctx *c,
                                            struct record *const *r,
                                            const struct bulk_made *const *made,
                                            size_t n) {
    const struct bulk_made **out =
        NEW_ARRAY(c->arena, const struct bulk_made *, n);
    for (size_t i = 0; made != NULL && i < n; i++)
        if (made[i] != NULL && made[i]->texts == hash_texts(r[i]))
            out[i] = made[i];
    return out;
}

enum err bulk_create_all(struct ctx *c, struct record *const *r, size_t n) {
    return bulk_create_made(c, r, NULL, n);
}

/* Of one group of records all tables: what they hold stays in the processor's
 * cache from one to the next. */
static enum err insert_group(struct ctx *c, struct record *const *r,
                             const struct bulk_made *const *made, size_t n) {
    TRY(insert_all(c, r, made, n));
    TRY(insert_sides(c, r, n));
    TRY(insert_points(c, r, n));
    return log_new(c, r, n);
}

enum err bulk_create_made(struct ctx *c, struct record *const *r,
                          const struct bulk_made *const *made, size_t n) {
    if (n == 0)
        return OK;
    const struct entity_info *info = r[0]->info;
    int64_t *ids = NEW_ARRAY(c->arena, int64_t, n);
    struct stamps at = {0};
    TRY(db_new_ids(c, info->e->name, n, ids));
    if (info->e->record)
        find_stamps(info, &at);
    for (size_t i = 0; i < n; i++) {
        r[i]->v[0] = V(ids[i]);
        if (info->e->record)
            stamp(c, &at, r[i]);
    }
    const struct bulk_made **fit = still_right(c, r, made, n);
    TRY(in_groups(c, r, fit, n, INSERTED_TOGETHER, insert_group));
    TRY(call_hooks(c, info, r, n));
    return index_all(c, r, fit, n);
}

/* --- made ahead ---------------------------------------------------------- */

void bulk_make(struct ctx *c, const struct record *r, struct bulk_made *out) {
    const struct entity *e = r->info->e;
    size_t extras = 0;
    for (size_t k = 0; k < e->n_fields; k++)
        if (r->v[k].type == VAL_STR)
            extras += derived_count(r->info->fields[k]);
    struct val *at = NEW_ARRAY(c->arena, struct val, extras + 1);
    *out = (struct bulk_made){.extra = at, .texts = hash_texts(r)};
    for (size_t k = 0; k < e->n_fields; k++)
        if (r->v[k].type == VAL_STR)
            at += derived_values(c->arena, r->info->fields[k], r->v[k], at);
    out->n_extra = (size_t)(at - out->extra);
    if (entity_is_searched(e))
        out->stored = stored_tokens(c, r);
}

enum err bulk_create_own(struct ctx *c, struct record *const *r, size_t n) {
    for (size_t i = 0; i < n; i++) {
        TRY(record_fill_defaults(c, r[i]));
        TRY(record_check_required(c, r[i]));
    }
    TRY(bulk_create_all(c, r, n));
    for (size_t i = 0; i < n; i++)
        TRY(trail_audit(c, SAVE_CREATE, NULL, r[i]));
    return OK;
}

/* --- changes ------------------------------------------------------------- */

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
