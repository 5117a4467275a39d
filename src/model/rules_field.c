/* Rules one field must meet: which properties go with which type, limits,
 * defaults. Notes all flaws, owns nothing; any thread that owns the context.
 */
#include "base/json.h"
#include "base/pattern.h"
#include "model/props.h"

#include <inttypes.h>

#define NAME_MAX_BYTES 48 /* leaves room for _digits in PostgreSQL's 63 */
#define OPTIONS_MAX 300
#define SCALE_MAX 9
#define TEXT_MAX 1000000

bool is_identifier(struct str s, size_t max) {
    if (s.n == 0 || s.n > max || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool good = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') ||
                    (ch == '_' && s.p[i - 1] != '_');
        if (!good)
            return false;
    }
    return s.p[s.n - 1] != '_';
}

bool type_is_text(enum field_type t) {
    return t == FT_TEXT || t == FT_LONGTEXT || t == FT_EMAIL || t == FT_PHONE ||
           t == FT_URL || t == FT_JSON;
}

bool type_is_number(enum field_type t) {
    return t == FT_INT || t == FT_DECIMAL || t == FT_MONEY;
}

bool scaled(struct str s, int scale, int64_t *out) {
    bool negative = s.n > 0 && s.p[0] == '-';
    struct str rest = str_sub(s, negative ? 1 : 0, s.n);
    struct str whole = {0}, part = {0};
    if (!str_cut(&rest, '.', &whole) || whole.n == 0)
        return false;
    bool pointed = whole.n + (negative ? 1u : 0u) < s.n;
    part = rest;
    if ((pointed && part.n == 0) || part.n > (size_t)scale)
        return false;
    int64_t v = 0;
    for (size_t i = 0; i < whole.n + (size_t)scale; i++) {
        size_t k = i - whole.n;
        char ch = i < whole.n ? whole.p[i] : k < part.n ? part.p[k] : '0';
        if (ch < '0' || ch > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, ch - '0', &v))
            return false;
    }
    *out = negative ? -v : v;
    return true;
}

/* What one rule needs to speak: where it is and in which field. */
struct place {
    const struct spot *spot;
    struct str path; /* "fields.name" or empty */
    const struct field *f;
};

static void note(const struct place *p, const char *prop, const char *code,
                 struct str a, struct str b) {
    struct str path = str_of(prop);
    if (p->path.n > 0)
        path = str_fmt(p->spot->c->arena, "%.*s.%s", STR_ARG(p->path), prop);
    flaw(p->spot, path, code, a, b);
}

static struct str type_of(const struct place *p) {
    return str_of(field_type_name(p->f->type));
}

/* A property that does not go with the type. */
static void only(const struct place *p, bool set, bool fits, const char *prop) {
    if (set && !fits)
        note(p, prop, "model_not_for_type", str_of(prop), type_of(p));
}

static void name_rules(const struct place *p) {
    static const struct str suffixes[] = {S_INIT("_fold"), S_INIT("_sort"),
                                          S_INIT("_digits")};
    struct str name = p->f->name;
    if (!is_identifier(name, NAME_MAX_BYTES)) {
        note(p, "name", "model_bad_name", name, S(""));
        return;
    }
    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        if (str_ends(name, suffixes[i]))
            note(p, "name", "model_reserved_suffix", name, suffixes[i]);
}

static void option_rules(const struct place *p) {
    const struct field *f = p->f;
    bool wanted = f->type == FT_ENUM || f->type == FT_SET;
    only(p, f->n_options > 0, wanted, "options");
    if (wanted && f->n_options == 0)
        note(p, "options", "model_options_missing", f->name, S(""));
    if (f->n_options > OPTIONS_MAX)
        note(p, "options", "model_too_many_options", f->name, S(""));
    for (size_t i = 0; i < f->n_options; i++) {
        struct str v = f->options[i].value;
        if (!is_identifier(v, NAME_MAX_BYTES))
            note(p, "options", "model_bad_name", v, S(""));
        for (size_t j = 0; j < i; j++)
            if (str_eq(v, f->options[j].value))
                note(p, "options", "model_option_twice", v, S(""));
    }
}

static void limit_rules(const struct place *p) {
    const struct field *f = p->f;
    bool text = type_is_text(f->type);
    only(p, f->has_max, text || type_is_number(f->type), "max");
    only(p, f->has_min, text || type_is_number(f->type), "min");
    only(p, f->pattern.n > 0, text && f->type != FT_JSON, "pattern");
    if (f->pattern.n > PATTERN_MAX ||
        (f->pattern.n > 0 && !pattern_good(f->pattern)))
        note(p, "pattern", "model_bad_pattern", f->pattern, S(""));
    if (text && f->has_min && f->min < 0)
        note(p, "min", "model_bad_length", S(""), S(""));
    if (text && f->has_max && (f->max <= 0 || f->max > TEXT_MAX))
        note(p, "max", "model_bad_length", S(""), S(""));
    if (f->has_max && f->has_min && f->max < f->min)
        note(p, "max", "model_max_below_min", S(""), S(""));
    only(p, f->scale != 0, f->type == FT_DECIMAL, "scale");
    only(p, f->unit != UNIT_NONE, f->type == FT_DECIMAL, "unit");
    only(p, f->past, f->type == FT_DATE, "past");
    if (f->type == FT_DECIMAL && (f->scale < 1 || f->scale > SCALE_MAX))
        note(p, "scale", "model_bad_scale", S(""), S(""));
}

static void ref_rules(const struct place *p) {
    const struct field *f = p->f;
    bool ref = f->type == FT_REF;
    only(p, f->to.n > 0, ref, "to");
    only(p, f->on_delete != DEL_RESTRICT, ref, "on_delete");
    only(p, f->currency.n > 0, f->type == FT_MONEY, "currency");
    if (ref && f->to.n == 0)
        note(p, "to", "model_missing_property", S("to"), S(""));
    /* A custom reference may lose its target all the same. */
    if (f->required && f->on_delete == DEL_CLEAR && p->path.n > 0)
        note(p, "on_delete", "model_clear_required", f->name, S(""));
}

static void flag_rules(const struct place *p) {
    const struct field *f = p->f;
    enum field_type t = f->type;
    bool large = t == FT_LONGTEXT || t == FT_JSON || t == FT_BLOB;
    bool point = t == FT_PHONE || t == FT_EMAIL;
    only(p, f->search, type_is_text(t) && t != FT_JSON, "search");
    only(p, f->sortable, !large && t != FT_SET, "sortable");
    only(p, f->index, !large && t != FT_SET, "index");
    only(p, f->unique, !large && t != FT_SET && t != FT_BOOL, "unique");
    only(p, f->points, point, "points");
    only(p, f->currency_code, t == FT_TEXT, "currency_code");
    only(p, f->start_texts.n > 0, t == FT_TEXT || t == FT_LONGTEXT,
         "start_texts");
    if (f->secret && f->search)
        note(p, "search", "model_secret_open", f->name, S("search"));
    if (f->secret && f->sortable)
        note(p, "sortable", "model_secret_open", f->name, S("sortable"));
    if (f->readonly && f->create_only)
        note(p, "create_only", "model_readonly_create_only", f->name, S(""));
}

void field_rules(const struct spot *s, const struct entity *e,
                 const struct field *f) {
    struct place p = {s, {0}, f};
    if (e != NULL)
        p.path = str_fmt(s->c->arena, "fields.%.*s", STR_ARG(f->name));
    name_rules(&p);
    option_rules(&p);
    limit_rules(&p);
    ref_rules(&p);
    flag_rules(&p);
    default_rules(s, p.path, f);
}
