/* The session cookie and the address of a client, as headers tell them.
 * trusted: the peer is our own proxy. */
#ifndef API_IDENTIFY_H
#define API_IDENTIFY_H

#include "http/server.h"

/* Did the client reach us (our proxy) over TLS? */
bool identify_secure(const struct http_request *rq, bool trusted);

/* Value of the session cookie or empty; borrowed. Over TLS only the one with
 * the __Host- prefix counts: nobody else can set that. */
struct str identify_cookie(const struct http_request *rq, bool secure);

/* What stands behind "Bearer ", or empty; borrowed. */
struct str identify_bearer(const struct http_request *rq);

/* Sets the session cookie; an empty token takes it away. */
void identify_set_cookie(struct ctx *c, struct http_request *rq, bool secure,
                         struct str token, int64_t max_age_s);

/* Where the client is: the peer, or what our proxy says (the last entry of
 * X-Forwarded-For, which the proxy itself wrote). */
struct str identify_address(const struct http_request *rq, bool trusted);

#endif
