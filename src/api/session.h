/* Sign-in over HTTP. */
#ifndef API_SESSION_H
#define API_SESSION_H

#include "api/route.h"

extern const struct route_list session_routes;

/* Sets Retry-After when e is the throttle's ERR_TOO_MANY. */
void session_retry_after(struct ctx *c, struct call *call, enum err e);

#endif
