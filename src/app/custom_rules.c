/* What a custom field may be, and what it may become while records hold its
 * values. Owns nothing; reads with c->db, within the transaction that writes
 * the definition. */
#include "app/custom.h"

#include "model/emit.h"
#include "model/parse.h"
#include "model/value.h"
#include "store/derived.h"
#include "store/registry.h"

#include <string.h>

#define DEFINITION_MAX (256 * 1024)

enum err custom_entity(struct ctx *c, struct str name,
                       const struct entity **out) {
    const struct entity_info *i = registry_find(c->registry, name);
    if (i == NULL || !i->e->record || i->e->append_only ||
        i->e->scope == SCOPE_SYSTEM || i->e->sidecar_of.n > 0)
        return failv(c, ERR_INVALID, S("entity"), "custom_entity",
                     ARGS(V(name)));
    *out = i->e;
    return OK;
}

/* --- from a request to a definition ------------------------------------- */

/* {"value","label":{"zh","en"}} to [value, English, Chinese]. */
static json_t *triple(json_t *option) {
    const json_t *label = json_object_get(option, "label");
    json_t *value = json_object_get(option, "value");
    json_t *en = json_object_get(label, "en"),
           *zh = json_object_get(label, "zh");
    return json_pack("[O?O?O?]", value, en, zh);
}

static json_t *triples(json_t *list) {
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(out, triple(json_array_get(list, i)));
    return out;
}

static bool is_empty(const json_t *v) {
    return json_is_null(v) || (json_is_string(v) && json_string_length(v) == 0);
}

/* Members that are no properties of the definition. */
static bool is_beside(const char *key) {
    static const char *const beside[] = {"entity", "object",  "position",
                                         "rev",    "retired", "state"};
    for (size_t i = 0; i < COUNT_OF(beside); i++)
        if (strcmp(key, beside[i]) == 0)
            return true;
    return false;
}

static void merge(json_t *into, json_t *body) {
    const char *key;
    json_t *v;
    json_object_foreach(body, key, v) {
        if (is_beside(key))
            continue;
        if (is_empty(v) && strcmp(key, "name") != 0)
            json_object_del(into, key);
        else if (strcmp(key, "options") == 0 && json_is_array(v))
            json_object_set_new(into, key, triples(v));
        else
            json_object_set(into, key, v);
    }
}

/* x_ is what tells them from the product's own, whether typed or not. */
static void prefix_name(struct ctx *c, json_t *definition) {
    struct str name = json_str(json_object_get(definition, "name"));
    if (name.p == NULL || str_starts(name, S("x_")))
        return;
    struct str full = str_cat(c->arena, S("x_"), str_trim(name));
    json_object_set_new(definition, "name", json_stringn(full.p, full.n));
}

/* References let go of a record that is purged. */
static void settle_reference(json_t *definition) {
    struct str type = json_str(json_object_get(definition, "type"));
    if (str_eqc(type, "ref"))
        json_object_set_new(definition, "on_delete", json_string("clear"));
    else
        json_object_del(definition, "on_delete");
}

static enum err read_position(struct ctx *c, const json_t *body,
                              int64_t *position) {
    const json_t *v = json_object_get(body, "position");
    if (v == NULL)
        return OK;
    if (!json_is_integer(v) || json_integer_value(v) < 0 ||
        json_integer_value(v) > INT32_MAX)
        return fail(c, ERR_INVALID, "position", "not_integer");
    *position = json_integer_value(v);
    return OK;
}

/* Of another type, only what any field has stays unless it is given anew. */
static void forget_rules(json_t *definition, const json_t *body) {
    static const char *const gone[] = {
        "min",     "max",      "pattern", "options", "to",      "scale",
        "default", "currency", "search",  "unique",  "sortable"};
    const json_t *type = json_object_get(body, "type");
    if (type == NULL || json_equal(type, json_object_get(definition, "type")))
        return;
    for (size_t i = 0; i < COUNT_OF(gone); i++)
        json_object_del(definition, gone[i]);
}

