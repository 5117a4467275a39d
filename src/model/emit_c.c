/* Writes a model as const C tables: what the server is built from. Pure; the
 * same model gives the same bytes. */
#include "model/emit.h"

#include <inttypes.h>

static const char *const type_symbols[] = {
    [FT_TEXT] = "FT_TEXT",   [FT_LONGTEXT] = "FT_LONGTEXT",
    [FT_INT] = "FT_INT",     [FT_DECIMAL] = "FT_DECIMAL",
    [FT_MONEY] = "FT_MONEY", [FT_BOOL] = "FT_BOOL",
    [FT_DATE] = "FT_DATE",   [FT_INSTANT] = "FT_INSTANT",
    [FT_ENUM] = "FT_ENUM",   [FT_SET] = "FT_SET",
    [FT_REF] = "FT_REF",     [FT_EMAIL] = "FT_EMAIL",
    [FT_PHONE] = "FT_PHONE", [FT_URL] = "FT_URL",
    [FT_JSON] = "FT_JSON",   [FT_BLOB] = "FT_BLOB",
};
static const char *const scope_symbols[] = {
    [SCOPE_OWNER] = "SCOPE_OWNER",
    [SCOPE_PARENT] = "SCOPE_PARENT",
    [SCOPE_OWNER_OR_PARENT] = "SCOPE_OWNER_OR_PARENT",
    [SCOPE_SHARED] = "SCOPE_SHARED",
    [SCOPE_SYSTEM] = "SCOPE_SYSTEM",
};
static const char *const delete_symbols[] = {
    [DEL_RESTRICT] = "DEL_RESTRICT",
    [DEL_CASCADE] = "DEL_CASCADE",
    [DEL_CLEAR] = "DEL_CLEAR",
    [DEL_KEEP] = "DEL_KEEP",
};

static const char *const grade_symbols[] = {
    [GRADE_INTERNAL] = "GRADE_INTERNAL",
    [GRADE_PUBLIC] = "GRADE_PUBLIC",
    [GRADE_PERSONAL] = "GRADE_PERSONAL",
    [GRADE_HIGH] = "GRADE_HIGH",
};
static const char *const mask_symbols[] = {
    [MASK_AUTO] = "MASK_AUTO",   [MASK_ALL] = "MASK_ALL",
    [MASK_PHONE] = "MASK_PHONE", [MASK_NAME] = "MASK_NAME",
    [MASK_ID] = "MASK_ID",       [MASK_CARD] = "MASK_CARD",
    [MASK_EMAIL] = "MASK_EMAIL", [MASK_ADDRESS] = "MASK_ADDRESS",
};

static const char *const unit_symbols[] = {
    [UNIT_NONE] = "UNIT_NONE",
    [UNIT_BASE_CURRENCY] = "UNIT_BASE_CURRENCY",
    [UNIT_CHANCE] = "UNIT_CHANCE",
    [UNIT_ESTIMATE] = "UNIT_ESTIMATE",
};

/* A C string literal; bytes outside ASCII stay as they are (UTF-8 source). */
static void literal(struct buf *b, struct str s) {
    buf_cstr(b, "S_INIT(\"");
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        if (ch == '"' || ch == '\\')
            buf_byte(b, '\\');
        if (ch < 0x20)
            buf_fmt(b, "\\%03o", ch);
        else if (ch == '?')
            buf_cstr(b, "\\?"); /* no trigraphs */
        else
            buf_byte(b, s.p[i]);
    }
    buf_cstr(b, "\")");
}

static void member(struct buf *b, const char *name, struct str s) {
    if (s.n == 0)
        return;
    buf_fmt(b, ", .%s = ", name);
    literal(b, s);
}

static void flag(struct buf *b, const char *name, bool v) {
    if (v)
        buf_fmt(b, ", .%s = true", name);
}

static void label(struct buf *b, const struct label *l) {
    buf_cstr(b, "{{");
    for (size_t i = 0; i < LANG_COUNT; i++) {
        if (i > 0)
            buf_cstr(b, ", ");
        literal(b, l->text[i]);
    }
    buf_cstr(b, "}}");
}

