/* The bin as a whole, for administrators: what went into it together, and
 * emptying it. */
#include "api/body.h"
#include "api/job.h"
#include "api/reply.h"
#include "api/routes.h"
#include "app/purge.h"
#include "base/time.h"
#include "store/purge.h"

#define TOLD_MOST 200

static void put_import(struct jw *w, const struct deletion *d) {
    jw_key(w, S("import"));
    if (d->import_id == 0) {
        jw_null(w);
        return;
    }
    jw_object(w);
    jw_ki64(w, S("id"), d->import_id);
    jw_kstr(w, S("filename"), d->import_name);
    jw_object_end(w);
}

static void put(struct ctx *c, struct jw *w, const struct deletion *d) {
    jw_object(w);
    jw_ki64(w, S("deleted_with"), d->number);
    jw_kstr(w, S("deleted_at"), instant_text(c->arena, d->at));
    jw_key(w, S("deleted_by"));
    if (d->by == 0)
        jw_null(w);
    else
        jw_i64(w, d->by);
    jw_kstr(w, S("name"), d->by_name);
    jw_ki64(w, S("records"), d->records);
    put_import(w, d);
    jw_object_end(w);
}

static enum err list(struct ctx *c, struct call *call) {
    struct deletion *all;
    size_t n;
    TRY(deletions(c, TOLD_MOST, &all, &n));
    jw_object(&call->w);
    jw_key(&call->w, S("data"));
    jw_array(&call->w);
    for (size_t i = 0; i < n; i++)
        put(c, &call->w, &all[i]);
    jw_array_end(&call->w);
    jw_object_end(&call->w);
    return OK;
}

/* Nothing goes by an empty body that somebody sent by mistake. */
static enum err empty(struct ctx *c, struct call *call) {
    static const char *const names[] = {"objects",    "ids",  "deleted_with",
                                        "deleted_by", "from", "to",
                                        "confirm"};
    int64_t id;
    body_only(c, call->json, names, COUNT_OF(names));
    if (!json_is_true(json_object_get(call->json, "confirm")))
        body_note(c, "confirm", "bin_confirm", NO_ARGS);
    TRY(fail_any(c));
    TRY(purge_request(c, call->json, &id));
    return call_job_started(c, call, id);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/bin",
     .fn = list,
     .auth = AUTH_ADMIN,
     .run = RUN_HEAVY,
     .doc = "What went into the bin together, the newest 200.",
     .tag = "bin",
     .out = "deletions"},
    {.method = HTTP_POST,
     .pattern = "/api/v1/bin/empty",
     .fn = empty,
     .auth = AUTH_ADMIN,
     .run = RUN_WRITE,
     .body = BODY_JSON,
     .doc = "Empty the bin, or what is chosen of it: nothing comes back.",
     .tag = "bin",
     .in = "bin_empty",
     .out = "job_started"},
};

const struct route_list bin_routes = {routes, COUNT_OF(routes)};
