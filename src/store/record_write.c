/* Creating and changing records, inside a write transaction. Order of work:
 * right, defaults, required, references, row, scope of the result, derived
 * columns' index, contact points, trail, hook. */
#include "store/record_write.h"

#include "base/fold.h"
#include "model/value.h"
#include "store/derived.h"
#include "store/sight.h"
#include "store/store.h"
#include "store/trail.h"

static bool is_empty(struct val v) {
    return v.type == VAL_NULL || (v.type == VAL_STR && v.s.n == 0);
}

/* --- checks ------------------------------------------------------------- */

enum err record_fill_defaults(struct ctx *c, struct record *r) {
    for (size_t k = 0; k < r->info->e->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        if (r->has[k] || f->def.n == 0 || f->retired ||
            r->v[k].type != VAL_NULL)
            continue;
        json_t *j;
        r->v[k] = r->info->defaults[k];
        if (r->v[k].type != VAL_NULL)
            continue;
        TRY(json_read(c, f->def, &j));
        TRY(value_from_json(c, f, j, &r->v[k]));
    }
    const struct field *owner = info_field(r->info, S("owner_id"));
    if (owner != NULL && !r->has[info_index(r->info, owner)] &&
        c->actor->user_id != 0)
        record_set(r, S("owner_id"), V(c->actor->user_id));
    return OK;
}

/* Also a text of nothing that could be searched for, such as a lone zero width
 * space. */
static bool is_blank(struct ctx *c, const struct field *f, struct val v) {
    return is_empty(v) || (v.type == VAL_STR && field_has_fold(f) &&
                           text_fold(c->arena, v.s).n == 0);
}

/* Who could not read it afterwards can't make it so secret. */
static enum err check_secrecy(struct ctx *c, const struct record *r) {
    const struct field *f = entity_field(r->info->e, S("secrecy"));
    if (f == NULL || f->n_options == 0 || c->actor->console)
        return OK;
    struct val v = r->v[info_index(r->info, f)];
    const struct option *o =
        v.type == VAL_STR ? field_option(f, v.s) : &f->options[0];
    if (o == NULL || o - f->options <= c->actor->clearance)
        return OK;
    return fail(c, ERR_INVALID, "secrecy", "above_clearance");
}

enum err record_check_required(struct ctx *c, const struct record *r) {
    enum err above UNUSED = check_secrecy(c, r);
    for (size_t k = 0; k < r->info->e->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        if (f->required && !f->system && !f->retired &&
            is_blank(c, f, r->v[k])) {
            enum err noted UNUSED =
                failv(c, ERR_INVALID, f->name, "required", NO_ARGS);
        }
    }
    return fail_any(c);
}

static enum err see_ref(struct ctx *c, const struct field *f,
                        const struct entity *to, int64_t id) {
    struct scope s;
    struct record *target;
    enum err e = scope_make(c, to, ACT_READ, &s);
    if (e == OK)
        e = record_load(c, &s, id, false, &target);
    if (e != ERR_FORBIDDEN && e != ERR_NOT_FOUND)
        return e;
    fail_clear(c);
    return failv(c, ERR_INVALID, f->name, "ref_missing", ARGS(V(id)));
}

/* What goes into the bin with its parent holds the parent: else it would stay
 * behind when that one goes at the same moment. Nobody holds what he doesn't
 * see; what was waited for may have gone meanwhile. */
static enum err check_ref(struct ctx *c, const struct field *f, int64_t id) {
    const struct entity *to = model_entity(c->registry->model, f->to);
    TRY(see_ref(c, f, to, id));
    if (f->on_delete != DEL_CASCADE || store_one_writer(c->store))
        return OK;
    TRY(record_lock(c, to, id));
    return see_ref(c, f, to, id);
}

/* References a person typed; what the program sets is right already. */
enum err record_check_refs(struct ctx *c, const struct record *before,
                           const struct record *r) {
    for (size_t k = 0; k < r->info->e->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        if (f->type != FT_REF || f->readonly || !r->has[k] ||
            r->v[k].type == VAL_NULL)
            continue;
        if (before != NULL && before->v[k].type == VAL_I64 &&
            before->v[k].i == r->v[k].i)
            continue;
        if (c->actor->user_id != 0 && r->v[k].i == c->actor->user_id &&
            str_eqc(f->to, "user"))
            continue;
        TRY(check_ref(c, f, r->v[k].i));
    }
    return OK;
}