static void options(struct buf *b, const struct option *o, size_t n,
                    struct str name) {
    if (n == 0)
        return;
    buf_fmt(b, "static const struct option %.*s[] = {\n", STR_ARG(name));
    for (size_t i = 0; i < n; i++) {
        buf_cstr(b, "    {");
        literal(b, o[i].value);
        buf_cstr(b, ", ");
        label(b, &o[i].label);
        buf_cstr(b, "},\n");
    }
    buf_cstr(b, "};\n");
}

static struct str options_name(struct arena *a, const struct entity *e,
                               const struct field *f) {
    return str_fmt(a, "o_%.*s__%.*s", STR_ARG(e->name), STR_ARG(f->name));
}

static void flags(struct buf *b, const struct field *f) {
    flag(b, "required", f->required);
    flag(b, "unique", f->unique);
    flag(b, "index", f->index);
    flag(b, "readonly", f->readonly);
    flag(b, "secret", f->secret);
    flag(b, "search", f->search);
    flag(b, "sortable", f->sortable);
    flag(b, "points", f->points);
    flag(b, "sidecar", f->sidecar);
    flag(b, "system", f->system);
    flag(b, "made", f->made);
    flag(b, "create_only", f->create_only);
    flag(b, "currency_code", f->currency_code);
}

static void field(struct buf *b, const struct entity *e,
                  const struct field *f) {
    buf_cstr(b, "    {.name = ");
    literal(b, f->name);
    buf_fmt(b, ", .type = %s, .label = ", type_symbols[f->type]);
    label(b, &f->label);
    member(b, "doc", f->doc);
    flags(b, f);
    if (f->max != 0)
        buf_fmt(b, ", .max = INT64_C(%" PRId64 ")", f->max);
    if (f->min != 0)
        buf_fmt(b, ", .min = INT64_C(%" PRId64 ")", f->min);
    flag(b, "has_min", f->has_min);
    flag(b, "has_max", f->has_max);
    if (f->scale != 0)
        buf_fmt(b, ", .scale = %d", f->scale);
    if (f->unit != UNIT_NONE)
        buf_fmt(b, ", .unit = %s", unit_symbols[f->unit]);
    flag(b, "past", f->past);
    member(b, "currency", f->currency);
    member(b, "pattern", f->pattern);
    member(b, "start_texts", f->start_texts);
    flag(b, "summed", f->summed);
    flag(b, "wanted", f->wanted);
    member(b, "company_default", f->company_default);
    member(b, "to", f->to);
    if (f->on_delete != DEL_RESTRICT)
        buf_fmt(b, ", .on_delete = %s", delete_symbols[f->on_delete]);
    if (f->n_options > 0) {
        struct str name = options_name(b->arena, e, f);
        buf_fmt(b, ", .options = %.*s, .n_options = %zu", STR_ARG(name),
                f->n_options);
    }
    member(b, "def", f->def);
    member(b, "group", f->group);
    if (f->grade != GRADE_INTERNAL)
        buf_fmt(b, ", .grade = %s", grade_symbols[f->grade]);
    if (f->mask != MASK_AUTO)
        buf_fmt(b, ", .mask = %s", mask_symbols[f->mask]);
    buf_cstr(b, "},\n");
}

static void names_body(struct buf *b, struct names n) {
    for (size_t i = 0; i < n.n; i++) {
        if (i > 0)
            buf_cstr(b, ", ");
        literal(b, n.p[i]);
    }
}

/* static const struct str w_x_list_0[] = {…}; */
static void words(struct buf *b, const struct entity *e, const char *what,
                  size_t i, struct names n) {
    if (n.n == 0)
        return;
    buf_fmt(b, "static const struct str w_%.*s_%s_%zu[] = {", STR_ARG(e->name),
            what, i);
    names_body(b, n);
    buf_cstr(b, "};\n");
}

