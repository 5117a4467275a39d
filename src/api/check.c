/* Walks an answer beside the shape of its route: no member too many, none too
 * few, each of its type. Reads the registry and the tables of shapes; owns
 * nothing. The path to what is wrong is built on the way back. */
#include "api/check.h"

#include "api/openapi.h"
#include "api/shapes.h"
#include "base/time.h"
#include "base/utf8.h"
#include "model/value.h"
#include "store/registry.h"
#include "store/sight.h"

struct checker {
    struct ctx *c;
    struct str why; /* empty while all is well */
};

static bool wrong(struct checker *k, const char *what) {
    k->why = str_of(what);
    return false;
}

/* Puts the member's name before what is wrong in it. */
static bool in_member(struct checker *k, struct str name) {
    struct str sep = k->why.n > 0 && (k->why.p[0] == '[' || k->why.p[0] == '.')
                         ? S("")
                         : S(": ");
    k->why = str_fmt(k->c->arena, "." STR_FMT STR_FMT STR_FMT, STR_ARG(name),
                     STR_ARG(sep), STR_ARG(k->why));
    return false;
}

static bool wrong_member(struct checker *k, struct str name, const char *what) {
    wrong(k, what);
    return in_member(k, name);
}

static bool in_element(struct checker *k, size_t i) {
    bool path = k->why.n > 0 && (k->why.p[0] == '[' || k->why.p[0] == '.');
    k->why = str_fmt(k->c->arena, "[%zu]%s" STR_FMT, i, path ? "" : ": ",
                     STR_ARG(k->why));
    return false;
}

/* --- texts with a form -------------------------------------------------- */