static enum err check_in_scope(struct ctx *c, const struct scope *s,
                               int64_t id) {
    if (scope_is_all(c, s))
        return OK;
    bool in;
    TRY(scope_holds(c, s, id, &in));
    return in ? OK : fail(c, ERR_FORBIDDEN, "", "outside_scope");
}

/* x_a is a part of x_ab: names of custom fields are compared whole. SQLite
 * names the columns, PostgreSQL the index. */
static const struct field *
custom_key(struct ctx *c, const struct entity_info *i, struct str index) {
    for (size_t k = 0; k < i->e->n_fields; k++) {
        const struct field *f = i->fields[k];
        if (f->custom && f->unique &&
            (str_eq(index, str_fmt(c->arena, STR_FMT "_" STR_FMT "_key",
                                   STR_ARG(i->e->name), STR_ARG(f->name))) ||
             str_eq(index, f->name)))
            return f;
    }
    return NULL;
}

/* The database names the index or the columns; people know the field. */
enum err record_name_conflict(struct ctx *c, const struct entity_info *i,
                              enum err e) {
    if (e != ERR_CONFLICT || c->problems.n == 0)
        return e;
    struct str index = c->problems.p[c->problems.n - 1].field;
    const struct field *custom = custom_key(c, i, index);
    if (custom != NULL) {
        fail_clear(c);
        return failv(c, e, custom->name, "duplicate_value", NO_ARGS);
    }
    for (size_t k = 0; k < i->e->n_fields; k++) {
        const struct field *f = i->fields[k];
        bool in_key = f->unique || str_eqc(f->name, "external_id");
        for (size_t u = 0; u < i->e->n_uniques && !in_key; u++)
            for (size_t n = 0; n < i->e->uniques[u].n; n++)
                in_key |= str_eq(i->e->uniques[u].p[n], f->name);
        if (in_key && str_find(index, f->name) != SIZE_MAX) {
            fail_clear(c);
            return failv(c, e, f->name, "duplicate_value", NO_ARGS);
        }
    }
    return e;
}

/* --- what follows every write -------------------------------------------- */

enum err record_search(struct ctx *c, const struct record *before,
                       const struct record *after) {
    const struct entity *e = after->info->e;
    if (!entity_is_searched(e))
        return OK;
    const struct str *old = NULL, *new = NULL;
    size_t n_old = 0, n_new = 0;
    if (before != NULL)
        derived_tokens(c, before, &old, &n_old);
    derived_tokens(c, after, &new, &n_new);
    if (n_old == n_new) {
        size_t same = 0;
        while (same < n_new && str_eq(old[same], new[same]))
            same++;
        if (same == n_new)
            return OK;
    }
    return db_search_put(c, e->name, record_id(after), old, n_old, new, n_new);
}

enum err record_index(struct ctx *c, const struct record *before,
                      const struct record *after) {
    TRY(record_search(c, before, after));
    return record_points(c, before, after);
}

static enum err fill_in(struct ctx *c, const struct record *before,
                        struct record *r) {
    fill_hook fn = r->info->on_fill;
    return fn == NULL ? OK : fn(c, before, r);
}

static enum err call_hook(struct ctx *c, enum save_op op,
                          const struct record *before,
                          const struct record *after) {
    save_hook fn = after->info->on_save;
    return fn == NULL ? OK : fn(c, op, before, after);
}

enum err record_after_write(struct ctx *c, enum save_op op,
                            const struct record *before,
                            const struct record *after) {
    TRY(record_index(c, before, after));
    TRY(trail_write(c, op, before, after));
    return call_hook(c, op, before, after);
}

/* --- create --------------------------------------------------------------- */

static enum err insert_side(struct ctx *c, const struct entity_info *i,
                            int64_t id) {
    static const struct str names[] = {S_INIT("id")};
    const struct db_later row = {i->insert_side, i->side->name, names,
                                 COUNT_OF(names)};
    return db_insert_later(c, &row, ARGS(V(id)));
}

static enum err insert_row(struct ctx *c, struct record *r) {
    const struct entity_info *i = r->info;
    struct val *v = NEW_ARRAY(c->arena, struct val, i->n_insert);
    size_t n = 0;
    for (size_t k = 1; k < i->e->n_fields; k++)
        v[n++] = r->v[k];
    for (size_t k = 1; k < i->e->n_fields; k++) {
        struct val d[3];
        size_t extra = derived_values(c->arena, i->fields[k], r->v[k], d);
        for (size_t x = 0; x < extra; x++)
            v[n++] = d[x];
    }
    int64_t id;
    TRY(db_insert_one(c, i->insert, (struct args){v, n}, &id));
    r->v[0] = V(id);
    return i->side != NULL ? insert_side(c, i, id) : OK;
}