/* Name and entity are those of the columns. */
static enum err check_fixed(struct ctx *c, const json_t *body,
                            const struct custom_field *was) {
    const json_t *name = json_object_get(body, "name");
    const json_t *entity = json_object_get(body, "entity");
    struct str typed = json_str(name);
    if (name != NULL && !str_eq(typed, was->field.name) &&
        !str_eq(str_cat(c->arena, S("x_"), typed), was->field.name))
        return fail(c, ERR_INVALID, "name", "custom_name_fixed");
    if (entity != NULL && !str_eq(json_str(entity), was->entity))
        return fail(c, ERR_INVALID, "entity", "custom_name_fixed");
    const json_t *rev = json_object_get(body, "rev");
    if (rev != NULL && json_integer_value(rev) != was->rev)
        return fail(c, ERR_STALE, "", "stale_record");
    return OK;
}

static enum err parse(struct ctx *c, json_t *definition, struct field *out) {
    struct field was = *out;
    TRY(field_parse(c, S(""), json_compact(c->arena, definition), out));
    out->custom = true;
    out->retired = was.retired;
    out->fill = was.fill;
    return OK;
}

enum err custom_define(struct ctx *c, json_t *body,
                       const struct custom_field *was,
                       struct custom_field *out) {
    json_t *definition;
    struct buf b;
    buf_init(&b, c->arena, DEFINITION_MAX);
    *out = (struct custom_field){.state = S("live")};
    if (was != NULL) {
        *out = *was;
        TRY(check_fixed(c, body, was));
        emit_field(&was->field, &b);
    } else {
        out->entity = json_str(json_object_get(body, "entity"));
        buf_cstr(&b, "{}");
    }
    TRY(read_position(c, body, &out->position));
    TRY(json_read(c, buf_view(&b), &definition));
    if (was != NULL)
        forget_rules(definition, body);
    merge(definition, body);
    if (was != NULL)
        json_object_set_new(definition, "name",
                            json_stringn(was->field.name.p, was->field.name.n));
    prefix_name(c, definition);
    settle_reference(definition);
    return parse(c, definition, &out->field);
}

/* --- rules -------------------------------------------------------------- */

static enum err check_flags(struct ctx *c, const struct field *f) {
    const struct {
        const char *name;
        bool set;
    } flags[] = {{"readonly", f->readonly},
                 {"secret", f->secret},
                 {"points", f->points}};
    for (size_t i = 0; i < COUNT_OF(flags); i++)
        if (flags[i].set)
            return failv(c, ERR_INVALID, str_of(flags[i].name),
                         "custom_property", ARGS(V(flags[i].name)));
    if (f->type == FT_BLOB)
        return failv(c, ERR_INVALID, S("type"), "custom_type",
                     ARGS(V(field_type_name(f->type))));
    return OK;
}

/* The section of custom fields is made when the first of them comes. */
static bool may_stand_in(const struct entity *e, struct str name) {
    return entity_has_group(e, name) || name.n == 0 ||
           str_eqc(name, CUSTOM_GROUP);
}

static enum err check_links(struct ctx *c, const struct entity *e,
                            const struct field *f) {
    const struct entity *to = model_entity(c->registry->model, f->to);
    if (f->type == FT_REF &&
        (to == NULL || !to->record || to->scope == SCOPE_SYSTEM))
        return failv(c, ERR_INVALID, S("to"), "unknown_object", ARGS(V(f->to)));
    const struct field *code = entity_field(e, f->currency);
    if (f->currency.n > 0 && (code == NULL || code->type != FT_TEXT))
        return failv(c, ERR_INVALID, S("currency"), "model_bad_currency",
                     ARGS(V(f->currency)));
    if (!may_stand_in(e, f->group))
        return failv(c, ERR_INVALID, S("group"), "custom_group",
                     ARGS(V(f->group)));
    if (f->search && !entity_is_searched(e))
        return failv(c, ERR_INVALID, S("search"), "custom_search",
                     ARGS(V(e->label.text[c->lang])));
    return OK;
}

/* The default meets the rules of its own field. */
static enum err check_default(struct ctx *c, const struct field *f) {
    json_t *j;
    struct val v;
    if (f->def.n == 0)
        return OK;
    struct str wrapped = str_fmt(c->arena, "[" STR_FMT "]", STR_ARG(f->def));
    TRY(json_read(c, wrapped, &j));
    enum err e = value_from_json(c, f, json_array_get(j, 0), &v);
    for (size_t i = 0; e != OK && i < c->problems.n; i++)
        c->problems.p[i].field = S("default");
    return e;
}