static bool digits_at(struct str s, size_t from, size_t n) {
    for (size_t i = from; i < from + n; i++)
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* 2026-03-21, and a day that exists. */
static bool is_date(struct str s) {
    int32_t day;
    return s.n == 10 && digits_at(s, 0, 4) && s.p[4] == '-' &&
           digits_at(s, 5, 2) && s.p[7] == '-' && digits_at(s, 8, 2) &&
           day_parse(s, DATE_YMD, &day) == TIME_OK;
}

/* 2026-03-21T08:00:00Z, with or without .123 */
static bool is_instant(struct str s) {
    if (s.n < 20 || !is_date(str_sub(s, 0, 10)) || s.p[10] != 'T' ||
        !digits_at(s, 11, 2) || s.p[13] != ':' || !digits_at(s, 14, 2) ||
        s.p[16] != ':' || !digits_at(s, 17, 2) || s.p[s.n - 1] != 'Z')
        return false;
    return s.n == 20 || (s.n == 24 && s.p[19] == '.' && digits_at(s, 20, 3));
}

/* -12.50 with at most scale decimals. */
static bool is_decimal(struct str s, size_t scale) {
    size_t at = s.n > 0 && s.p[0] == '-' ? 1 : 0, whole = at;
    while (at < s.n && digits_at(s, at, 1))
        at++;
    if (at == whole || at == s.n)
        return at != whole;
    size_t behind = s.n - at - 1;
    return s.p[at] == '.' && behind > 0 && behind <= scale &&
           digits_at(s, at + 1, behind);
}

static bool has_word(struct str words, struct str s) {
    struct str word;
    while (str_cut(&words, ' ', &word))
        if (str_eq(word, s))
            return true;
    return false;
}

/* --- fields of the model ------------------------------------------------ */

static bool set_value(struct checker *k, const struct field *f, json_t *j) {
    if (!json_is_array(j))
        return wrong(k, "not an array");
    for (size_t i = 0; i < json_array_size(j); i++) {
        json_t *one = json_array_get(j, i);
        if (!json_is_string(one) || field_option(f, json_str(one)) == NULL) {
            wrong(k, "not an option");
            return in_element(k, i);
        }
    }
    return true;
}

static bool text_value(struct checker *k, const struct field *f, json_t *j) {
    if (!json_is_string(j))
        return wrong(k, "not a text");
    struct str s = json_str(j);
    int64_t max = field_max_chars(f);
    switch (f->type) {
    case FT_DATE:
        return is_date(s) || wrong(k, "not a date");
    case FT_INSTANT:
        return is_instant(s) || wrong(k, "not an instant");
    case FT_DECIMAL:
        return is_decimal(s, (size_t)f->scale) || wrong(k, "not a decimal");
    case FT_ENUM:
        return field_option(f, s) != NULL || wrong(k, "not an option");
    default:
        return max == 0 || utf8_count(s) <= (size_t)max ||
               wrong(k, "longer than the field's limit");
    }
}

static bool number_value(struct checker *k, const struct field *f, json_t *j) {
    if (!json_is_integer(j))
        return wrong(k, "not an integer");
    if (f->type == FT_REF && json_integer_value(j) <= 0)
        return wrong(k, "not an id");
    return true;
}

static bool field_value(struct checker *k, const struct field *f, json_t *j) {
    if (json_is_null(j))
        return (!f->required && f->type != FT_SET) || wrong(k, "null");
    switch (f->type) {
    case FT_INT:
    case FT_MONEY:
    case FT_REF:
        return number_value(k, f, j);
    case FT_BOOL:
        return json_is_boolean(j) || wrong(k, "not a boolean");
    case FT_SET:
        return set_value(k, f, j);
    case FT_JSON:
        return true;
    default:
        return text_value(k, f, j);
    }
}

/* Masked, or masked in places: a text of any length, or nothing. */
static bool seen_value(struct checker *k, const struct field *f, enum see see,
                       json_t *j) {
    bool text = field_is_text(f) && f->type != FT_ENUM && f->type != FT_SET;
    if (see != SEE_FULL && (json_is_null(j) || (text && json_is_string(j))))
        return true;
    return field_value(k, f, j);
}

/* A record: all its fields, or some of them. */
static bool record_value(struct checker *k, const struct entity_info *i,
                         json_t *j, bool whole) {
    const char *key;
    size_t len, n = 0;
    json_t *v;
    if (!json_is_object(j))
        return wrong(k, "not an object");
    json_object_keylen_foreach(j, key, len, v) {
        struct str name = {key, len};
        const struct field *f = info_field(i, name);
        if (f == NULL || !sight_field(k->c, i, f))
            return wrong_member(k, name, "not declared");
        if (!seen_value(k, f, sight_of(k->c, i, f), v))
            return in_member(k, name);
        n++;
    }
    for (size_t x = 0; whole && x < i->n_fields; x++)
        n -= sight_field(k->c, i, i->fields[x]) ? 1 : 0;
    return !whole || n == 0 || wrong(k, "members are missing");
}

/* --- shapes ------------------------------------------------------------- */

static bool object_value(struct checker *k, const struct shape *s, json_t *j);
static bool value(struct checker *k, struct str type, json_t *j);

static bool array_value(struct checker *k, struct str type, json_t *j) {
    if (!json_is_array(j))
        return wrong(k, "not an array");
    for (size_t i = 0; i < json_array_size(j); i++)
        if (!value(k, type, json_array_get(j, i)))
            return in_element(k, i);
    return true;
}

static bool map_value(struct checker *k, struct str type, json_t *j) {
    const char *key;
    json_t *v;
    if (!json_is_object(j))
        return wrong(k, "not an object");
    json_object_foreach(j, key, v) {
        if (!value(k, type, v))
            return in_member(k, str_of(key));
    }
    return true;
}

static bool one_type(struct checker *k, const struct shape_type *t, json_t *j) {
    bool text = json_is_string(j);
    struct str s = text ? json_str(j) : S("");
    switch (t->kind) {
    case SHAPE_TEXT:
        return text || wrong(k, "not a text");
    case SHAPE_INTEGER:
        return json_is_integer(j) || wrong(k, "not an integer");
    case SHAPE_NUMBER:
        return json_is_number(j) || wrong(k, "not a number");
    case SHAPE_BOOLEAN:
        return json_is_boolean(j) || wrong(k, "not a boolean");
    case SHAPE_DATE:
        return (text && is_date(s)) || wrong(k, "not a date");
    case SHAPE_INSTANT:
        return (text && is_instant(s)) || wrong(k, "not an instant");
    case SHAPE_DECIMAL:
        return (text && is_decimal(s, 18)) || wrong(k, "not a decimal");
    case SHAPE_ANY:
        return true;
    case SHAPE_NULL:
        return json_is_null(j) || wrong(k, "not null");
    case SHAPE_ENUM:
        return (text && has_word(t->arg, s)) || wrong(k, "not among the words");
    case SHAPE_FIELD:
        return seen_value(k, openapi_field(k->c, t->arg),
                          openapi_see(k->c, t->arg), j);
    case SHAPE_OBJECT:
        return object_value(k, shape_find(t->arg), j);
    case SHAPE_ARRAY:
        return array_value(k, t->arg, j);
    case SHAPE_MAP:
        return map_value(k, t->arg, j);
    }
    return false;
}

static bool value(struct checker *k, struct str type, json_t *j) {
    struct shape_type t;
    while (shape_type_next(&type, &t))
        if (one_type(k, &t, j))
            return true;
    return false;
}

static const struct shape_member *find_member(const struct shape *s,
                                              struct str name) {
    bool optional;
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(shape_member_name(&s->members[i], &optional), name))
            return &s->members[i];
    return NULL;
}

