/* Which route a request is for. Owns nothing; any thread. */
#include "api/dispatch.h"

#include <string.h>

#define PREFIX "/api/v1/"

/* Most patterns are told apart by what stands before their first {…}; nearly
 * all begin with the same prefix, which is looked at as a whole. */
static bool may_fit(const char *pattern, struct str path, bool prefixed) {
    size_t i = 0;
    if (prefixed && strncmp(pattern, PREFIX, sizeof PREFIX - 1) == 0)
        i = sizeof PREFIX - 1;
    for (; pattern[i] != '\0' && pattern[i] != '{'; i++)
        if (i >= path.n || pattern[i] != path.p[i])
            return false;
    return pattern[i] == '{' || i == path.n;
}

/* The first of this method, or of the others. */
static const struct route *first(const struct http_request *rq,
                                 struct call *call, enum http_method m,
                                 bool others) {
    bool prefixed = str_starts(rq->path, S(PREFIX));
    for (size_t l = 0; all_routes[l] != NULL; l++) {
        for (size_t i = 0; i < all_routes[l]->n; i++) {
            const struct route *r = &all_routes[l]->p[i];
            if ((r->method != m) == others &&
                may_fit(r->pattern, rq->path, prefixed) &&
                url_match(str_of(r->pattern), rq->path, call->path,
                          COUNT_OF(call->path), &call->n_path))
                return r;
        }
    }
    return NULL;
}

const struct route *route_find(const struct http_request *rq, struct call *call,
                               bool *other_method) {
    enum http_method m = rq->method == HTTP_HEAD ? HTTP_GET : rq->method;
    const struct route *r = first(rq, call, m, false);
    *other_method = r == NULL && first(rq, call, m, true) != NULL;
    return r;
}
