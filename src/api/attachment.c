/* Routes of files on records. */
#include "api/job.h"
#include "api/reply.h"
#include "api/routes.h"

#include "app/attach.h"
#include "http/field.h"

static enum err find_entity(struct ctx *c, const struct call *call,
                            const struct entity_info **out) {
    *out = registry_plural(c->registry, call->path[0]);
    if (*out == NULL || (*out)->e->scope == SCOPE_SYSTEM)
        return failv(c, ERR_NOT_FOUND, S(""), "unknown_object",
                     ARGS(V(call->path[0])));
    return OK;
}

static enum err list_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    int64_t id;
    bool found;
    TRY(find_entity(c, call, &i));
    TRY(call_id(c, call, 1, &id));
    struct str bin = url_get(&call->params, S("bin"), &found);
    return attach_list(c, i, id, found && str_eqc(bin, "true"), &call->w);
}

static enum err add_h(struct ctx *c, struct call *call) {
    const struct entity_info *i;
    struct attachment a;
    int64_t id;
    bool found;
    struct attach_new n = {
        .name = url_get(&call->params, S("name"), &found),
        .declared = http_header_get(call->rq, "Content-Type"),
        .fd = call->rq->spool,
        .size = call->rq->spool_size,
    };
    TRY(find_entity(c, call, &i));
    TRY(call_id(c, call, 1, &id));
    if (n.fd < 0)
        return fail(c, ERR_INVALID, "", "file_empty");
    TRY(attach_add(c, i, id, &n, &a));
    call->status = 201;
    reply_header(call, "Location",
                 str_fmt(c->arena, "/api/v1/files/%lld", (long long)a.id));
    attach_to_json(c, &call->w, &a);
    return OK;
}

/* Whatever it holds: no page of ours, nothing runs, nothing is guessed. */
static enum err get_h(struct ctx *c, struct call *call) {
    struct attachment a;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(attach_load(c, id, ACT_READ, &a));
    if (a.binned)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    TRY(call_send_file(c, call, id, S("")));
    reply_header(call, "Content-Security-Policy",
                 S("sandbox; default-src 'none'"));
    reply_header(call, "Cross-Origin-Resource-Policy", S("same-origin"));
    return OK;
}

static enum err bin_h(struct ctx *c, struct call *call, bool bin) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(attach_bin(c, id, bin));
    call->status = 204;
    return OK;
}

static enum err delete_h(struct ctx *c, struct call *call) {
    return bin_h(c, call, true);
}

static enum err restore_h(struct ctx *c, struct call *call) {
    return bin_h(c, call, false);
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/{object}/{id}/files", list_h, AUTH_USER, RUN_SLOW,
     BODY_NONE, 0, "Files that hang on a record, oldest first.", "files",
     "attachments_query", "attachments"},
    {HTTP_POST, "/api/v1/{object}/{id}/files", add_h, AUTH_USER, RUN_FREE,
     BODY_BYTES, ATTACHMENT_MAX, "Hang a file on a record.", "files",
     "attachment_upload", "attachment_made"},
    {HTTP_GET, "/api/v1/files/{id}", get_h, AUTH_USER, RUN_FREE, BODY_NONE, 0,
     "Download a file of a record.", "files", NULL, "application/octet-stream"},
    {HTTP_DELETE, "/api/v1/files/{id}", delete_h, AUTH_USER, RUN_WRITE,
     BODY_NONE, 0, "Move a file of a record into the bin.", "files", NULL,
     NULL},
    {HTTP_POST, "/api/v1/files/{id}/restore", restore_h, AUTH_USER, RUN_WRITE,
     BODY_NONE, 0, "Bring a file of a record back from the bin.", "files", NULL,
     NULL},
};

const struct route_list attachment_routes = {routes, COUNT_OF(routes)};
