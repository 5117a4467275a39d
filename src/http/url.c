/* Paths and query strings: decoding, parameters, patterns.
 *
 * Pure functions over slices; memory in the context's arena. Nothing is
 * decoded twice and nothing invalid gets through: escapes must be whole, the
 * result UTF-8 without U+0000. */
#include "http/url.h"

#include "base/utf8.h"

#define MAX_PARAMS 200

static int hex_of(char ch) {
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    if (ch >= 'A' && ch <= 'F')
        return ch - 'A' + 10;
    return -1;
}

static enum err unescape(struct ctx *c, struct str s, bool plus,
                         struct str *out) {
    char *p = arena_alloc(c->arena, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '%') {
            p[n++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
            continue;
        }
        int hi = i + 2 < s.n ? hex_of(s.p[i + 1]) : -1;
        int lo = i + 2 < s.n ? hex_of(s.p[i + 2]) : -1;
        if (hi < 0 || lo < 0)
            return fail(c, ERR_MALFORMED, "url", "url_escape");
        p[n++] = (char)(hi * 16 + lo);
        i += 2;
    }
    *out = (struct str){p, n};
    return OK;
}

enum err url_decode(struct ctx *c, struct str s, bool plus, struct str *out) {
    *out = s;
    if (str_has_byte(s, '%') || (plus && str_has_byte(s, '+')))
        TRY(unescape(c, s, plus, out));
    if (!utf8_valid(*out))
        return fail(c, ERR_MALFORMED, "url", "url_not_utf8");
    return OK;
}

enum err url_query(struct ctx *c, struct str query, struct url_params *out) {
    VEC(struct url_param) v = {0};
    struct str part;
    while (str_cut(&query, '&', &part)) {
        struct str name = S("");
        if (part.n == 0)
            continue;
        if (v.n == MAX_PARAMS)
            return fail(c, ERR_MALFORMED, "url", "url_too_many_parameters");
        str_cut(&part, '=', &name);
        struct url_param p;
        TRY(url_decode(c, name, true, &p.name));
        TRY(url_decode(c, part, true, &p.value));
        *VEC_PUSH(c->arena, &v) = p;
    }
    *out = (struct url_params){v.p, v.n};
    return OK;
}

struct str url_get(const struct url_params *q, struct str name, bool *found) {
    for (size_t i = 0; i < q->n; i++)
        if (str_eq(q->p[i].name, name)) {
            *found = true;
            return q->p[i].value;
        }
    *found = false;
    return S("");
}

/* The part up to the next slash, which is taken away too; false when *rest is
 * used up, which "" after a final slash is not. */
static bool segment(struct str *rest, bool *more, struct str *out) {
    if (!*more)
        return false;
    const char *slash = rest->n == 0 ? NULL : memchr(rest->p, '/', rest->n);
    size_t at = slash == NULL ? rest->n : (size_t)(slash - rest->p);
    *out = str_sub(*rest, 0, at);
    *more = slash != NULL;
    *rest = str_sub(*rest, slash == NULL ? at : at + 1, rest->n);
    return true;
}

bool url_match(struct str pattern, struct str path, struct str *out, size_t max,
               size_t *n_out) {
    bool more_pattern = true, more_path = true;
    struct str want, got;
    size_t n = 0;
    while (segment(&pattern, &more_pattern, &want)) {
        if (!segment(&path, &more_path, &got))
            return false;
        bool hole =
            want.n >= 2 && want.p[0] == '{' && want.p[want.n - 1] == '}';
        if (!hole && !str_eq(want, got))
            return false;
        if (hole && (got.n == 0 || n == max))
            return false;
        if (hole)
            out[n++] = got;
    }
    *n_out = n;
    return !more_path;
}
