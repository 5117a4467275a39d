/* Is the server up, can it work: for supervisors and load balancers. Owns
 * nothing. */
#include "api/routes.h"

#include "store/store.h"

/* The process answers: no database is asked. */
static enum err healthz(struct ctx *c, struct call *call) {
    jw_object(&call->w);
    jw_kstr(&call->w, S("status"), S("ok"));
    jw_object_end(&call->w);
    return OK;
}

/* The database can be read and written. */
static enum err readyz(struct ctx *c, struct call *call) {
    TRY(store_ready(c));
    return healthz(c, call);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/healthz",
     .fn = healthz,
     .auth = AUTH_NONE,
     .run = RUN_BARE,
     .doc = "Is the process up?",
     .tag = "service",
     .out = "health"},
    {.method = HTTP_GET,
     .pattern = "/readyz",
     .fn = readyz,
     .auth = AUTH_NONE,
     .run = RUN_FAST,
     .doc = "Can the database be read and written? 503 otherwise.",
     .tag = "service",
     .out = "health"},
};

const struct route_list health_routes = {routes, COUNT_OF(routes)};
