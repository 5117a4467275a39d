/* Records to and from JSON. Secret fields never leave, read-only and system
 * fields never enter, and what the role does not show (store/sight.h) neither
 * leaves nor enters. */
#include "model/value.h"
#include "store/record.h"
#include "store/sight.h"

#include <jansson.h>

bool field_is_shown(const struct field *f) {
    return !f->secret && !f->retired && f->type != FT_BLOB;
}

void record_whole_json(struct ctx *c, struct jw *w, const struct record *r) {
    jw_object(w);
    for (size_t k = 0; k < r->info->n_fields; k++) {
        const struct field *f = r->info->fields[k];
        if (!field_is_shown(f))
            continue;
        if (r->v[k].type == VAL_NULL) {
            jw_member_made(w, r->info->json_blanks[k]);
            continue;
        }
        jw_key_made(w, r->info->json_keys[k]);
        value_to_json(c, w, f, r->v[k]);
    }
    jw_object_end(w);
}

void record_to_json(struct ctx *c, struct jw *w, const struct record *r) {
    if (sight_is_whole(c)) {
        record_whole_json(c, w, r);
        return;
    }
    jw_object(w);
    for (size_t k = 0; k < r->info->n_fields; k++) {
        enum see see = sight_at(c, r->info, k);
        if (see == SEE_HIDDEN)
            continue;
        jw_key_made(w, r->info->json_keys[k]);
        sight_json(c, w, r->info->fields[k], see, false, r->v[k]);
    }
    jw_object_end(w);
}

bool field_is_readonly(const struct field *f) {
    bool input = str_eqc(f->name, "source") ||
                 str_eqc(f->name, "external_id") ||
                 str_eqc(f->name, "owner_id");
    return f->readonly || f->sidecar || (f->system && !input);
}

/* Why the field may not be given, or NULL. */
static const char *refusal(const struct field *f, bool creating) {
    if (!field_is_shown(f))
        return "unknown_field";
    bool fixed = f->create_only && !creating;
    return fixed || field_is_readonly(f) ? "readonly_field" : NULL;
}

/* The same with the role's rights to the field. */
static const char *refusal_of(const struct ctx *c, const struct entity_info *i,
                              const struct field *f, const json_t *value,
                              bool creating) {
    const char *why = f == NULL ? "unknown_field" : refusal(f, creating);
    if (why == NULL)
        why = sight_refusal(c, i, f, creating);
    if (why == NULL && sight_is_mask(c, i, f, value, creating))
        why = "masked_value";
    return why;
}

enum err record_from_json(struct ctx *c, struct record *r, json_t *obj,
                          bool creating) {
    const char *key;
    size_t len;
    json_t *value;
    json_object_keylen_foreach(obj, key, len, value) {
        struct str name = {key, len};
        const struct field *f = info_field(r->info, name);
        const char *why = refusal_of(c, r->info, f, value, creating);
        if (why != NULL) {
            enum err noted UNUSED = failv(c, ERR_INVALID, name, why, NO_ARGS);
            continue;
        }
        struct val v;
        if (value_from_json(c, f, value, &v) != OK)
            continue; /* noted */
        size_t k = info_index(r->info, f);
        r->v[k] = v;
        r->has[k] = true;
    }
    return fail_any(c);
}
