/* Cookies. Borrowed slices; no state. */
#include "http/field.h"

static struct str unquote(struct str v) {
    if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"')
        return str_sub(v, 1, v.n - 1);
    return v;
}

static bool find(struct str header, struct str name, struct str *out) {
    struct str part, key;
    while (str_cut(&header, ';', &part)) {
        if (!str_has_byte(part, '=') || !str_cut(&part, '=', &key))
            continue;
        if (!str_eq(str_trim(key), name))
            continue;
        *out = unquote(str_trim(part));
        return true;
    }
    return false;
}

struct str cookie_find(struct str header, struct str name) {
    struct str value = S("");
    find(header, name, &value);
    return value;
}

struct str http_cookie_get(const struct http_request *rq, struct str name) {
    struct http_header h;
    struct str value = S("");
    for (size_t i = 0; http_header_at(rq, i, &h); i++)
        if (str_eq_nocase(h.name, S("Cookie")) && find(h.value, name, &value))
            return value;
    return value;
}