static enum err check_definition(struct ctx *c, const struct entity *e,
                                 const struct field *f) {
    TRY(check_flags(c, f));
    TRY(check_links(c, e, f));
    return check_default(c, f);
}

static enum err check_name(struct ctx *c, const struct entity *e,
                           const struct field *f) {
    struct custom_fields all;
    size_t n = 0;
    if (f->name.n > CUSTOM_NAME_MAX)
        return failv(c, ERR_INVALID, S("name"), "too_long",
                     ARGS(V(CUSTOM_NAME_MAX)));
    TRY(custom_field_all(c, &all));
    for (size_t i = 0; i < all.n; i++) {
        const struct custom_field *o = &all.p[i];
        if (!str_eq(o->entity, e->name))
            continue;
        n++;
        if (str_eq(o->field.name, f->name))
            return failv(c, ERR_CONFLICT, S("name"),
                         o->retired_at != 0 ? "custom_name_retired"
                                            : "custom_name_taken",
                         ARGS(V(f->name)));
    }
    if (n >= CUSTOM_FIELDS_MAX)
        return failv(c, ERR_CONFLICT, S(""), "custom_limit",
                     ARGS(V(CUSTOM_FIELDS_MAX)));
    return OK;
}

/* Rows there are already get the default of a required field as that of the
 * column, which costs nothing however many they are. */
static enum err settle_fill(struct ctx *c, const struct entity *e,
                            struct field *f) {
    bool any;
    f->fill = (struct str){0};
    if (!f->required)
        return OK;
    TRY(custom_field_any_row(c, e, &any));
    if (!any)
        return OK;
    if (f->def.n == 0)
        return fail(c, ERR_CONFLICT, "default", "custom_required_default");
    if (f->unique)
        return fail(c, ERR_CONFLICT, "unique", "custom_unique_default");
    f->fill = f->def;
    return OK;
}

enum err custom_check_new(struct ctx *c, const struct entity *e,
                          struct custom_field *f) {
    TRY(check_definition(c, e, &f->field));
    TRY(check_name(c, e, &f->field));
    return settle_fill(c, e, &f->field);
}

/* What decides over columns or over the meaning of what they hold. */
static const char *structural(const struct field *a, const struct field *b) {
    if (a->type != b->type)
        return "type";
    if (a->scale != b->scale)
        return "scale";
    if (!str_eq(a->to, b->to))
        return "to";
    if (!str_eq(a->currency, b->currency))
        return "currency";
    if (a->search != b->search)
        return "search";
    if (a->sortable != b->sortable)
        return "sortable";
    return a->index != b->index ? "index" : NULL;
}

static enum err check_options(struct ctx *c, const struct entity *e,
                              const struct field *was, const struct field *f) {
    for (size_t i = 0; i < was->n_options; i++) {
        int64_t n;
        if (field_option(f, was->options[i].value) != NULL)
            continue;
        TRY(custom_field_count_option(c, e, was, was->options[i].value, &n));
        if (n > 0)
            return failv(c, ERR_CONFLICT, S("options"), "custom_option_used",
                         ARGS(V(was->options[i].label.text[c->lang]), V(n)));
    }
    return OK;
}

enum err custom_check_change(struct ctx *c, const struct entity *e,
                             const struct custom_field *was,
                             struct custom_field *f, bool *rebuild) {
    const char *what = structural(&was->field, &f->field);
    bool any = false;
    int64_t empty;
    *rebuild = what != NULL;
    if (*rebuild)
        TRY(custom_field_any_value(c, e, &was->field, &any));
    if (*rebuild && any)
        return fail(c, ERR_CONFLICT, what, "custom_type_data");
    TRY(check_definition(c, e, &f->field));
    if (*rebuild)
        return settle_fill(c, e, &f->field);
    TRY(check_options(c, e, &was->field, &f->field));
    if (!f->field.required || was->field.required)
        return OK;
    TRY(custom_field_count_empty(c, e, &f->field, &empty));
    if (empty > 0)
        return failv(c, ERR_CONFLICT, S("required"), "custom_required_empty",
                     ARGS(V(empty)));
    return OK;
}
