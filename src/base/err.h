/* The one list of errors: enum, HTTP status, stable API code. Every function
 * that can fail returns enum err, 0 is success; the detail is stored once in
 * ctx by fail() where the failure is found, everyone above writes TRY(). */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/compiler.h"

/*    name            status code */
#define ERR_LIST(X)                                                            \
    X(INVALID, 422, "invalid")                 /* a value breaks a rule */     \
    X(MALFORMED, 400, "malformed")             /* not readable at all */       \
    X(UNAUTHENTICATED, 401, "unauthenticated") /* nobody, or no longer */      \
    X(FORBIDDEN, 403, "forbidden")                                             \
    X(NOT_FOUND, 404, "not_found")                                             \
    X(METHOD, 405, "method_not_allowed")                                       \
    X(CONFLICT, 409, "conflict") /* unique key, state */                       \
    X(GONE, 410, "gone")                                                       \
    X(STALE, 412, "stale") /* If-Match, rev */                                 \
    X(TOO_LARGE, 413, "too_large")                                             \
    X(MEDIA_TYPE, 415, "unsupported_media_type")                               \
    X(TOO_BROAD, 422, "query_too_broad") /* request budget spent */            \
    X(TOO_MANY, 429, "too_many_requests")                                      \
    X(INTERNAL, 500, "internal")                                               \
    X(BUSY, 503, "busy")               /* try again later */                   \
    X(RETRY, 503, "retry")             /* transaction lost a race */           \
    X(UNAVAILABLE, 503, "unavailable") /* database away or read-only */        \
    X(FULL, 507, "storage_full")                                               \
    X(IO, 500, "io")                                                           \
    X(CANCELLED, 503, "cancelled")

enum err {
    OK = 0,
#define X(name, status, code) ERR_##name,
    ERR_LIST(X)
#undef X
};

int err_status(enum err e);       /* HTTP status; 200 for OK */
const char *err_code(enum err e); /* stable code of the API; "ok" for OK */

#define TRY(expr)                                                              \
    do {                                                                       \
        enum err try_err_ = (expr);                                            \
        if (try_err_ != OK)                                                    \
            return try_err_;                                                   \
    } while (0)

#endif
