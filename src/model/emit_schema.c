/* Writes the JSON Schema of the definition language from the tables the
 * parser reads by, so that the two can't disagree. Pure. */
#include "base/json.h"
#include "model/emit.h"
#include "model/props.h"

#define IDENTIFIER "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"

static void new_line(struct jw *w) {
    if (w->comma)
        buf_byte(w->out, ',');
    buf_byte(w->out, '\n');
    w->comma = false;
}

static void ref(struct jw *w, const char *def) {
    jw_kstr(w, S("$ref"), str_fmt(w->out->arena, "#/$defs/%s", def));
}

static void array_of(struct jw *w, const char *def) {
    jw_kstr(w, S("type"), S("array"));
    jw_key(w, S("items"));
    jw_object(w);
    ref(w, def);
    jw_object_end(w);
}

static void words(struct jw *w, const struct prop *p) {
    jw_key(w, S("enum"));
    jw_array(w);
    for (size_t i = 0; i < p->n_words; i++)
        jw_str(w, p->words[i]);
    jw_array_end(w);
}

static void property(struct jw *w, const struct prop *p) {
    new_line(w);
    jw_key(w, p->name);
    jw_object(w);
    jw_kstr(w, S("description"), str_of(p->doc));
    switch (p->kind) {
    case PROP_IGNORED:
    case PROP_TEXT:
        jw_kstr(w, S("type"), S("string"));
        break;
    case PROP_NAME:
        ref(w, "name");
        break;
    case PROP_BOOL:
        jw_kstr(w, S("type"), S("boolean"));
        break;
    case PROP_INT:
        jw_kstr(w, S("type"), S("integer"));
        break;
    case PROP_WORD:
        words(w, p);
        break;
    case PROP_LABEL:
        ref(w, "label");
        break;
    case PROP_LIMIT:
        ref(w, "limit");
        break;
    case PROP_DEFAULT:
        break;
    case PROP_OPTIONS:
        array_of(w, "option");
        break;
    case PROP_NAMES:
        ref(w, "names");
        break;
    case PROP_NAMES_LIST:
        array_of(w, "names");
        break;
    case PROP_FIELDS:
        array_of(w, "member");
        break;
    }
    jw_object_end(w);
}

static void object_schema(struct jw *w, struct props props) {
    jw_kstr(w, S("type"), S("object"));
    jw_kbool(w, S("additionalProperties"), false);
    jw_key(w, S("required"));
    jw_array(w);
    for (size_t i = 0; i < props.n; i++)
        if (props.p[i].needed)
            jw_str(w, props.p[i].name);
    jw_array_end(w);
    jw_key(w, S("properties"));
    jw_object(w);
    for (size_t i = 0; i < props.n; i++)
        property(w, &props.p[i]);
    jw_object_end(w);
}

static void definition(struct jw *w, const char *name, struct str json) {
    new_line(w);
    jw_key(w, str_of(name));
    jw_raw(w, json);
}

static void definitions(struct jw *w) {
    new_line(w);
    jw_key(w, S("$defs"));
    jw_object(w);
    definition(w, "name",
               S("{\"type\":\"string\",\"pattern\":\"" IDENTIFIER "\"}"));
    definition(w, "names",
               S("{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/name\"}}"));
    definition(w, "label",
               S("{\"type\":\"object\",\"additionalProperties\":false,"
                 "\"required\":[\"en\",\"zh\"],\"properties\":{"
                 "\"en\":{\"type\":\"string\",\"minLength\":1},"
                 "\"zh\":{\"type\":\"string\",\"minLength\":1}}}"));
    definition(w, "option",
               S("{\"type\":\"array\",\"minItems\":3,\"maxItems\":3,"
                 "\"items\":{\"type\":\"string\",\"minLength\":1}}"));
    definition(w, "limit",
               S("{\"type\":[\"integer\",\"string\"],"
                 "\"pattern\":\"^-?[0-9]+([.][0-9]+)?$\"}"));
    definition(w, "member",
               S("{\"if\":{\"required\":[\"fragment\"]},"
                 "\"then\":{\"$ref\":\"#/$defs/use\"},"
                 "\"else\":{\"$ref\":\"#/$defs/field\"}}"));
    definition(w, "use",
               S("{\"type\":\"object\",\"additionalProperties\":false,"
                 "\"required\":[\"fragment\"],\"properties\":{"
                 "\"fragment\":{\"$ref\":\"#/$defs/name\"}}}"));
    definition(w, "fragment",
               S("{\"type\":\"object\",\"additionalProperties\":false,"
                 "\"required\":[\"name\",\"fields\"],\"properties\":{"
                 "\"$schema\":{\"type\":\"string\"},"
                 "\"name\":{\"$ref\":\"#/$defs/name\"},"
                 "\"groups\":{\"type\":\"array\",\"items\":"
                 "{\"$ref\":\"#/$defs/option\"}},"
                 "\"fields\":{\"type\":\"array\",\"items\":"
                 "{\"$ref\":\"#/$defs/field\"}}}}"));
    new_line(w);
    jw_key(w, S("field"));
    jw_object(w);
    object_schema(w, field_props);
    jw_object_end(w);
    jw_object_end(w);
}

void emit_json_schema(struct buf *b) {
    struct jw w;
    jw_init(&w, b);
    jw_object(&w);
    jw_kstr(&w, S("$schema"),
            S("https://json-schema.org/draft/2020-12/schema"));
    jw_kstr(&w, S("title"), S("Entity definition"));
    object_schema(&w, entity_props);
    definitions(&w);
    jw_object_end(&w);
    buf_byte(b, '\n');
}
