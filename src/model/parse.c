/* Definition text → structs. Table-driven: props.c says what exists. All
 * problems of a definition are noted before it is refused. Everything lives in
 * the context's arena; any thread that owns the context. */
#include "model/parse.h"

#include "base/json.h"
#include "model/props.h"

#include <inttypes.h>

/* Which file is read, and what it may name. */
struct reader {
    struct ctx *c;
    struct str file;
    struct fragments fragments;
};

static const struct str label_langs[] = {S_INIT("zh"), S_INIT("en")};
_Static_assert(COUNT_OF(label_langs) == LANG_COUNT, "a key for each language");

void flaw(const struct spot *s, struct str path, const char *code, struct str a,
          struct str b) {
    struct arena *arena = s->c->arena;
    struct str where = path;
    if (s->file.n > 0)
        where = str_fmt(arena, "%.*s%s%.*s", STR_ARG(s->file),
                        path.n > 0 ? ": " : "", STR_ARG(path));
    if (b.n > 0 && str_starts(str_of(code), S("model_unknown_")))
        code = str_cstr(arena, str_cat(arena, str_of(code), S("_near")));
    enum err noted = failv(s->c, ERR_INVALID, where, code, ARGS(V(a), V(b)));
    (void)noted; /* c->failed holds it; readers go on to find more */
}

static void wrong(struct reader *r, struct str path, const char *code,
                  struct str a, struct str b) {
    struct spot s = {r->c, r->file};
    flaw(&s, path, code, a, b);
}

static struct str below(struct reader *r, struct str path, struct str key) {
    if (path.n == 0)
        return str_dup(r->c->arena, key);
    return str_fmt(r->c->arena, "%.*s.%.*s", STR_ARG(path), STR_ARG(key));
}

static struct str nth(struct reader *r, struct str path, size_t i) {
    return str_fmt(r->c->arena, "%.*s[%zu]", STR_ARG(path), i);
}

static bool want(struct reader *r, struct str path, bool right,
                 const char *type) {
    if (!right)
        wrong(r, path, "model_wrong_type", str_of(type), S(""));
    return right;
}

static struct str text_of(struct reader *r, struct str path, const json_t *v) {
    if (!want(r, path, json_is_string(v), "string"))
        return (struct str){0};
    return str_dup(r->c->arena, json_str(v));
}

/* --- values of properties ------------------------------------------------ */

static struct label label_of(struct reader *r, struct str path,
                             const json_t *v) {
    struct label l = {0};
    if (!want(r, path, json_is_object(v), "object"))
        return l;
    const char *key;
    json_t *text;
    json_object_foreach((json_t *)(uintptr_t)v, key, text) {
        size_t i = 0;
        while (i < LANG_COUNT && !str_eqc(label_langs[i], key))
            i++;
        struct str where = below(r, path, str_of(key));
        if (i == LANG_COUNT)
            wrong(r, where, "model_unknown_language", str_of(key), S(""));
        else
            l.text[i] = text_of(r, where, text);
    }
    for (size_t i = 0; i < LANG_COUNT; i++)
        if (str_trim(l.text[i]).n == 0)
            wrong(r, path, "model_label_missing", label_langs[i], S(""));
    return l;
}

static bool is_triple(const json_t *v) {
    if (json_array_size(v) != 3)
        return false;
    for (size_t i = 0; i < 3; i++)
        if (!json_is_string(json_array_get(v, i)) ||
            str_trim(json_str(json_array_get(v, i))).n == 0)
            return false;
    return true;
}

static void options_of(struct reader *r, struct str path, const json_t *v,
                       const struct option **out, size_t *n_out) {
    if (!want(r, path, json_is_array(v), "array"))
        return;
    size_t n = json_array_size(v);
    struct option *o = NEW_ARRAY(r->c->arena, struct option, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *t = json_array_get(v, i);
        if (!is_triple(t)) {
            wrong(r, nth(r, path, i), "model_bad_option", S(""), S(""));
            continue;
        }
        o[i].value = str_dup(r->c->arena, json_str(json_array_get(t, 0)));
        o[i].label.text[LANG_EN] =
            str_dup(r->c->arena, json_str(json_array_get(t, 1)));
        o[i].label.text[LANG_ZH] =
            str_dup(r->c->arena, json_str(json_array_get(t, 2)));
    }
    *out = o;
    *n_out = n;
}

