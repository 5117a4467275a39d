/* Writes a model as JSON in one normal form: the definitions again, fragments
 * taken in, defaults left out, nothing that the parser adds by itself. What is
 * read back by lock_parse is the same model. Pure. */
#include "base/json.h"
#include "model/emit.h"
#include "model/props.h"

#include <inttypes.h>

static const void *at(const void *object, size_t offset) {
    return (const char *)object + offset;
}

/* A member on a line of its own, so that versions compare line by line. */
static void new_line(struct jw *w) {
    if (w->comma)
        buf_byte(w->out, ',');
    buf_byte(w->out, '\n');
    w->comma = false;
}

static void write_label(struct jw *w, const struct label *l) {
    jw_object(w);
    jw_kstr(w, S("en"), l->text[LANG_EN]);
    jw_kstr(w, S("zh"), l->text[LANG_ZH]);
    jw_object_end(w);
}

static void write_options(struct jw *w, const struct option *o, size_t n) {
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_array(w);
        jw_str(w, o[i].value);
        jw_str(w, o[i].label.text[LANG_EN]);
        jw_str(w, o[i].label.text[LANG_ZH]);
        jw_array_end(w);
    }
    jw_array_end(w);
}

static void write_names(struct jw *w, struct names n) {
    jw_array(w);
    for (size_t i = 0; i < n.n; i++)
        jw_str(w, n.p[i]);
    jw_array_end(w);
}

static void write_names_list(struct jw *w, const struct names *p, size_t n) {
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        write_names(w, p[i]);
    jw_array_end(w);
}

/* Limits of decimals are written as the person wrote them: unscaled. */
static void write_limit(struct jw *w, int64_t v, int scale) {
    char digits[40];
    uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    uint64_t unit = 1;
    if (scale == 0) {
        jw_i64(w, v);
        return;
    }
    for (int i = 0; i < scale; i++)
        unit *= 10;
    int n =
        snprintf(digits, sizeof digits, "%s%" PRIu64 ".%0*" PRIu64,
                 v < 0 ? "-" : "", magnitude / unit, scale, magnitude % unit);
    jw_str(w, (struct str){digits, (size_t)n});
}

static void write_fields(struct jw *w, const struct entity *e);

/* True when the property has a value worth writing. */
static bool is_set(const struct prop *p, const void *object) {
    switch (p->kind) {
    case PROP_IGNORED:
        return false;
    case PROP_TEXT:
    case PROP_NAME:
    case PROP_DEFAULT:
        return ((const struct str *)at(object, p->at))->n > 0;
    case PROP_BOOL: {
        bool usual = str_eqc(p->name, "record"); /* true unless said */
        return *(const bool *)at(object, p->at) != usual;
    }
    case PROP_INT:
        return *(const int *)at(object, p->at) != 0;
    case PROP_WORD:
        return p->needed || *(const int *)at(object, p->at) != 0;
    case PROP_LIMIT:
        return *(const bool *)at(object, p->count);
    case PROP_NAMES:
        return ((const struct names *)at(object, p->at))->n > 0;
    case PROP_OPTIONS:
    case PROP_NAMES_LIST:
        return *(const size_t *)at(object, p->count) > 0;
    case PROP_LABEL:
    case PROP_FIELDS:
        return true;
    }
    return false;
}

static void write_prop(struct jw *w, const struct prop *p, const void *object,
                       int scale) {
    const void *v = at(object, p->at);
    jw_key(w, p->name);
    switch (p->kind) {
    case PROP_IGNORED:
        break;
    case PROP_TEXT:
    case PROP_NAME:
        jw_str(w, *(const struct str *)v);
        break;
    case PROP_DEFAULT:
        jw_raw(w, *(const struct str *)v);
        break;
    case PROP_BOOL:
        jw_bool(w, *(const bool *)v);
        break;
    case PROP_INT:
        jw_i64(w, *(const int *)v);
        break;
    case PROP_WORD:
        jw_str(w, p->words[*(const int *)v]);
        break;
    case PROP_LIMIT:
        write_limit(w, *(const int64_t *)v, scale);
        break;
    case PROP_LABEL:
        write_label(w, v);
        break;
    case PROP_OPTIONS:
        write_options(w, *(const struct option *const *)v,
                      *(const size_t *)at(object, p->count));
        break;
    case PROP_NAMES:
        write_names(w, *(const struct names *)v);
        break;
    case PROP_NAMES_LIST:
        write_names_list(w, *(const struct names *const *)v,
                         *(const size_t *)at(object, p->count));
        break;
    case PROP_FIELDS:
        write_fields(w, object);
        break;
    }
}

static void write_object(struct jw *w, struct props props, const void *object,
                         int scale) {
    jw_object(w);
    for (size_t i = 0; i < props.n; i++)
        if (is_set(&props.p[i], object))
            write_prop(w, &props.p[i], object, scale);
    jw_object_end(w);
}

static void write_fields(struct jw *w, const struct entity *e) {
    jw_array(w);
    for (size_t i = 0; i < e->n_fields; i++) {
        const struct field *f = &e->fields[i];
        if (f->system)
            continue;
        new_line(w);
        write_object(w, field_props, f, f->scale);
    }
    jw_array_end(w);
}

void emit_field(const struct field *f, struct buf *b) {
    struct jw w;
    jw_init(&w, b);
    write_object(&w, field_props, f, f->scale);
}

void emit_lock(const struct model *m, struct buf *b) {
    struct jw w;
    jw_init(&w, b);
    jw_object(&w);
    jw_key(&w, S("entities"));
    jw_array(&w);
    for (size_t i = 0; i < m->n; i++) {
        new_line(&w);
        write_object(&w, entity_props, &m->entities[i], 0);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    buf_byte(b, '\n');
}
