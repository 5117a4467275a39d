/* From a request's headers to who is asking, and the cookie that says so.
 * trusted: the peer is our own proxy. */
#ifndef API_IDENTIFY_H
#define API_IDENTIFY_H

#include "app/auth.h"
#include "http/server.h"

/* The actor of a request: Authorization: Bearer, else the session cookie;
 * writes by cookie need X-CSRF-Token. Errors as auth_identify. */
enum err identify(struct ctx *c, struct auth *a, const struct http_request *rq,
                  bool trusted, const struct actor **out) MUST_CHECK;

/* Value of the session cookie or empty; borrowed. */
struct str identify_cookie(const struct http_request *rq, bool trusted);

/* Sets the session cookie; an empty token takes it away. */
void identify_set_cookie(struct ctx *c, struct http_request *rq, bool trusted,
                         struct str token, int64_t max_age_s);

/* Where the client is: the peer, or what our proxy says (the last entry of
 * X-Forwarded-For, which the proxy itself wrote). */
struct str identify_address(const struct http_request *rq, bool trusted);

#endif
