/* Route that lifts masks. */
#include "api/routes.h"

#include "api/body.h"
#include "app/unmask.h"

#define REASON_BYTES 4096

static enum err unmask_h(struct ctx *c, struct call *call) {
    static const char *const names[] = {"fields", "reason"};
    const struct entity_info *i = registry_plural(c->registry, call->path[0]);
    int64_t id;
    call->secret = true; /* no copy is kept to be sent again */
    if (i == NULL || i->e->scope == SCOPE_SYSTEM)
        return failv(c, ERR_NOT_FOUND, S(""), "unknown_object",
                     ARGS(V(call->path[0])));
    TRY(call_id(c, call, 1, &id));
    body_only(c, call->json, names, COUNT_OF(names));
    struct str reason = body_text(c, call->json, "reason", REASON_BYTES, true);
    TRY(fail_any(c));
    return unmask_fields(c, i, id, json_object_get(call->json, "fields"),
                         reason, &call->w);
}

static const struct route routes[] = {
    {.method = HTTP_POST,
     .pattern = "/api/v1/{object}/{id}/unmask",
     .fn = unmask_h,
     .auth = AUTH_USER,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Show masked fields, for a reason that is audited.",
     .in = "unmask",
     .out = "unmasked"},
};

const struct route_list unmask_routes = {routes, COUNT_OF(routes)};