static bool object_value(struct checker *k, const struct shape *s, json_t *j) {
    const char *key;
    json_t *v;
    if (s == NULL)
        return wrong(k, "of a shape that does not exist");
    if (!json_is_object(j))
        return wrong(k, "not an object");
    json_object_foreach(j, key, v) {
        const struct shape_member *m = find_member(s, str_of(key));
        const char *type = m != NULL ? m->type : s->others;
        if (type == NULL)
            return wrong_member(k, str_of(key), "not declared");
        if (!value(k, str_of(type), v))
            return in_member(k, str_of(key));
    }
    for (size_t i = 0; i < s->n; i++) {
        bool optional;
        struct str name = shape_member_name(&s->members[i], &optional);
        if (!optional && json_object_getn(j, name.p, name.n) == NULL)
            return wrong_member(k, name, "missing");
    }
    return true;
}

/* --- lists -------------------------------------------------------------- */

/* {"3":{"id":3,"name":"…"}}: the titles of one entity. */
static bool titles(struct checker *k, struct str plural, json_t *j) {
    const struct entity_info *i = registry_plural(k->c->registry, plural);
    const char *key;
    json_t *v;
    if (i == NULL)
        return wrong(k, "no such entity");
    if (!json_is_object(j))
        return wrong(k, "not an object");
    json_object_foreach(j, key, v) {
        if (!record_value(k, i, v, false))
            return in_member(k, str_of(key));
        struct str id =
            str_fmt(k->c->arena, "%lld",
                    (long long)json_integer_value(json_object_get(v, "id")));
        if (!str_eqc(id, key))
            return wrong_member(k, str_of(key), "not under its id");
    }
    return true;
}

static bool included(struct checker *k, json_t *j) {
    const char *key;
    json_t *v;
    if (!json_is_object(j))
        return wrong(k, "not an object");
    json_object_foreach(j, key, v) {
        if (!titles(k, str_of(key), v))
            return in_member(k, str_of(key));
    }
    return true;
}

static bool rows(struct checker *k, const struct entity_info *i, json_t *j) {
    if (!json_is_array(j))
        return wrong(k, "not an array");
    for (size_t x = 0; x < json_array_size(j); x++)
        if (!record_value(k, i, json_array_get(j, x), false))
            return in_element(k, x);
    return true;
}

static bool list_value(struct checker *k, const struct entity_info *i,
                       json_t *j) {
    const char *key;
    json_t *v;
    json_object_foreach(j, key, v) {
        struct str name = str_of(key);
        bool good = str_eqc(name, "data")       ? rows(k, i, v)
                    : str_eqc(name, "links")    ? value(k, S("#links"), v)
                    : str_eqc(name, "count")    ? value(k, S("#count"), v)
                    : str_eqc(name, "included") ? included(k, v)
                    : str_eqc(name, "tags")
                        ? value(k, S("{[#record_tag_mark]}"), v)
                        : wrong(k, "not declared");
        if (!good)
            return in_member(k, name);
    }
    return (json_object_get(j, "data") != NULL &&
            json_object_get(j, "links") != NULL) ||
           wrong(k, "without data or links");
}

/* --- answers ------------------------------------------------------------ */

static bool success(struct checker *k, const struct call *call, json_t *j) {
    struct str out = str_of(call->route->out);
    if (out.n == 0)
        return wrong(k, "no shape is declared (.out of the route)");
    if (str_has_byte(out, '/')) /* a media type: any content */
        return true;
    if (str_eqc(out, "list") || str_eqc(out, "record")) {
        const struct entity_info *i =
            registry_plural(k->c->registry, call->path[0]);
        return str_eqc(out, "list") ? list_value(k, i, j)
                                    : record_value(k, i, j, true);
    }
    const struct shape *s = shape_find(out);
    int want = s != NULL && s->status != 0 ? s->status : 200;
    if (call->rq->reply.status != want)
        return wrong(k, "another status than declared");
    return object_value(k, s, j);
}

static bool body_matches(struct checker *k, const struct call *call,
                         struct str body) {
    json_error_t e;
    json_t *j = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &e);
    if (j == NULL)
        return wrong(k, "not JSON");
    bool failed = call->rq->reply.status >= 400;
    bool good = failed ? object_value(k, shape_find(S("problem")), j)
                       : success(k, call, j);
    json_decref(j);
    return good;
}

bool check_reply(struct ctx *c, const struct call *call, struct str *why_out) {
    struct checker k = {.c = c};
    const struct http_reply *r = &call->rq->reply;
    bool json = str_starts(r->content_type, S("application/json")) ||
                str_starts(r->content_type, S("application/problem+json"));
    bool good = true;
    if (call->route != NULL && r->status >= 400 &&
        !openapi_may_fail(call->route, r->status))
        good = wrong(&k, "this status is not declared");
    else if (json && r->file < 0 && r->body.n > 0)
        good = body_matches(&k, call, r->body);
    *why_out = k.why;
    return good;
}
