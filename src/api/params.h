/* What the query string of a route may name, as its row says: whoever misspells
 * a parameter, or gives one to the wrong route, is told, and not answered as if
 * he had asked without it. */
#ifndef API_PARAMS_H
#define API_PARAMS_H

#include "api/route.h"
#include "api/shapes.h"

/* The shape of the query string, or NULL: of a route with a JSON body "in" is
 * that body's. */
const struct shape *params_shape(const struct route *r);

/* ERR_INVALID unknown_param, with the name, for what the route does not know.
 */
enum err params_check(struct ctx *c, const struct call *call) MUST_CHECK;

#endif