static void lists(struct buf *b, const struct entity *e, const char *what,
                  const struct names *p, size_t n) {
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        words(b, e, what, i, p[i]);
    buf_fmt(b, "static const struct names n_%.*s_%s[] = {\n", STR_ARG(e->name),
            what);
    for (size_t i = 0; i < n; i++)
        buf_fmt(b, "    {w_%.*s_%s_%zu, %zu},\n", STR_ARG(e->name), what, i,
                p[i].n);
    buf_cstr(b, "};\n");
}

static void parts(struct buf *b, const struct entity *e) {
    for (size_t i = 0; i < e->n_fields; i++)
        options(b, e->fields[i].options, e->fields[i].n_options,
                options_name(b->arena, e, &e->fields[i]));
    options(b, e->groups, e->n_groups,
            str_fmt(b->arena, "g_%.*s", STR_ARG(e->name)));
    lists(b, e, "indexes", e->indexes, e->n_indexes);
    lists(b, e, "uniques", e->uniques, e->n_uniques);
    lists(b, e, "one_of", e->one_of, e->n_one_of);
    lists(b, e, "form", e->form, e->n_form);
    lists(b, e, "only_for", e->only_for, e->n_only_for);
    words(b, e, "list", 0, e->list);
}

static void fields(struct buf *b, const struct entity *e) {
    buf_fmt(b, "static const struct field f_%.*s[] = {\n", STR_ARG(e->name));
    for (size_t i = 0; i < e->n_fields; i++)
        field(b, e, &e->fields[i]);
    buf_cstr(b, "};\n\n");
}

static void list_member(struct buf *b, const struct entity *e, const char *what,
                        size_t n) {
    if (n > 0)
        buf_fmt(b, ",\n     .%s = n_%.*s_%s, .n_%s = %zu", what,
                STR_ARG(e->name), what, what, n);
}

static void entity(struct buf *b, const struct entity *e) {
    buf_cstr(b, "    {.name = ");
    literal(b, e->name);
    member(b, "plural", e->plural);
    buf_cstr(b, ",\n     .label = ");
    label(b, &e->label);
    member(b, "doc", e->doc);
    buf_fmt(b, ",\n     .scope = %s", scope_symbols[e->scope]);
    member(b, "parent", e->parent);
    member(b, "title", e->title);
    member(b, "sidecar", e->sidecar);
    member(b, "sidecar_of", e->sidecar_of);
    flag(b, "record", e->record);
    flag(b, "append_only", e->append_only);
    buf_fmt(b, ",\n     .fields = f_%.*s, .n_fields = %zu", STR_ARG(e->name),
            e->n_fields);
    list_member(b, e, "indexes", e->n_indexes);
    list_member(b, e, "uniques", e->n_uniques);
    list_member(b, e, "one_of", e->n_one_of);
    if (e->list.n > 0)
        buf_fmt(b, ",\n     .list = {w_%.*s_list_0, %zu}", STR_ARG(e->name),
                e->list.n);
    list_member(b, e, "form", e->n_form);
    member(b, "body_member", e->body_member);
    member(b, "on_save", e->on_save);
    if (e->n_groups > 0)
        buf_fmt(b, ",\n     .groups = g_%.*s, .n_groups = %zu",
                STR_ARG(e->name), e->n_groups);
    list_member(b, e, "only_for", e->n_only_for);
    buf_cstr(b, "},\n");
}

void emit_c(const struct model *m, struct buf *b) {
    buf_cstr(b, "/* Written by modelc from model/; do not edit. */\n"
                "#include \"model/model.h\"\n\n");
    for (size_t i = 0; i < m->n; i++)
        parts(b, &m->entities[i]);
    for (size_t i = 0; i < m->n; i++)
        fields(b, &m->entities[i]);
    buf_cstr(b, "static const struct entity entities[] = {\n");
    for (size_t i = 0; i < m->n; i++)
        entity(b, &m->entities[i]);
    buf_fmt(b, "};\n\nconst struct model builtin_model = {entities, %zu};\n",
            m->n);
}
