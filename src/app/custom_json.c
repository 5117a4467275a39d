/* Definitions of custom fields as JSON: for the editor, and as a file that
 * another company can take over. Owns nothing. */
#include "app/custom.h"

#include "base/num.h"
#include "base/time.h"
#include "model/value.h"
#include "store/registry.h"

static void label(struct jw *w, const struct label *l) {
    jw_key(w, S("label"));
    jw_object(w);
    jw_kstr(w, S("zh"), l->text[LANG_ZH]);
    jw_kstr(w, S("en"), l->text[LANG_EN]);
    jw_object_end(w);
}

static void options(struct jw *w, const struct field *f) {
    jw_key(w, S("options"));
    jw_array(w);
    for (size_t i = 0; i < f->n_options; i++) {
        jw_object(w);
        jw_kstr(w, S("value"), f->options[i].value);
        label(w, &f->options[i].label);
        jw_object_end(w);
    }
    jw_array_end(w);
}

/* Decimals as exact texts, as in their values. */
static void limit(struct jw *w, struct str key, const struct field *f, bool has,
                  int64_t v) {
    jw_key(w, key);
    if (!has)
        jw_null(w);
    else if (f->type == FT_DECIMAL)
        jw_str(w, num_text(w->out->arena, v, f->scale));
    else
        jw_i64(w, v);
}

/* What the definition says. */
static void definition(struct jw *w, const struct custom_field *x) {
    const struct field *f = &x->field;
    jw_kstr(w, S("entity"), x->entity);
    jw_kstr(w, S("name"), f->name);
    jw_kstr(w, S("type"), str_of(field_type_name(f->type)));
    label(w, &f->label);
    jw_kstr(w, S("doc"), f->doc);
    jw_kbool(w, S("required"), f->required);
    jw_kbool(w, S("unique"), f->unique);
    jw_kbool(w, S("search"), f->search);
    jw_kbool(w, S("sortable"), f->sortable);
    limit(w, S("min"), f, f->has_min, f->min);
    limit(w, S("max"), f, f->has_max, f->max);
    jw_kstr(w, S("pattern"), f->pattern);
    if (f->type == FT_DECIMAL)
        jw_ki64(w, S("scale"), f->scale);
    if (f->type == FT_MONEY)
        jw_kstr(w, S("currency"), f->currency);
    if (f->type == FT_REF)
        jw_kstr(w, S("to"), f->to);
    if (f->type == FT_ENUM || f->type == FT_SET)
        options(w, f);
    jw_key(w, S("default"));
    jw_raw(w, f->def.n > 0 ? f->def : S("null"));
    jw_kstr(w, S("group"), f->group);
    jw_ki64(w, S("position"), x->position);
    jw_kbool(w, S("retired"), x->retired_at != 0);
}

static void whole(struct ctx *c, struct jw *w, const struct custom_field *x) {
    const struct entity_info *i = registry_find(c->registry, x->entity);
    jw_object(w);
    jw_ki64(w, S("id"), x->id);
    jw_ki64(w, S("rev"), x->rev);
    jw_kstr(w, S("object"), i == NULL ? x->entity : i->e->plural);
    jw_kstr(w, S("state"), x->state);
    jw_kstr(w, S("updated_at"), instant_text(c->arena, x->updated_at));
    definition(w, x);
    jw_object_end(w);
}

enum err custom_list(struct ctx *c, struct str entity, struct jw *w) {
    struct custom_fields all;
    const struct entity *only = NULL;
    if (entity.n > 0)
        TRY(custom_entity(c, entity, &only));
    TRY(custom_field_all(c, &all));
    jw_array(w);
    for (size_t i = 0; i < all.n; i++)
        if (only == NULL || str_eq(all.p[i].entity, only->name))
            whole(c, w, &all.p[i]);
    jw_array_end(w);
    return OK;
}

enum err custom_read(struct ctx *c, int64_t id, struct jw *w) {
    struct custom_field f;
    TRY(custom_field_find(c, id, &f));
    whole(c, w, &f);
    return OK;
}

enum err custom_export(struct ctx *c, struct jw *w) {
    struct custom_fields all;
    TRY(custom_field_all(c, &all));
    jw_object(w);
    jw_key(w, S("custom_fields"));
    jw_array(w);
    for (size_t i = 0; i < all.n; i++) {
        jw_object(w);
        definition(w, &all.p[i]);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
    return OK;
}

static bool find(const struct custom_fields *all, const json_t *one,
                 int64_t *id) {
    struct str entity = json_str(json_object_get(one, "entity"));
    struct str name = json_str(json_object_get(one, "name"));
    for (size_t i = 0; i < all->n; i++) {
        if (str_eq(all->p[i].entity, entity) &&
            str_eq(all->p[i].field.name, name)) {
            *id = all->p[i].id;
            return true;
        }
    }
    return false;
}

static enum err take_over(struct ctx *c, const struct custom_fields *all,
                          json_t *one) {
    bool retired = json_is_true(json_object_get(one, "retired"));
    int64_t id;
    if (find(all, one, &id))
        TRY(custom_change(c, id, one));
    else
        TRY(custom_create(c, one, &id));
    return custom_retire(c, id, retired);
}

enum err custom_import(struct ctx *c, json_t *file, int64_t *changed) {
    json_t *list = json_object_get(file, "custom_fields");
    struct custom_fields all;
    *changed = 0;
    if (!json_is_array(list))
        return fail(c, ERR_MALFORMED, "custom_fields", "not_array");
    TRY(custom_field_all(c, &all));
    for (size_t i = 0; i < json_array_size(list); i++) {
        TRY(take_over(c, &all, json_array_get(list, i)));
        ++*changed;
    }
    return OK;
}
