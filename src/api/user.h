/* What users need beyond the generic records. */
#ifndef API_USER_H
#define API_USER_H

#include "api/route.h"

extern const struct route_list user_routes;

#endif
