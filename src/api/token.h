/* Tokens of programs over HTTP. */
#ifndef API_TOKEN_H
#define API_TOKEN_H

#include "api/route.h"

extern const struct route_list token_routes;

#endif