static struct names names_of(struct reader *r, struct str path,
                             const json_t *v) {
    struct names out = {0};
    if (!want(r, path, json_is_array(v), "array"))
        return out;
    size_t n = json_array_size(v);
    struct str *p = NEW_ARRAY(r->c->arena, struct str, n);
    for (size_t i = 0; i < n; i++)
        p[i] = text_of(r, nth(r, path, i), json_array_get(v, i));
    return (struct names){p, n};
}

static void names_list_of(struct reader *r, struct str path, const json_t *v,
                          const struct names **out, size_t *n_out) {
    if (!want(r, path, json_is_array(v), "array"))
        return;
    size_t n = json_array_size(v);
    struct names *p = NEW_ARRAY(r->c->arena, struct names, n);
    for (size_t i = 0; i < n; i++)
        p[i] = names_of(r, nth(r, path, i), json_array_get(v, i));
    *out = p;
    *n_out = n;
}

static int append(const char *p, size_t n, void *buf) {
    buf_str(buf, (struct str){p, n});
    return 0;
}

/* The JSON text of a value in one normal form. */
static struct str json_text(struct arena *a, const json_t *v) {
    struct buf b;
    buf_init(&b, a, 1 << 20);
    if (json_dump_callback(v, append, &b, JSON_ENCODE_ANY | JSON_COMPACT) != 0)
        return (struct str){0};
    return buf_view(&b);
}

static int word_of(struct reader *r, struct str path, const json_t *v,
                   const struct prop *p) {
    struct str s = text_of(r, path, v);
    for (size_t i = 0; i < p->n_words; i++)
        if (str_eq(s, p->words[i]))
            return (int)i;
    if (json_is_string(v))
        wrong(r, path, "model_unknown_word", s,
              nearest(s, p->words, p->n_words));
    return 0;
}

/* Limits count the field's own units: characters, or 10^-scale. */
static int64_t limit_of(struct reader *r, struct str path, const json_t *v,
                        int scale) {
    struct str s = {0};
    int64_t out = 0;
    if (json_is_integer(v))
        s = str_fmt(r->c->arena, "%" JSON_INTEGER_FORMAT,
                    json_integer_value(v));
    else if (json_is_string(v))
        s = json_str(v);
    else
        want(r, path, false, "integer");
    if (s.n > 0 && !scaled(s, scale, &out))
        wrong(r, path, "model_bad_number", s, S(""));
    return out;
}

/* --- objects ------------------------------------------------------------- */

static void *at(void *object, size_t offset) {
    return (char *)object + offset;
}

/* Scale of the field being read: limits depend on it whatever the order. */
static int scale_of(const json_t *object) {
    json_int_t n = json_integer_value(json_object_get(object, "scale"));
    return n < 0 || n > 9 ? 0 : (int)n;
}

static void read_prop(struct reader *r, struct str path, const struct prop *p,
                      const json_t *object, const json_t *v, void *out) {
    switch (p->kind) {
    case PROP_IGNORED:
    case PROP_FIELDS: /* read_fields */
        break;
    case PROP_TEXT:
    case PROP_NAME:
        *(struct str *)at(out, p->at) = text_of(r, path, v);
        break;
    case PROP_BOOL:
        if (want(r, path, json_is_boolean(v), "true or false"))
            *(bool *)at(out, p->at) = json_is_true(v);
        break;
    case PROP_INT:
        if (want(r, path, json_is_integer(v), "integer"))
            *(int *)at(out, p->at) = json_integer_value(v) > INT32_MAX ||
                                             json_integer_value(v) < INT32_MIN
                                         ? -1
                                         : (int)json_integer_value(v);
        break;
    case PROP_WORD:
        *(int *)at(out, p->at) = word_of(r, path, v, p);
        break;
    case PROP_LABEL:
        *(struct label *)at(out, p->at) = label_of(r, path, v);
        break;
    case PROP_LIMIT:
        *(int64_t *)at(out, p->at) = limit_of(r, path, v, scale_of(object));
        *(bool *)at(out, p->count) = true;
        break;
    case PROP_DEFAULT:
        *(struct str *)at(out, p->at) = json_text(r->c->arena, v);
        break;
    case PROP_OPTIONS:
        options_of(r, path, v, at(out, p->at), at(out, p->count));
        break;
    case PROP_NAMES:
        *(struct names *)at(out, p->at) = names_of(r, path, v);
        break;
    case PROP_NAMES_LIST:
        names_list_of(r, path, v, at(out, p->at), at(out, p->count));
        break;
    }
}

