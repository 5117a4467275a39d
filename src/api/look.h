/* The header and parameter of "view as". */
#ifndef API_LOOK_H
#define API_LOOK_H

#include "api/route.h"

/* Puts the role or user that X-View-As or view_as names in c->actor's place,
 * for reading requests of administrators; takes the parameter away. Does
 * nothing when there is neither. ERR_FORBIDDEN, ERR_INVALID. */
enum err look_as(struct ctx *c, struct call *call) MUST_CHECK;

#endif
