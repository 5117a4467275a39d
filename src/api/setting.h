/* Settings over HTTP. */
#ifndef API_SETTING_H
#define API_SETTING_H

#include "api/route.h"

extern const struct route_list setting_routes;

#endif