static const struct prop *find_prop(struct props props, struct str name) {
    for (size_t i = 0; i < props.n; i++)
        if (str_eq(props.p[i].name, name))
            return &props.p[i];
    return NULL;
}

static void read_object(struct reader *r, struct str path, struct props props,
                        const json_t *object, void *out) {
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)object, key, v) {
        const struct prop *p = find_prop(props, str_of(key));
        struct str where = below(r, path, str_of(key));
        if (p != NULL) {
            read_prop(r, where, p, object, v, out);
            continue;
        }
        struct str *words = NEW_ARRAY(r->c->arena, struct str, props.n);
        for (size_t i = 0; i < props.n; i++)
            words[i] = props.p[i].name;
        wrong(r, where, "model_unknown_property", str_of(key),
              nearest(str_of(key), words, props.n));
    }
    for (size_t i = 0; i < props.n; i++)
        if (props.p[i].needed &&
            json_object_get(object, props.p[i].name.p) == NULL)
            wrong(r, path, "model_missing_property", props.p[i].name, S(""));
}

/* --- fields -------------------------------------------------------------- */

struct field_list {
    VEC(struct field) v;
};

static struct str field_path(struct reader *r, struct str path, const json_t *v,
                             size_t i) {
    const json_t *name = json_object_get(v, "name");
    if (json_is_string(name))
        return below(r, path, json_str(name));
    return nth(r, path, i);
}

static void read_fields(struct reader *r, struct str path, const json_t *array,
                        bool in_fragment, struct field_list *out);

static void take_fragment(struct reader *r, struct str path, const json_t *v,
                          struct field_list *out) {
    struct str name = text_of(r, path, json_object_get(v, "fragment"));
    if (json_object_size(v) != 1)
        wrong(r, path, "model_fragment_alone", name, S(""));
    for (size_t i = 0; i < r->fragments.n; i++) {
        const struct fragment *f = &r->fragments.p[i];
        if (!str_eq(f->name, name))
            continue;
        struct reader inner = {r->c, f->file, {0}};
        read_fields(&inner, S("fields"), f->fields, true, out);
        return;
    }
    wrong(r, path, "model_unknown_fragment", name, S(""));
}

static void read_fields(struct reader *r, struct str path, const json_t *array,
                        bool in_fragment, struct field_list *out) {
    if (!want(r, path, json_is_array(array), "array"))
        return;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *v = json_array_get(array, i);
        struct str where = field_path(r, path, v, i);
        if (!want(r, where, json_is_object(v), "object"))
            continue;
        if (!in_fragment && json_object_get(v, "fragment") != NULL) {
            take_fragment(r, where, v, out);
            continue;
        }
        struct field *f = VEC_PUSH(r->c->arena, &out->v);
        read_object(r, where, field_props, v, f);
    }
}

/* Sections of the entity and of the fragments it takes in. */
static void join_groups(struct reader *r, const json_t *fields,
                        struct entity *e) {
    VEC(struct option) all = {0};
    for (size_t i = 0; i < e->n_groups; i++)
        *VEC_PUSH(r->c->arena, &all) = e->groups[i];
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *name =
            json_object_get(json_array_get(fields, i), "fragment");
        for (size_t j = 0; json_is_string(name) && j < r->fragments.n; j++) {
            const struct fragment *f = &r->fragments.p[j];
            const struct option *o = NULL;
            size_t n = 0;
            if (!str_eq(f->name, json_str(name)) || f->groups == NULL)
                continue;
            struct reader inner = {r->c, f->file, {0}};
            options_of(&inner, S("groups"), f->groups, &o, &n);
            for (size_t k = 0; k < n; k++)
                *VEC_PUSH(r->c->arena, &all) = o[k];
        }
    }
    e->groups = all.p;
    e->n_groups = all.n;
}