static void stamp_new(struct ctx *c, struct record *r) {
    if (!r->info->e->record)
        return;
    struct val by = c->actor->user_id ? V(c->actor->user_id) : V_NULL;
    record_set(r, S("rev"), V(1));
    record_set(r, S("created_at"), V(c->now_ms));
    record_set(r, S("updated_at"), V(c->now_ms));
    record_set(r, S("created_by"), by);
    record_set(r, S("updated_by"), by);
}

enum err record_insert(struct ctx *c, struct record *r) {
    stamp_new(c, r);
    return record_name_conflict(c, r->info, insert_row(c, r));
}

/* The hook of a new record. Where it has written nothing, and nobody else can
 * have, the sidecar's row is what its table's defaults made it. */
static enum err make_whole(struct ctx *c, struct record *r) {
    const struct entity_info *i = r->info;
    uint64_t before = db_written(c->db);
    TRY(call_hook(c, SAVE_CREATE, NULL, r));
    r->whole = store_one_writer(c->store) && db_written(c->db) == before;
    for (size_t k = i->e->n_fields; r->whole && k < i->n_fields; k++)
        r->v[k] = i->defaults[k];
    return OK;
}

enum err record_create(struct ctx *c, struct record *r) {
    struct scope s;
    TRY(scope_make(c, r->info->e, ACT_CREATE, &s));
    TRY(record_fill_defaults(c, r));
    TRY(fill_in(c, NULL, r));
    TRY(record_check_required(c, r));
    TRY(record_check_refs(c, NULL, r));
    TRY(record_insert(c, r));
    TRY(check_in_scope(c, &s, record_id(r)));
    TRY(record_index(c, NULL, r));
    TRY(trail_write(c, SAVE_CREATE, NULL, r));
    return make_whole(c, r);
}

/* --- update --------------------------------------------------------------- */

SQL(Q_CHANGED_SINCE, "SELECT changes FROM audit_entry WHERE entity = $1 AND "
                     "record_id = $2 AND rev > $3 ORDER BY id");

static enum err stale(struct ctx *c, const struct record *now, int64_t seen) {
    struct rows *rows;
    bool more;
    TRY(db_query(c, &Q_CHANGED_SINCE,
                 ARGS(V(now->info->e->name), V(record_id(now)), V(seen)),
                 &rows));
    for (;;) {
        TRY(rows_next(rows, &more));
        if (!more)
            break;
        json_t *j;
        TRY(json_read(c, row_str(rows, 0), &j));
        const char *key;
        json_t *pair;
        json_object_foreach(j, key, pair) {
            const struct field *f = info_field(now->info, str_of(key));
            if (f != NULL && !sight_field(c, now->info, f))
                continue;
            enum err noted UNUSED =
                failv(c, ERR_STALE, str_of(key), "changed_since", NO_ARGS);
        }
    }
    if (c->problems.n > 0)
        return ERR_STALE;
    return fail(c, ERR_STALE, "", "stale_record");
}

static bool same(struct val a, struct val b) {
    if (is_empty(a) || is_empty(b))
        return is_empty(a) && is_empty(b);
    return a.type == VAL_STR || a.type == VAL_BLOB ? str_eq(a.s, b.s)
                                                   : a.i == b.i;
}

/* UPDATE … SET what differs, rev + 1 … WHERE id and the rev that was read. */
static enum err update_row(struct ctx *c, const struct record *before,
                           struct record *after) {
    const struct entity_info *i = after->info;
    struct sqlb b;
    sqlb_init(&b, c);
    SQLB(&b, "UPDATE ");
    sqlb_ident(&b, i->e->name);
    SQLB(&b, " SET ");
    bool comma = false;
    for (size_t k = 1; k < i->e->n_fields; k++) {
        if (same(before->v[k], after->v[k]))
            continue;
        struct derived d[4];
        d[0] = (struct derived){i->fields[k]->name, after->v[k]};
        size_t n = 1 + derived_columns(c, i->fields[k], after->v[k], d + 1);
        for (size_t x = 0; x < n; x++) {
            if (comma)
                SQLB(&b, ", ");
            comma = true;
            sqlb_ident(&b, d[x].column);
            SQLB(&b, " = ");
            sqlb_value(&b, d[x].value);
        }
    }
    SQLB(&b, " WHERE \"id\" = ");
    sqlb_value(&b, V(record_id(before)));
    if (i->e->record) {
        SQLB(&b, " AND \"rev\" = ");
        sqlb_value(&b, V(record_rev(before)));
    }
    int64_t changed;
    TRY(record_name_conflict(c, i, sqlb_exec(&b, &changed)));
    /* Somebody changed it between our read and here: the transaction is run
     * again by its owner. */
    return changed == 1 ? OK : fail(c, ERR_RETRY, "", "retry");
}

