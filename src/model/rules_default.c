/* Defaults: does the value fit its field, and how does it stand in the
 * database. Pure; any thread that owns the context or arena. */
#include "base/json.h"
#include "model/props.h"

#include <inttypes.h>

/* The whole number a default stands for; false when it is none. */
static bool number_of(const struct field *f, const json_t *v, int64_t *out) {
    char text[24];
    if (f->type == FT_DECIMAL && json_is_string(v))
        return scaled(json_str(v), f->scale, out);
    if (!json_is_integer(v))
        return false;
    snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    return scaled(str_of(text), f->scale, out);
}

static bool is_transaction(const struct field *f) {
    return f->type == FT_INT && str_eqc(f->def, DEFAULT_TRANSACTION);
}

/* NULL, or the id of the rule that v breaks. */
static const char *default_flaw(const struct field *f, const json_t *v) {
    int64_t n = 0;
    switch (f->type) {
    case FT_TEXT:
    case FT_LONGTEXT:
    case FT_EMAIL:
    case FT_PHONE:
    case FT_URL:
        return json_is_string(v) ? NULL : "model_default_type";
    case FT_INT:
    case FT_DECIMAL:
    case FT_MONEY:
        if (is_transaction(f))
            return NULL;
        if (!number_of(f, v, &n))
            return "model_default_type";
        if ((f->has_min && n < f->min) || (f->has_max && n > f->max))
            return "model_default_range";
        return NULL;
    case FT_BOOL:
        return json_is_boolean(v) ? NULL : "model_default_type";
    case FT_ENUM:
        if (!json_is_string(v))
            return "model_default_type";
        return field_option(f, json_str(v)) ? NULL : "model_default_option";
    case FT_SET:
        if (!json_is_array(v))
            return "model_default_type";
        for (size_t i = 0; i < json_array_size(v); i++) {
            const json_t *o = json_array_get(v, i);
            if (!json_is_string(o) || !field_option(f, json_str(o)))
                return "model_default_option";
        }
        return NULL;
    case FT_JSON:
        return NULL;
    default: /* dates, refs, bytes: a fixed one makes no sense */
        return "model_default_none";
    }
}

void default_rules(const struct spot *s, struct str path,
                   const struct field *f) {
    json_t *v;
    if (f->def.n == 0)
        return;
    struct str where = S("default");
    if (path.n > 0)
        where = str_cat(s->c->arena, path, S(".default"));
    /* f->def was written by us from JSON, but may be one bare value */
    json_error_t e;
    v = json_loadb(f->def.p, f->def.n, JSON_DECODE_ANY, &e);
    const char *code = v != NULL ? default_flaw(f, v) : "model_default_type";
    if (code != NULL)
        flaw(s, where, code, f->def, str_of(field_type_name(f->type)));
    json_decref(v);
}

struct str sql_quoted(struct arena *a, struct str s) {
    struct buf b;
    buf_init(&b, a, 2 * s.n + 2);
    buf_byte(&b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'')
            buf_byte(&b, '\'');
        buf_byte(&b, s.p[i]);
    }
    buf_byte(&b, '\'');
    return buf_view(&b);
}

static struct str set_sql(struct arena *a, const json_t *v) {
    struct buf b;
    buf_init(&b, a, 1 << 16);
    for (size_t i = 0; i < json_array_size(v); i++) {
        buf_byte(&b, ',');
        buf_str(&b, json_str(json_array_get(v, i)));
    }
    if (json_array_size(v) > 0)
        buf_byte(&b, ',');
    return sql_quoted(a, buf_view(&b));
}

struct str default_sql(struct arena *a, const struct field *f, bool postgres) {
    json_error_t e;
    struct str out = {0};
    int64_t n = 0;
    if (f->def.n == 0)
        return out;
    if (is_transaction(f))
        return postgres ? S("(pg_current_xact_id()::text)::bigint") : S("0");
    if (f->type == FT_JSON)
        return sql_quoted(a, f->def);
    json_t *v = json_loadb(f->def.p, f->def.n, JSON_DECODE_ANY, &e);
    if (json_is_array(v))
        out = set_sql(a, v);
    else if (json_is_boolean(v))
        out = json_is_true(v) ? S("1") : S("0");
    else if (number_of(f, v, &n))
        out = str_fmt(a, "%" PRId64, n);
    else if (json_is_string(v))
        out = sql_quoted(a, json_str(v));
    json_decref(v);
    return out;
}

struct str field_fill_text(struct arena *a, const struct field *f) {
    json_error_t e;
    struct str out = {0};
    if (f->fill.n == 0)
        return out;
    json_t *v = json_loadb(f->fill.p, f->fill.n, JSON_DECODE_ANY, &e);
    if (json_is_string(v) && type_is_text(f->type))
        out = str_dup(a, json_str(v));
    json_decref(v);
    return out;
}
