/* Who calls: the console, a session, a token, or nobody. */
#ifndef API_CALLER_H
#define API_CALLER_H

#include "api/route.h"

/* A process of our own user or of root, on this machine (DESIGN O1). */
bool caller_is_console(const struct http_request *rq);

/* Sets c->actor (NULL: nobody, where the route allows that) and c->lang, or
 * refuses with what the route's auth asks for. Needs c->db.
 * ERR_UNAUTHENTICATED, ERR_FORBIDDEN, ERR_INVALID. */
enum err caller_sign_in(struct ctx *c, struct call *call) MUST_CHECK;

#endif
