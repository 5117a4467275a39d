/* Schemas of the OpenAPI document: records from the model, hand-written
 * answers from the shapes. Pure writers into a JSON stream. */
#include "api/openapi_parts.h"

#include "base/die.h"
#include "base/num.h"
#include "model/value.h"
#include "store/filter.h"
#include "store/record.h"
#include "store/sight.h"

/* "customer" + "_row" */
static struct str named(struct jw *w, const struct entity *e, const char *end) {
    return str_cat(w->out->arena, e->name, str_of(end));
}

static void refer(struct jw *w, struct str name) {
    jw_object(w);
    openapi_ref(w, "schemas", name);
    jw_object_end(w);
}

static void type_of(struct jw *w, const char *type, bool nullable) {
    jw_key(w, S("type"));
    if (!nullable) {
        jw_str(w, str_of(type));
        return;
    }
    jw_array(w);
    jw_str(w, str_of(type));
    jw_str(w, S("null"));
    jw_array_end(w);
}

static void format(struct jw *w, const char *name) {
    jw_kstr(w, S("format"), str_of(name));
}

/* --- fields -------------------------------------------------------------- */

static void options(struct jw *w, const struct field *f, bool nullable) {
    jw_key(w, S("enum"));
    jw_array(w);
    for (size_t i = 0; i < f->n_options; i++)
        jw_str(w, f->options[i].value);
    if (nullable)
        jw_null(w);
    jw_array_end(w);
}

static void decimal_pattern(struct jw *w, int scale) {
    jw_kstr(w, S("pattern"),
            scale > 0
                ? str_fmt(w->out->arena, "^-?[0-9]+(\\.[0-9]{1,%d})?$", scale)
                : S("^-?[0-9]+$"));
}

static void limits(struct jw *w, const struct field *f) {
    if (f->type == FT_DECIMAL || f->custom)
        return; /* a text, or older values may lie outside: told in words */
    if (f->has_min)
        jw_ki64(w, S("minimum"), f->min);
    if (f->has_max)
        jw_ki64(w, S("maximum"), f->max);
}

static void integer(struct jw *w, const struct field *f, bool nullable) {
    type_of(w, "integer", nullable);
    format(w, "int64");
    if (f->type == FT_REF)
        jw_ki64(w, S("minimum"), 1);
    else
        limits(w, f);
}

static void text(struct jw *w, const struct field *f, bool nullable) {
    static const char *const formats[FT_TYPE_COUNT] = {
        [FT_DATE] = "date",
        [FT_INSTANT] = "date-time",
        [FT_EMAIL] = "email",
        [FT_URL] = "uri",
    };
    type_of(w, "string", nullable);
    if (formats[f->type] != NULL)
        format(w, formats[f->type]);
    if (f->type == FT_DECIMAL)
        decimal_pattern(w, f->scale);
    if (field_max_chars(f) > 0 && !f->custom)
        jw_ki64(w, S("maxLength"), field_max_chars(f));
    if (f->type == FT_ENUM)
        options(w, f, nullable);
}

static void set(struct jw *w, const struct field *f, bool nullable) {
    type_of(w, "array", nullable);
    jw_kbool(w, S("uniqueItems"), true);
    jw_key(w, S("items"));
    jw_object(w);
    type_of(w, "string", false);
    options(w, f, false);
    jw_object_end(w);
}

/* Labels in both languages, then what else there is to say. */
static void description(struct jw *w, const struct field *f) {
    struct buf b;
    buf_init(&b, w->out->arena, 4096);
    buf_str(&b, f->label.text[LANG_EN]);
    buf_cstr(&b, " / ");
    buf_str(&b, f->label.text[LANG_ZH]);
    if (f->doc.n > 0) {
        buf_cstr(&b, ". ");
        buf_str(&b, f->doc);
    }
    if (f->type == FT_REF)
        buf_fmt(&b, " Id of a record of %.*s.", STR_ARG(f->to));
    if (f->type == FT_MONEY)
        buf_cstr(&b, " Minor units of the currency.");
    bool told = f->type == FT_DECIMAL || f->custom;
    const char *unit = field_is_text(f) ? " characters" : "";
    if (told && f->has_min)
        buf_fmt(&b, " At least " STR_FMT "%s.",
                STR_ARG(num_text(b.arena, f->min, f->scale)), unit);
    if (told && f->has_max)
        buf_fmt(&b, " At most " STR_FMT "%s.",
                STR_ARG(num_text(b.arena, f->max, f->scale)), unit);
    if (f->pattern.n > 0)
        buf_fmt(&b, " Matches " STR_FMT, STR_ARG(f->pattern));
    jw_kstr(w, S("description"), buf_view(&b));
}

