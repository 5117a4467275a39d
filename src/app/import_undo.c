/* Hashes and differences of records. Owns nothing; any thread. */
#include "app/import_undo.h"

#include "model/value.h"
#include "store/bulk.h"

/* A field retired since then is still what the file brought. */
bool import_is_hashed(const struct field *f) {
    if (f->readonly || f->sidecar || f->secret || f->type == FT_BLOB)
        return false;
    return !f->system || str_eqc(f->name, "owner_id") ||
           str_eqc(f->name, "source") || str_eqc(f->name, "external_id");
}

struct str import_hash(struct ctx *c, const struct record *r) {
    struct buf b;
    buf_init(&b, c->arena, (size_t)16 * 1024 * 1024);
    for (size_t k = 1; k < r->info->e->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        struct val v = r->v[k];
        if (v.type == VAL_NULL || (v.type == VAL_STR && v.s.n == 0) ||
            !import_is_hashed(f))
            continue;
        buf_str(&b, f->name);
        buf_byte(&b, '=');
        if (v.type == VAL_STR) {
            buf_i64(&b, (int64_t)v.s.n);
            buf_byte(&b, ':');
            buf_str(&b, v.s);
        } else {
            buf_i64(&b, v.i);
        }
        buf_byte(&b, '\n');
    }
    return bulk_hash(c, S(""), buf_view(&b));
}

static bool same(struct val a, struct val b) {
    if (a.type != b.type)
        return false;
    if (a.type == VAL_NULL)
        return true;
    return a.type == VAL_STR ? str_eq(a.s, b.s) : a.i == b.i;
}

void import_changes(struct ctx *c, struct jw *w, const struct record *before,
                    const struct record *after) {
    const struct entity_info *i = after->info;
    jw_object(w);
    for (size_t k = 1; k < i->e->n_fields; k++) {
        const struct field *f = i->fields[k];
        if (!import_is_hashed(f) || same(before->v[k], after->v[k]))
            continue;
        jw_key(w, f->name);
        jw_array(w);
        value_to_json(c, w, f, before->v[k]);
        value_to_json(c, w, f, after->v[k]);
        jw_array_end(w);
    }
    jw_object_end(w);
}
