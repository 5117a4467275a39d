/* Entity tag lists (RFC 9110, 8.8.3 and 13.1). Borrowed slices; no state. */
#include "http/field.h"

static void skip(struct str *s) {
    while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t' || s->p[0] == ','))
        *s = str_sub(*s, 1, s->n);
}

bool etag_next(struct str *list, struct str *tag_out, bool *weak_out) {
    skip(list);
    *weak_out = str_starts(*list, S("W/"));
    if (*weak_out)
        *list = str_sub(*list, 2, list->n);
    if (!*weak_out && str_starts(*list, S("*"))) {
        *tag_out = str_sub(*list, 0, 1);
        *list = str_sub(*list, 1, list->n);
        return true;
    }
    if (!str_starts(*list, S("\"")))
        return false;
    struct str rest = str_sub(*list, 1, list->n);
    const char *quote = rest.n == 0 ? NULL : memchr(rest.p, '"', rest.n);
    if (quote == NULL)
        return false;
    *tag_out = str_sub(rest, 0, (size_t)(quote - rest.p));
    *list = str_sub(rest, tag_out->n + 1, rest.n);
    return true;
}

bool etag_listed(struct str list, struct str tag) {
    struct str one;
    bool weak;
    while (etag_next(&list, &one, &weak)) {
        bool star = !weak && str_eq(one, S("*"));
        if (star || str_eq(one, tag))
            return true;
    }
    return false;
}