static void field_members(struct jw *w, const struct field *f, bool nullable) {
    switch (f->type) {
    case FT_INT:
    case FT_MONEY:
    case FT_REF:
        integer(w, f, nullable);
        break;
    case FT_BOOL:
        type_of(w, "boolean", nullable);
        break;
    case FT_SET:
        set(w, f, nullable);
        break;
    case FT_JSON:
        break; /* any value */
    default:
        text(w, f, nullable);
    }
}

/* What is not always shown in full: a text of any form, or nothing. */
static void covered_members(struct jw *w, const struct field *f) {
    bool text = field_is_text(f) && f->type != FT_ENUM && f->type != FT_SET;
    if (text && f->type != FT_JSON)
        type_of(w, "string", true);
    else
        field_members(w, f, true);
}

static void field_schema(struct jw *w, const struct field *f, bool input,
                         enum see see) {
    jw_object(w);
    if (!input && see != SEE_FULL)
        covered_members(w, f);
    else
        field_members(w, f, input || (!f->required && f->type != FT_SET));
    description(w, f);
    if (!input && field_is_readonly(f))
        jw_kbool(w, S("readOnly"), true);
    if (input && f->def.n > 0) {
        jw_key(w, S("default"));
        jw_raw(w, f->def);
    }
    jw_object_end(w);
}

/* --- entities ------------------------------------------------------------ */

enum use { USE_READ, USE_CREATE, USE_CHANGE };

static bool is_in(const struct ctx *c, const struct entity_info *i,
                  const struct field *f, enum use use) {
    if (!sight_field(c, i, f))
        return false;
    return use == USE_READ ||
           (!field_is_readonly(f) && (use == USE_CREATE || !f->create_only) &&
            sight_refusal(c, i, f, use == USE_CREATE) == NULL);
}

static void names_needed(struct ctx *c, struct jw *w,
                         const struct entity_info *i, enum use use) {
    bool any = false;
    for (size_t k = 0; k < i->n_fields; k++) {
        const struct field *f = i->fields[k];
        if (!is_in(c, i, f, use) ||
            (use == USE_CREATE &&
             (!f->required || f->system || f->made || f->def.n > 0)))
            continue;
        if (!any) {
            jw_key(w, S("required"));
            jw_array(w);
        }
        any = true;
        jw_str(w, f->name);
    }
    if (any)
        jw_array_end(w);
}

/* The records below it that are written together with it. */
static void part_member(struct jw *w, const struct entity *part) {
    struct arena *a = w->out->arena;
    jw_key(w, part->body_member);
    jw_object(w);
    type_of(w, "array", false);
    jw_ki64(w, S("maxItems"), BODY_PART_MAX);
    jw_kstr(w, S("description"),
            str_fmt(a,
                    "All of them, in their order: with `id` (and, if so "
                    "wished, `rev`) one that is there, without it a new one; "
                    "those not named go into the bin. Members as of "
                    "/" STR_FMT ", without " STR_FMT ".",
                    STR_ARG(part->plural), STR_ARG(part->parent)));
    jw_key(w, S("items"));
    jw_object(w);
    type_of(w, "object", false);
    jw_object_end(w);
    jw_object_end(w);
}

static void record_schema(struct ctx *c, struct jw *w,
                          const struct entity_info *i, const char *end,
                          enum use use) {
    jw_key(w, named(w, i->e, end));
    jw_object(w);
    type_of(w, "object", false);
    jw_kstr(w, S("description"), i->e->doc);
    jw_key(w, S("properties"));
    jw_object(w);
    for (size_t k = 0; k < i->n_fields; k++) {
        if (!is_in(c, i, i->fields[k], use))
            continue;
        jw_key(w, i->fields[k]->name);
        field_schema(w, i->fields[k], use != USE_READ, sight_at(c, i, k));
    }
    if (use != USE_READ && i->part != NULL)
        part_member(w, i->part->e);
    jw_object_end(w);
    if (use == USE_CREATE)
        names_needed(c, w, i, use);
    jw_kbool(w, S("additionalProperties"), false);
    jw_object_end(w);
}

