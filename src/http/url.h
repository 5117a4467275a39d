/* Paths and query strings. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/ctx.h"

struct url_param {
    struct str name, value; /* decoded */
};
struct url_params {
    struct url_param *p;
    size_t n;
};

/* Percent-decoding; '+' is a space in queries. ERR_MALFORMED for bad escapes,
 * invalid UTF-8 or U+0000. */
enum err url_decode(struct ctx *c, struct str s, bool plus,
                    struct str *out) MUST_CHECK;
/* a=1&b[gte]=2 in order; at most 200 parameters. */
enum err url_query(struct ctx *c, struct str query,
                   struct url_params *out) MUST_CHECK;
/* Value of the first parameter called name, or empty with *found false. */
struct str url_get(const struct url_params *q, struct str name, bool *found);

/* Matches path against a pattern such as /api/v1/{object}/{id}. A segment in
 * braces matches one non-empty segment; the values go to out in order (at most
 * max), borrowed from path and not decoded: url_decode them, so that an escaped
 * slash stays inside its value. False when it does not match. */
bool url_match(struct str pattern, struct str path, struct str *out, size_t max,
               size_t *n_out);

#endif
