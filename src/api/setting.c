/* Routes of the company's settings. */
#include "api/routes.h"

#include "app/settings.h"

static enum err setting_list(struct ctx *c, struct call *call) {
    jw_object(&call->w);
    jw_key(&call->w, S("data"));
    TRY(settings_to_json(c, &call->w));
    jw_object_end(&call->w);
    return OK;
}

static enum err write_settings(struct ctx *c, void *arg) {
    return settings_put(c, arg);
}

static enum err setting_put(struct ctx *c, struct call *call) {
    TRY(store_write(c, LANE_INTERACTIVE, write_settings, call->json));
    TRY(store_reload_zone(c));
    return setting_list(c, call);
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/settings", setting_list, AUTH_USER, RUN_FAST, BODY_NONE,
     0, "The company's settings with labels, limits and defaults.", "settings",
     NULL, "settings"},
    {HTTP_PUT, "/api/v1/settings", setting_put, AUTH_ADMIN, RUN_FREE, BODY_JSON,
     0, "Change those given: all or none.", "settings", "settings_change",
     "settings"},
};

const struct route_list setting_routes = {routes, COUNT_OF(routes)};
