/* Audit entries and change log rows. Each audit row carries the hash of its
 * own content, so that a later change of it can be seen. */
#include "store/trail.h"

#include "model/value.h"
#include "store/audit_hash.h"
#include "store/trail_move.h"

SQL(Q_AUDIT,
    "INSERT INTO audit_entry (at, user_id, action, entity, record_id, rev, "
    "changes, request_id, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
SQL(Q_CHANGE,
    "INSERT INTO change_log (entity, record_id, rev, op, owner_before,"
    " owner_after, at) VALUES ($1, $2, $3, $4, $5, $6, $7)");

static const struct str audit_names[] = {
    S_INIT("at"),      S_INIT("user_id"),    S_INIT("action"),
    S_INIT("entity"),  S_INIT("record_id"),  S_INIT("rev"),
    S_INIT("changes"), S_INIT("request_id"), S_INIT("hash")};
static const struct db_later audits = {&Q_AUDIT, S_INIT("audit_entry"),
                                       audit_names, COUNT_OF(audit_names)};

static const struct str change_names[] = {
    S_INIT("entity"),       S_INIT("record_id"),   S_INIT("rev"), S_INIT("op"),
    S_INIT("owner_before"), S_INIT("owner_after"), S_INIT("at")};
static const struct db_later changes_made = {
    &Q_CHANGE, S_INIT("change_log"), change_names, COUNT_OF(change_names)};

#define MAX_CHANGES (256 * 1024)

static bool same(struct val a, struct val b) {
    if (a.type != b.type)
        return false;
    if (a.type == VAL_NULL)
        return true;
    return a.type == VAL_STR || a.type == VAL_BLOB ? str_eq(a.s, b.s)
                                                   : a.i == b.i;
}

static bool is_trailed(const struct field *f) {
    return !f->sidecar && f->type != FT_BLOB &&
           !(f->system && !str_eqc(f->name, "owner_id") &&
             !str_eqc(f->name, "deleted_at"));
}

static void change(struct ctx *c, struct jw *w, const struct field *f,
                   struct val old, struct val new) {
    jw_key(w, f->name);
    jw_array(w);
    if (f->secret) {
        jw_str(w, S("***"));
        jw_str(w, S("***"));
    } else {
        value_to_json(c, w, f, old);
        value_to_json(c, w, f, new);
    }
    jw_array_end(w);
}

/* {"name":[old,new],…} of the fields that differ. */
static struct str changes(struct ctx *c, const struct record *before,
                          const struct record *after) {
    const struct entity_info *i = (after != NULL ? after : before)->info;
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, MAX_CHANGES);
    jw_init(&w, &b);
    jw_object(&w);
    for (size_t k = 0; k < i->e->n_fields; k++) {
        struct val old = before != NULL ? before->v[k] : V_NULL;
        struct val new = after != NULL ? after->v[k] : V_NULL;
        if (is_trailed(i->fields[k]) && !same(old, new))
            change(c, &w, i->fields[k], old, new);
    }
    jw_object_end(&w);
    return buf_ok(&b) ? buf_view(&b) : S("{\"*\":\"too large\"}");
}

static struct val maybe_id(int64_t id) {
    return id == 0 ? V_NULL : V(id);
}

/* Who it was, also while looking as somebody else. */
static int64_t person(const struct ctx *c) {
    if (c->actor == NULL)
        return 0;
    return c->actor->viewer_id != 0 ? c->actor->viewer_id : c->actor->user_id;
}

static enum err audit(struct ctx *c, struct str action, struct str entity,
                      int64_t id, int64_t rev, struct str details) {
    struct audit_row r = {
        .at = c->now_ms,
        .user_id = maybe_id(person(c)),
        .action = V(action),
        .entity = V(entity),
        .record_id = maybe_id(id),
        .rev = maybe_id(rev),
        .changes = V(details),
        .request_id = V(c->request_id),
        .peer = V_NULL,
    };
    struct str hash = audit_hash(c, &r, AUDIT_HASH_BYTES);
    return db_insert_later(c, &audits,
                           ARGS(V(r.at), r.user_id, r.action, r.entity,
                                r.record_id, r.rev, r.changes, r.request_id,
                                val_blob(hash)));
}

static struct val owner_of(const struct record *r) {
    if (r == NULL || info_field(r->info, S("owner_id")) == NULL)
        return V_NULL;
    return record_get(r, S("owner_id"));
}

static const struct str op_names[] = {
    [SAVE_CREATE] = S_INIT("create"),
    [SAVE_UPDATE] = S_INIT("update"),
    [SAVE_DELETE] = S_INIT("delete"),
    [SAVE_RESTORE] = S_INIT("restore"),
};

enum err trail_audit(struct ctx *c, enum save_op op,
                     const struct record *before, const struct record *after) {
    const struct record *r = after != NULL ? after : before;
    return audit(c, op_names[op], r->info->e->name, record_id(r), record_rev(r),
                 changes(c, before, after));
}

enum err trail_write(struct ctx *c, enum save_op op,
                     const struct record *before, const struct record *after) {
    TRY(trail_audit(c, op, before, after));
    return trail_change(c, op, before, after);
}

enum err trail_change(struct ctx *c, enum save_op op,
                      const struct record *before, const struct record *after) {
    const struct record *r = after != NULL ? after : before;
    struct val from = owner_of(before), to = owner_of(after);
    bool both = before != NULL && after != NULL;
    bool moved = both && trail_parent_moved(before, after);
    if (moved && r->info->e->scope == SCOPE_PARENT) {
        TRY(trail_root_owner(c, before, &from));
        TRY(trail_root_owner(c, after, &to));
    }
    TRY(db_insert_later(c, &changes_made,
                        ARGS(V(r->info->e->name), V(record_id(r)),
                             V(record_rev(r)), V(op_names[op]), from, to,
                             V(c->now_ms))));
    if (moved)
        TRY(trail_left(c, before));
    return both && !same(from, to) ? trail_move(c, r, from, to) : OK;
}

enum err trail_gone(struct ctx *c, const struct record *r) {
    struct val owner = owner_of(r);
    if (owner.type == VAL_NULL)
        TRY(trail_root_owner(c, r, &owner));
    TRY(trail_unshare(c, r));
    return db_insert_later(c, &changes_made,
                           ARGS(V(r->info->e->name), V(record_id(r)),
                                V(record_rev(r) + 1), V(op_names[SAVE_DELETE]),
                                owner, owner, V(c->now_ms)));
}

enum err trail_event(struct ctx *c, struct str action, struct str entity,
                     int64_t record_id, struct str details_json) {
    return audit(c, action, entity, record_id, 0, details_json);
}
