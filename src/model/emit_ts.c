/* Writes TypeScript: an interface, an input type, option lists and labels for
 * each entity people can see. Each is an export of its own, so that a bundle
 * holds only what it uses. Pure; the same model gives the same bytes. */
#include "base/json.h"
#include "model/emit.h"

/* What people see of an entity: its own fields and its sidecar's. */
struct view {
    const struct entity *e;
    const struct field **fields;
    size_t n;
};

static void add_shown(struct view *v, const struct entity *e) {
    for (size_t i = 0; i < e->n_fields; i++) {
        const struct field *f = &e->fields[i];
        if (!f->secret && f->type != FT_BLOB && (e == v->e || !f->system))
            v->fields[v->n++] = f;
    }
}

static struct view view_of(struct arena *a, const struct model *m,
                           const struct entity *e) {
    const struct entity *side = model_entity(m, e->sidecar);
    size_t n = e->n_fields + (side != NULL ? side->n_fields : 0);
    struct view v = {e, NEW_ARRAY(a, const struct field *, n), 0};
    add_shown(&v, e);
    if (side != NULL)
        add_shown(&v, side);
    return v;
}

/* order_line → OrderLine */
static struct str type_name(struct arena *a, struct str name) {
    struct buf b;
    bool upper = true;
    buf_init(&b, a, name.n + 1);
    for (size_t i = 0; i < name.n; i++) {
        char ch = name.p[i];
        if (ch != '_')
            buf_byte(&b,
                     upper && ch >= 'a' && ch <= 'z' ? (char)(ch - 32) : ch);
        upper = ch == '_';
    }
    return buf_view(&b);
}

/* order_line → orderLine */
static struct str value_name(struct arena *a, struct str name) {
    struct str t = type_name(a, name);
    return str_cat(a, str_sub(name, 0, 1), str_sub(t, 1, t.n));
}

static void union_of(struct buf *b, const struct field *f) {
    for (size_t i = 0; i < f->n_options; i++)
        buf_fmt(b, "%s'%.*s'", i > 0 ? " | " : "",
                STR_ARG(f->options[i].value));
}

static void type_of(struct buf *b, const struct field *f) {
    switch (f->type) {
    case FT_INT:
    case FT_MONEY:
    case FT_REF:
        buf_cstr(b, "number");
        break;
    case FT_BOOL:
        buf_cstr(b, "boolean");
        break;
    case FT_ENUM:
        union_of(b, f);
        break;
    case FT_SET:
        buf_byte(b, '(');
        union_of(b, f);
        buf_cstr(b, ")[]");
        break;
    case FT_JSON:
        buf_cstr(b, "unknown");
        break;
    default: /* text; decimals, dates and instants travel as strings */
        buf_cstr(b, "string");
    }
}

static void comment(struct buf *b, struct str doc, const char *indent) {
    if (doc.n > 0)
        buf_fmt(b, "%s/** %.*s */\n", indent, STR_ARG(doc));
}

static void interface(struct buf *b, const struct view *v, struct str type) {
    comment(b, v->e->doc, "");
    buf_fmt(b, "export interface %.*s {\n", STR_ARG(type));
    for (size_t i = 0; i < v->n; i++) {
        const struct field *f = v->fields[i];
        comment(b, f->doc, "  ");
        buf_fmt(b, "  %.*s: ", STR_ARG(f->name));
        type_of(b, f);
        buf_cstr(b, f->required || f->def.n > 0 || f->type == FT_SET
                        ? ";\n"
                        : " | null;\n");
    }
    buf_cstr(b, "}\n");
}

static void input_type(struct buf *b, const struct view *v, struct str type) {
    bool any = false;
    buf_fmt(b, "export type %.*sInput = Partial<Omit<%.*s,", STR_ARG(type),
            STR_ARG(type));
    for (size_t i = 0; i < v->n; i++) {
        const struct field *f = v->fields[i];
        if (!f->readonly)
            continue;
        buf_fmt(b, "%s'%.*s'", any ? " | " : " ", STR_ARG(f->name));
        any = true;
    }
    buf_cstr(b, any ? ">>;\n" : " never>>;\n");
}

static void labels_json(struct jw *w, const struct label *l) {
    jw_object(w);
    jw_kstr(w, S("zh"), l->text[LANG_ZH]);
    jw_kstr(w, S("en"), l->text[LANG_EN]);
    jw_object_end(w);
}

static void labels(struct buf *b, const struct view *v) {
    struct str name = value_name(b->arena, v->e->name);
    struct jw w;
    buf_fmt(b, "export const %.*sLabels = ", STR_ARG(name));
    jw_init(&w, b);
    jw_object(&w);
    for (size_t i = 0; i < v->n; i++) {
        jw_key(&w, v->fields[i]->name);
        labels_json(&w, &v->fields[i]->label);
    }
    jw_object_end(&w);
    buf_cstr(b, " as const;\n");
}

static void options(struct buf *b, const struct view *v) {
    struct str name = value_name(b->arena, v->e->name);
    struct jw w;
    buf_fmt(b, "export const %.*sOptions = ", STR_ARG(name));
    jw_init(&w, b);
    jw_object(&w);
    for (size_t i = 0; i < v->n; i++) {
        const struct field *f = v->fields[i];
        if (f->n_options == 0)
            continue;
        jw_key(&w, f->name);
        jw_array(&w);
        for (size_t k = 0; k < f->n_options; k++) {
            jw_object(&w);
            jw_kstr(&w, S("value"), f->options[k].value);
            jw_key(&w, S("label"));
            labels_json(&w, &f->options[k].label);
            jw_object_end(&w);
        }
        jw_array_end(&w);
    }
    jw_object_end(&w);
    buf_cstr(b, " as const;\n\n");
}

static void entity_list(struct buf *b, const struct model *m) {
    struct jw w;
    buf_cstr(b, "/** Nouns of the URLs and labels, by entity name. */\n"
                "export const entities = ");
    jw_init(&w, b);
    jw_object(&w);
    for (size_t i = 0; i < m->n; i++) {
        const struct entity *e = &m->entities[i];
        if (e->scope == SCOPE_SYSTEM)
            continue;
        jw_key(&w, e->name);
        jw_object(&w);
        jw_kstr(&w, S("plural"), e->plural);
        jw_key(&w, S("label"));
        labels_json(&w, &e->label);
        jw_kstr(&w, S("title"), e->title);
        jw_object_end(&w);
    }
    jw_object_end(&w);
    buf_cstr(b, " as const;\nexport type EntityName = keyof typeof "
                "entities;\n");
}

void emit_ts(const struct model *m, struct buf *b) {
    buf_cstr(b, "// Written by modelc from model/; do not edit.\n\n");
    for (size_t i = 0; i < m->n; i++) {
        const struct entity *e = &m->entities[i];
        if (e->scope == SCOPE_SYSTEM)
            continue;
        struct str type = type_name(b->arena, e->name);
        struct view v = view_of(b->arena, m, e);
        interface(b, &v, type);
        input_type(b, &v, type);
        labels(b, &v);
        options(b, &v);
    }
    entity_list(b, m);
}