enum err record_write_row(struct ctx *c, const struct record *before,
                          struct record *after) {
    if (after->info->e->record) {
        record_set(after, S("rev"), V(record_rev(before) + 1));
        record_set(after, S("updated_at"), V(c->now_ms));
        record_set(after, S("updated_by"),
                   c->actor->user_id ? V(c->actor->user_id) : V_NULL);
    }
    return update_row(c, before, after);
}

enum err record_replace(struct ctx *c, enum save_op op,
                        const struct record *before, struct record *after) {
    TRY(record_write_row(c, before, after));
    return record_after_write(c, op, before, after);
}

static bool parent_moved(const struct record *before,
                         const struct record *after) {
    struct str parent = after->info->e->parent;
    return parent.n > 0 &&
           !same(record_get(before, parent), record_get(after, parent));
}

enum err record_check_handover(struct ctx *c, const struct scope *s,
                               const struct record *before,
                               const struct record *after) {
    const struct field *owner = info_field(after->info, S("owner_id"));
    bool owner_moved =
        owner != NULL && !same(before->v[info_index(before->info, owner)],
                               after->v[info_index(after->info, owner)]);
    struct scope own = *s;
    bool in;
    if (scope_is_all(c, s) || (!owner_moved && !parent_moved(before, after)))
        return OK;
    scope_unshared(c, &own);
    TRY(scope_holds(c, &own, record_id(before), &in));
    return in ? OK
              : fail(c, ERR_FORBIDDEN, owner_moved ? "owner_id" : "",
                     "share_no_handover");
}

enum err record_update(struct ctx *c, const struct entity_info *i, int64_t id,
                       int64_t if_rev, const struct record *r,
                       struct record **out) {
    struct scope s;
    struct record *before;
    TRY(scope_make(c, i->e, ACT_UPDATE, &s));
    TRY(record_load(c, &s, id, false, &before));
    if (if_rev != 0 && record_rev(before) != if_rev)
        return stale(c, before, if_rev);
    struct record *after = record_copy(c, before);
    bool differs = false;
    for (size_t k = 1; k < i->e->n_fields; k++) {
        after->has[k] = r->has[k];
        if (!r->has[k])
            continue;
        after->v[k] = r->v[k];
        differs |= !same(before->v[k], r->v[k]);
    }
    *out = after;
    if (!differs)
        return OK;
    TRY(fill_in(c, before, after));
    TRY(record_check_handover(c, &s, before, after));
    TRY(record_check_required(c, after));
    TRY(record_check_refs(c, before, after));
    TRY(record_replace(c, SAVE_UPDATE, before, after));
    /* Under another parent it must not leave, or enter, what the actor may
     * change; a new owner is a handover and is allowed. */
    return parent_moved(before, after) ? check_in_scope(c, &s, id) : OK;
}

enum err record_set_computed(struct ctx *c, const struct entity_info *i,
                             int64_t id, const struct record *r) {
    struct sqlb own, side;
    sqlb_init(&own, c);
    sqlb_init(&side, c);
    size_t n_own = 0, n_side = 0;
    for (size_t k = 1; k < i->n_fields; k++) {
        if (!r->has[k])
            continue;
        bool in_side = k >= i->e->n_fields;
        struct sqlb *b = in_side ? &side : &own;
        size_t *n = in_side ? &n_side : &n_own;
        if ((*n)++ == 0) {
            SQLB(b, "UPDATE ");
            sqlb_ident(b, in_side ? i->side->name : i->e->name);
            SQLB(b, " SET ");
        } else {
            SQLB(b, ", ");
        }
        sqlb_ident(b, i->fields[k]->name);
        SQLB(b, " = ");
        sqlb_value(b, r->v[k]);
    }
    struct sqlb *both[] = {&own, &side};
    const size_t counts[] = {n_own, n_side};
    for (size_t x = 0; x < 2; x++) {
        if (counts[x] == 0)
            continue;
        SQLB(both[x], " WHERE \"id\" = ");
        sqlb_value(both[x], V(id));
        TRY(sqlb_exec(both[x], NULL));
    }
    return OK;
}
