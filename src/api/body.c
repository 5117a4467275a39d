/* Members of a request's JSON object. Owns nothing. */
#include "api/body.h"

#include "base/utf8.h"

static void note(struct ctx *c, const char *name, const char *code,
                 struct args args) {
    enum err noted UNUSED = failv(c, ERR_INVALID, str_of(name), code, args);
}

void body_note(struct ctx *c, const char *name, const char *code,
               struct args args) {
    note(c, name, code, args);
}

void body_only(struct ctx *c, const json_t *o, const char *const *names,
               size_t n) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)o, key, value) {
        bool known = false;
        for (size_t i = 0; i < n && !known; i++)
            known = str_eqc(str_of(key), names[i]);
        if (!known)
            note(c, key, "unknown_field", NO_ARGS);
    }
}

static struct str text(struct ctx *c, const json_t *o, const char *name,
                       bool required) {
    const json_t *j = json_object_get(o, name);
    struct str s = {0};
    if (j != NULL && !json_is_null(j)) {
        if (!json_is_string(j)) {
            note(c, name, "not_text", NO_ARGS);
            return s;
        }
        s = json_str(j);
    }
    if (s.n == 0 && required)
        note(c, name, "required", NO_ARGS);
    return s;
}

struct str body_text(struct ctx *c, const json_t *o, const char *name,
                     size_t max, bool required) {
    struct str s = text(c, o, name, required);
    if (s.n > max)
        note(c, name, "too_long", ARGS(V((int64_t)max)));
    return s;
}

struct str body_words(struct ctx *c, const json_t *o, const char *name,
                      const struct field *f, bool required) {
    struct str s = text(c, o, name, required);
    int64_t max = field_max_chars(f);
    if ((int64_t)utf8_count(s) > max)
        note(c, name, "too_long", ARGS(V(max)));
    return s;
}

int64_t body_id(struct ctx *c, const json_t *o, const char *name) {
    const json_t *j = json_object_get(o, name);
    if (j == NULL || json_is_null(j))
        return 0;
    if (!json_is_integer(j) || json_integer_value(j) <= 0) {
        note(c, name, "not_reference", NO_ARGS);
        return 0;
    }
    return json_integer_value(j);
}
