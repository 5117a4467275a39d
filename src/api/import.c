/* Routes of imports. */
#include "api/job.h"
#include "api/routes.h"

#include "api/reply.h"
#include "app/import.h"
#include "app/import_revert.h"

static enum err answer(struct ctx *c, struct call *call, int64_t id) {
    struct import im;
    TRY(import_load(c, id, &im));
    return import_to_json(c, &call->w, &im);
}

static enum err import_post(struct ctx *c, struct call *call) {
    bool found;
    int64_t id;
    struct import_new n = {
        .entity = url_get(&call->params, S("entity"), &found),
        .filename = url_get(&call->params, S("filename"), &found),
        .fd = call->rq->spool,
    };
    if (n.fd < 0 || call->rq->spool_size == 0)
        return fail(c, ERR_INVALID, "", "file_empty");
    TRY(import_create(c, &n, &id));
    call->status = 201;
    reply_header(call, "Location",
                 str_fmt(c->arena, "/api/v1/imports/%lld", (long long)id));
    return answer(c, call, id);
}

static enum err import_get(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    return answer(c, call, id);
}

static enum err import_patch(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(import_change(c, id, call->json));
    return answer(c, call, id);
}

static enum err start(struct ctx *c, struct call *call, bool dry) {
    int64_t id, job_id;
    TRY(call_id(c, call, 0, &id));
    TRY(import_start(c, id, dry, &job_id));
    return call_job_started(c, call, job_id);
}

static enum err import_dry_run(struct ctx *c, struct call *call) {
    return start(c, call, true);
}

static enum err import_run(struct ctx *c, struct call *call) {
    return start(c, call, false);
}

static enum err import_errors(struct ctx *c, struct call *call) {
    struct import im;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(import_load(c, id, &im));
    if (!im.whole)
        return fail(c, ERR_FORBIDDEN, "", "import_of_other");
    if (im.error_file_id == 0)
        return fail(c, ERR_NOT_FOUND, "", "import_no_errors");
    return call_send_file(
        c, call, im.error_file_id,
        str_fmt(c->arena, STR_FMT "-errors.csv", STR_ARG(im.filename)));
}

static enum err import_revert(struct ctx *c, struct call *call) {
    int64_t id, job_id;
    TRY(call_id(c, call, 0, &id));
    TRY(import_revert_start(c, id, &job_id));
    return call_job_started(c, call, job_id);
}

static enum err import_kept(struct ctx *c, struct call *call) {
    struct import im;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(import_load(c, id, &im));
    if (!im.kept_shown)
        return fail(c, ERR_FORBIDDEN, "", "import_of_other");
    if (im.kept_file_id == 0)
        return fail(c, ERR_NOT_FOUND, "", "import_none_kept");
    return call_send_file(
        c, call, im.kept_file_id,
        str_fmt(c->arena, STR_FMT "-kept.jsonl", STR_ARG(im.filename)));
}

static const struct route routes[] = {
    {HTTP_POST, "/api/v1/imports", import_post, AUTH_USER, RUN_FREE, BODY_BYTES,
     IMPORT_FILE_MAX, "Upload a file to be imported; guesses its columns.",
     "imports", "import_upload", "import_made"},
    {HTTP_GET, "/api/v1/imports/{id}", import_get, AUTH_USER, RUN_SLOW,
     BODY_NONE, 0, "Columns, mapping, options, state and report of an import.",
     "imports", NULL, "import"},
    {HTTP_PATCH, "/api/v1/imports/{id}", import_patch, AUTH_USER, RUN_WRITE,
     BODY_JSON, 0, "Change the mapping or the options.", "imports",
     "import_change", "import"},
    {HTTP_POST, "/api/v1/imports/{id}/dry_run", import_dry_run, AUTH_USER,
     RUN_WRITE, BODY_NONE, 0, "Check every row, write nothing.", "imports",
     NULL, "job_started"},
    {HTTP_POST, "/api/v1/imports/{id}/run", import_run, AUTH_USER, RUN_WRITE,
     BODY_NONE, 0, "Import the rows.", "imports", NULL, "job_started"},
    {HTTP_GET, "/api/v1/imports/{id}/errors", import_errors, AUTH_USER,
     RUN_FREE, BODY_NONE, 0, "The rows set aside, with line, column, reason.",
     "imports", NULL, "text/csv"},
    {HTTP_POST, "/api/v1/imports/{id}/revert", import_revert, AUTH_USER,
     RUN_WRITE, BODY_NONE, 0, "Take back what was imported.", "imports", NULL,
     "job_started"},
    {HTTP_GET, "/api/v1/imports/{id}/kept", import_kept, AUTH_USER, RUN_FREE,
     BODY_NONE, 0,
     "What a revert left as it is, an object a line: entity, id, title,"
     " reason, fields {name: [before, imported, now]}.",
     "imports", NULL, "application/x-ndjson"},
};

const struct route_list import_routes = {routes, COUNT_OF(routes)};
