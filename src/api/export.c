/* The route of exports. */
#include "api/job.h"
#include "api/routes.h"

#include "app/export.h"

static enum err export_post(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(export_start(c, call->json, &id));
    return call_job_started(c, call, id);
}

static const struct route routes[] = {
    {HTTP_POST, "/api/v1/exports", export_post, AUTH_USER, RUN_WRITE, BODY_JSON,
     0, "Make a file of a list: csv, xlsx or json.", "exports", "export_new",
     "job_started"},
};

const struct route_list export_routes = {routes, COUNT_OF(routes)};