/* A row of a list has the fields asked for; a record read alone has all. */
static void whole_schema(struct ctx *c, struct jw *w,
                         const struct entity_info *i) {
    jw_key(w, named(w, i->e, "_record"));
    jw_object(w);
    jw_kstr(w, S("description"), i->e->doc);
    jw_key(w, S("allOf"));
    jw_array(w);
    refer(w, named(w, i->e, "_row"));
    jw_array_end(w);
    names_needed(c, w, i, USE_READ);
    jw_object_end(w);
}

static void member_ref(struct jw *w, const char *member, const char *schema) {
    jw_key(w, str_of(member));
    refer(w, str_of(schema));
}

static void list_schema(struct jw *w, const struct entity_info *i) {
    jw_key(w, named(w, i->e, "_list"));
    jw_object(w);
    type_of(w, "object", false);
    jw_kstr(w, S("description"), S("One page of records."));
    jw_key(w, S("required"));
    jw_array(w);
    jw_str(w, S("data"));
    jw_str(w, S("links"));
    jw_array_end(w);
    jw_key(w, S("properties"));
    jw_object(w);
    jw_key(w, S("data"));
    jw_object(w);
    type_of(w, "array", false);
    jw_key(w, S("items"));
    refer(w, named(w, i->e, "_row"));
    jw_object_end(w);
    member_ref(w, "links", "links");
    member_ref(w, "count", "count");
    member_ref(w, "included", "included");
    member_ref(w, "tags", "list_tags");
    jw_object_end(w);
    jw_kbool(w, S("additionalProperties"), false);
    jw_object_end(w);
}

bool openapi_writable(const struct entity *e) {
    return e->record && !e->append_only;
}

void openapi_entity_schemas(struct ctx *c, struct jw *w,
                            const struct entity_info *i,
                            struct entity_use use) {
    record_schema(c, w, i, "_row", USE_READ);
    list_schema(w, i);
    if (use.whole)
        whole_schema(c, w, i);
    if (use.create)
        record_schema(c, w, i, "_create", USE_CREATE);
    if (use.change)
        record_schema(c, w, i, "_change", USE_CHANGE);
}

/* --- shapes -------------------------------------------------------------- */

const struct field *openapi_field(const struct ctx *c, struct str name) {
    struct str rest = name, entity;
    const struct entity_info *i = str_cut(&rest, '.', &entity)
                                      ? registry_find(c->registry, entity)
                                      : NULL;
    const struct field *f = i == NULL ? NULL : info_field(i, rest);
    if (f == NULL)
        die("a shape names the field " STR_FMT ", which does not exist",
            STR_ARG(name));
    return f;
}

enum see openapi_see(const struct ctx *c, struct str name) {
    struct str rest = name, entity = {0};
    const struct field *f = openapi_field(c, name);
    str_cut(&rest, '.', &entity);
    return sight_of(c, registry_find(c->registry, entity), f);
}

static void word_list(struct jw *w, struct str words) {
    struct str word;
    jw_key(w, S("enum"));
    jw_array(w);
    while (str_cut(&words, ' ', &word))
        jw_str(w, word);
    jw_array_end(w);
}

/* The members of the type's schema. */
static void one_type(struct ctx *c, struct jw *w, const struct shape_type *t) {
    static const struct {
        const char *type, *format;
    } plain[] = {
        [SHAPE_TEXT] = {"string", NULL},
        [SHAPE_INTEGER] = {"integer", "int64"},
        [SHAPE_NUMBER] = {"number", NULL},
        [SHAPE_BOOLEAN] = {"boolean", NULL},
        [SHAPE_DATE] = {"string", "date"},
        [SHAPE_INSTANT] = {"string", "date-time"},
        [SHAPE_DECIMAL] = {"string", NULL},
        [SHAPE_ANY] = {NULL, NULL},
        [SHAPE_NULL] = {"null", NULL},
        [SHAPE_ENUM] = {"string", NULL},
        [SHAPE_FIELD] = {NULL, NULL},
        [SHAPE_OBJECT] = {NULL, NULL},
        [SHAPE_ARRAY] = {"array", NULL},
        [SHAPE_MAP] = {"object", NULL},
    };
    if (plain[t->kind].type != NULL)
        type_of(w, plain[t->kind].type, false);
    if (plain[t->kind].format != NULL)
        format(w, plain[t->kind].format);
    if (t->kind == SHAPE_DECIMAL)
        decimal_pattern(w, 18);
    if (t->kind == SHAPE_ENUM)
        word_list(w, t->arg);
    if (t->kind == SHAPE_OBJECT)
        openapi_ref(w, "schemas", t->arg);
    if (t->kind == SHAPE_FIELD) {
        const struct field *f = openapi_field(c, t->arg);
        if (openapi_see(c, t->arg) != SEE_FULL)
            covered_members(w, f);
        else
            field_members(w, f, !f->required && f->type != FT_SET);
    }
    if (t->kind == SHAPE_ARRAY || t->kind == SHAPE_MAP) {
        jw_key(w,
               t->kind == SHAPE_ARRAY ? S("items") : S("additionalProperties"));
        openapi_type(c, w, t->arg, NULL);
    }
}