static void gather_fields(struct reader *r, const json_t *array,
                          struct entity *e) {
    struct field_list own = {0};
    struct fields_out sys;
    if (array != NULL)
        read_fields(r, S("fields"), array, false, &own);
    system_fields(e, &sys);
    struct field *all = NEW_ARRAY(r->c->arena, struct field, sys.n + own.v.n);
    for (size_t i = 0; i < sys.n; i++)
        all[i] = *sys.f[i];
    for (size_t i = 0; i < own.v.n; i++) {
        struct field *f = &all[sys.n + i];
        *f = own.v.p[i];
        f->sidecar = e->sidecar_of.n > 0;
        f->readonly = f->readonly || f->sidecar;
    }
    e->fields = all;
    e->n_fields = sys.n + own.v.n;
}

/* --- entry points -------------------------------------------------------- */

/* Runs fn's rules apart from problems noted before: each definition has its
 * own verdict, the context keeps the first failure. */
static enum err verdict(struct ctx *c, enum err before) {
    enum err mine = c->failed;
    if (before != OK)
        c->failed = before;
    return mine;
}

static void parse_entity(struct reader *r, const json_t *json,
                         struct entity *out) {
    *out = (struct entity){.record = true};
    if (!want(r, S(""), json_is_object(json), "object"))
        return;
    read_object(r, S(""), entity_props, json, out);
    const json_t *fields = json_object_get(json, "fields");
    gather_fields(r, fields, out);
    join_groups(r, fields, out);
}

enum err entity_parse_json(struct ctx *c, struct str file, const json_t *json,
                           struct fragments fragments, struct entity *out) {
    struct reader r = {c, file, fragments};
    enum err before = c->failed;
    c->failed = OK;
    parse_entity(&r, json, out);
    if (c->failed == OK)
        entity_rules(&(struct spot){c, file}, out);
    return verdict(c, before);
}

/* Reads JSON; a syntax error names the file. */
static enum err read_json(struct ctx *c, struct str file, struct str text,
                          json_t **out) {
    size_t before = c->problems.n;
    enum err e = json_read(c, text, out);
    for (size_t i = before; i < c->problems.n; i++)
        if (file.n > 0)
            c->problems.p[i].field = str_dup(c->arena, file);
    return e;
}

enum err entity_parse_with(struct ctx *c, struct str file, struct str json,
                           struct fragments fragments, struct entity *out) {
    json_t *v;
    TRY(read_json(c, file, json, &v));
    return entity_parse_json(c, file, v, fragments, out);
}

enum err entity_parse(struct ctx *c, struct str file, struct str json,
                      struct entity *out) {
    return entity_parse_with(c, file, json, (struct fragments){0}, out);
}

enum err field_parse(struct ctx *c, struct str file, struct str json,
                     struct field *out) {
    struct reader r = {c, file, {0}};
    enum err before = c->failed;
    json_t *v;
    TRY(read_json(c, file, json, &v));
    c->failed = OK;
    *out = (struct field){0};
    if (want(&r, S(""), json_is_object(v), "object"))
        read_object(&r, S(""), field_props, v, out);
    if (c->failed == OK)
        field_rules(&(struct spot){c, file}, NULL, out);
    return verdict(c, before);
}

enum err fragment_parse(struct ctx *c, struct str file, struct str json,
                        struct fragment *out) {
    struct reader r = {c, file, {0}};
    enum err before = c->failed;
    const char *key;
    json_t *v, *member;
    TRY(read_json(c, file, json, &v));
    c->failed = OK;
    *out = (struct fragment){.file = str_dup(c->arena, file)};
    if (!want(&r, S(""), json_is_object(v), "object"))
        return verdict(c, before);
    json_object_foreach(v, key, member) {
        if (str_eqc(S("name"), key))
            out->name = text_of(&r, S("name"), member);
        else if (str_eqc(S("fields"), key))
            out->fields = member;
        else if (str_eqc(S("groups"), key))
            out->groups = member;
        else if (!str_eqc(S("$schema"), key))
            wrong(&r, str_of(key), "model_unknown_property", str_of(key),
                  S(""));
    }
    if (out->name.n == 0)
        wrong(&r, S(""), "model_missing_property", S("name"), S(""));
    if (out->fields == NULL)
        wrong(&r, S(""), "model_missing_property", S("fields"), S(""));
    return verdict(c, before);
}
