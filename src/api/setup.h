/* The first administrator over HTTP. */
#ifndef API_SETUP_H
#define API_SETUP_H

#include "api/route.h"

extern const struct route_list setup_routes;

#endif