void openapi_type(struct ctx *c, struct jw *w, struct str type,
                  const char *doc) {
    struct str rest = type;
    struct shape_type t;
    if (!shape_type_next(&rest, &t))
        die("a shape's type is empty");
    jw_object(w);
    if (doc != NULL)
        jw_kstr(w, S("description"), str_of(doc));
    if (rest.n == 0) {
        one_type(c, w, &t);
        jw_object_end(w);
        return;
    }
    jw_key(w, S("anyOf"));
    jw_array(w);
    while (shape_type_next(&type, &t)) {
        jw_object(w);
        one_type(c, w, &t);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
}

static void member(struct ctx *c, struct jw *w, const struct shape_member *m) {
    bool optional;
    jw_key(w, shape_member_name(m, &optional));
    openapi_type(c, w, str_of(m->type), m->doc);
}

void openapi_shape_schema(struct ctx *c, struct jw *w, const struct shape *s) {
    bool any = false, optional;
    jw_key(w, str_of(s->name));
    jw_object(w);
    type_of(w, "object", false);
    jw_kstr(w, S("description"), str_of(s->doc));
    jw_key(w, S("properties"));
    jw_object(w);
    for (size_t i = 0; i < s->n; i++)
        member(c, w, &s->members[i]);
    jw_object_end(w);
    for (size_t i = 0; i < s->n; i++) {
        struct str name = shape_member_name(&s->members[i], &optional);
        if (optional)
            continue;
        if (!any) {
            jw_key(w, S("required"));
            jw_array(w);
        }
        any = true;
        jw_str(w, name);
    }
    if (any)
        jw_array_end(w);
    jw_key(w, S("additionalProperties"));
    if (s->others == NULL)
        jw_bool(w, false);
    else
        openapi_type(c, w, str_of(s->others), NULL);
    jw_object_end(w);
}

void openapi_filter_schema(struct jw *w) {
    jw_key(w, S("filter"));
    jw_raw(w, S("{\"description\":\"A tree of tests.\",\"anyOf\":["
                "{\"type\":\"object\",\"required\":[\"and\"],\"properties\":"
                "{\"and\":{\"type\":\"array\",\"items\":"
                "{\"$ref\":\"#/components/schemas/filter\"}}}},"
                "{\"type\":\"object\",\"required\":[\"or\"],\"properties\":"
                "{\"or\":{\"type\":\"array\",\"items\":"
                "{\"$ref\":\"#/components/schemas/filter\"}}}},"
                "{\"type\":\"object\",\"required\":[\"not\"],\"properties\":"
                "{\"not\":{\"$ref\":\"#/components/schemas/filter\"}}},"
                "{\"type\":\"object\",\"required\":[\"field\",\"value\"],"
                "\"properties\":{\"field\":{\"type\":\"string\"},"
                "\"op\":{\"$ref\":\"#/components/schemas/filter_op\"},"
                "\"value\":{}}}]}"));
    jw_key(w, S("filter_op"));
    jw_object(w);
    type_of(w, "string", false);
    jw_kstr(w, S("default"), S("eq"));
    jw_key(w, S("enum"));
    jw_array(w);
    for (enum filter_op op = OP_EQ; op <= OP_HAS; op++)
        jw_str(w, str_of(filter_op_name(op)));
    jw_array_end(w);
    jw_object_end(w);
    jw_key(w, S("list_tags"));
    jw_raw(w, S("{\"type\":\"object\",\"description\":\"Tags by the id of "
                "the record, with include=tags.\",\"additionalProperties\":"
                "{\"type\":\"array\",\"items\":"
                "{\"$ref\":\"#/components/schemas/record_tag_mark\"}}}"));
    jw_key(w, S("included"));
    jw_raw(w, S("{\"type\":\"object\",\"description\":\"Titles of referenced "
                "records, by entity and id.\",\"additionalProperties\":"
                "{\"type\":\"object\",\"additionalProperties\":"
                "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":"
                "{\"id\":{\"type\":\"integer\",\"format\":\"int64\"}}}}}"));
}
