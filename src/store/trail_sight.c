/* Audit entries keep old and new values as JSON: before they leave, each is
 * held against scope and field rights like the record itself. Owns nothing;
 * reads with c->db. */
#include "store/trail_sight.h"

#include "base/json.h"
#include "model/mask.h"
#include "store/scope.h"
#include "store/sight.h"

SQL(Q_ENTRY, "SELECT entity, record_id, changes FROM audit_entry"
             " WHERE id = $1");

bool trail_is_cut(const struct ctx *c, const struct entity_info *i,
                  const struct field *f) {
    return str_eq(f->name, S("changes")) &&
           str_eq(i->e->name, S("audit_entry")) && !c->actor->console &&
           (c->actor->fields != NULL || c->actor->screened);
}

static bool sees_all(const struct ctx *c, const struct entity_info *i) {
    for (size_t k = 0; k < i->n_fields; k++)
        if (sight_at(c, i, k) != SEE_FULL && !i->fields[k]->secret)
            return false;
    return true;
}

/* "138…" → "138****1234"; what has no part to show becomes null. */
static json_t *covered(struct ctx *c, const struct field *f, const json_t *v) {
    struct str s = {0};
    if (json_is_string(v))
        s = mask_value(c->arena, f, V(json_str(v)));
    return s.n == 0 ? json_null() : json_stringn(s.p, s.n);
}

static void cut_member(struct ctx *c, const struct entity_info *i,
                       const char *key, json_t *value, json_t *out) {
    const struct field *f = info_field(i, str_of(key));
    enum see see = f == NULL ? SEE_HIDDEN : sight_of(c, i, f);
    if (see == SEE_FULL) {
        json_object_set(out, key, value);
        return;
    }
    if (see == SEE_HIDDEN || !json_is_array(value))
        return;
    json_t *pair = json_array();
    for (size_t k = 0; k < json_array_size(value); k++)
        json_array_append_new(pair, covered(c, f, json_array_get(value, k)));
    json_object_set_new(out, key, pair);
}

static enum err in_scope(struct ctx *c, const struct entity_info *i,
                         int64_t record_id, bool *whole, bool *in) {
    struct scope s;
    *whole = *in = false;
    if (scope_make(c, i->e, ACT_READ, &s) != OK) {
        fail_clear(c);
        return OK;
    }
    *whole = *in = scope_is_all(c, &s);
    if (*whole || record_id == 0)
        return OK;
    return scope_holds(c, &s, record_id, in);
}

static enum err cut(struct ctx *c, struct str entity, int64_t record_id,
                    struct str changes, struct str *out) {
    const struct entity_info *i = registry_find(c->registry, entity);
    bool whole, in;
    const char *key;
    json_t *j, *value;
    if (i == NULL)
        return OK;
    TRY(in_scope(c, i, record_id, &whole, &in));
    if (!in)
        return OK;
    /* an import tells what it changed in records of another entity */
    bool mixed = str_eqc(i->e->name, "import") && c->actor->fields != NULL;
    if (whole && !mixed && sees_all(c, i)) {
        *out = changes;
        return OK;
    }
    TRY(json_read(c, changes, &j));
    json_t *shown = json_object();
    json_object_foreach(j, key, value) {
        cut_member(c, i, key, value, shown);
    }
    *out = json_compact(c->arena, shown);
    json_decref(shown);
    return OK;
}

enum err trail_shown(struct ctx *c, int64_t audit_id, struct str *json_out) {
    struct rows *r;
    bool found;
    *json_out = S("{}");
    TRY(db_one(c, &Q_ENTRY, ARGS(V(audit_id)), &r, &found));
    if (!found)
        return OK;
    struct str entity = row_str(r, 0), changes = row_str(r, 2);
    int64_t record_id = row_i64(r, 1);
    rows_end(r);
    return changes.n == 0 ? OK : cut(c, entity, record_id, changes, json_out);
}
