/* Routes of backups, for administrators: a backup holds everything. */
#include "api/job.h"
#include "api/routes.h"

#include "api/body.h"
#include "api/identify.h"
#include "api/reply.h"
#include "api/server.h"
#include "app/auth.h"
#include "app/backup.h"
#include "app/restore.h"
#include "base/time.h"
#include "store/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX 1024
#define BACKUP_MAX ((uint64_t)64 * 1024 * 1024 * 1024)

static enum err list(struct ctx *c, struct call *call) {
    struct backups all;
    int64_t next_ms;
    TRY(backup_list(c, &all));
    TRY(backup_next(c, &next_ms));
    jw_object(&call->w);
    jw_kstr(&call->w, S("folder"), backup_folder(c));
    jw_key(&call->w, S("next_at"));
    if (next_ms == 0)
        jw_null(&call->w);
    else
        jw_str(&call->w, instant_text(c->arena, next_ms));
    jw_key(&call->w, S("data"));
    jw_array(&call->w);
    for (size_t i = 0; i < all.v.n; i++)
        backup_to_json(c, &call->w, &all.v.p[i]);
    jw_array_end(&call->w);
    jw_key(&call->w, S("restored"));
    TRY(restore_last(c, &call->w));
    jw_object_end(&call->w);
    return OK;
}

static enum err start(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(backup_request(c, &id));
    return call_job_started(c, call, id);
}

static enum err check(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(backup_request_check(c, call->path[0], &id));
    return call_job_started(c, call, id);
}

static enum err file(struct ctx *c, struct call *call) {
    struct http_reply *reply = &call->rq->reply;
    struct str name = call->path[0];
    struct stat st;
    int fd;
    TRY(backup_fetch(c, name, &fd));
    if (fstat(fd, &st) != 0) {
        close(fd);
        return fail(c, ERR_IO, "", "io");
    }
    reply->status = 200;
    reply->content_type = S("application/octet-stream");
    reply->file = fd;
    reply->file_size = (uint64_t)st.st_size;
    reply_header(call, "Content-Disposition",
                 str_fmt(c->arena, "attachment; filename=\"" STR_FMT "\"",
                         STR_ARG(name)));
    return OK;
}

static enum err delete (struct ctx *c, struct call *call) {
    call->status = 204; return backup_delete(c, call->path[0]);
}

static enum err upload(struct ctx *c, struct call *call) {
    int64_t id;
    if (call->rq->spool < 0 || call->rq->spool_size == 0)
        return fail(c, ERR_INVALID, "", "file_empty");
    TRY(backup_take(c, call->rq->spool, &id));
    return call_job_started(c, call, id);
}

struct asking {
    struct str name;
    int64_t job_id;
};

static enum err write_asking(struct ctx *c, void *arg) {
    struct asking *a = arg;
    return restore_request(c, a->name, &a->job_id);
}

/* The password again, and the name typed: everything there is will go. */
static enum err restore(struct ctx *c, struct call *call) {
    static const char *const names[] = {"password", "code", "confirm"};
    bool trusted = server_options(call->server)->trusted_proxy;
    struct asking a = {.name = call->path[0]};
    struct auth_again in = {.address = identify_address(call->rq, trusted)};
    body_only(c, call->json, names, COUNT_OF(names));
    in.password = body_text(c, call->json, "password", TEXT_MAX, true);
    in.code = body_text(c, call->json, "code", TEXT_MAX, false);
    struct str confirm = body_text(c, call->json, "confirm", TEXT_MAX, true);
    TRY(fail_any(c));
    TRY(backup_exists(c, a.name));
    if (!str_eq(str_trim(confirm), a.name))
        return fail(c, ERR_INVALID, "confirm", "restore_confirm");
    TRY(auth_prove(c, server_auth(call->server), &in));
    TRY(store_write(c, LANE_INTERACTIVE, write_asking, &a));
    return call_job_started(c, call, a.job_id);
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/backups", list, AUTH_ADMIN, RUN_SLOW, BODY_NONE, 0,
     "The backups in this server's folder, newest first.", "backups", NULL,
     "backups"},
    {HTTP_POST, "/api/v1/backups", start, AUTH_ADMIN, RUN_WRITE, BODY_NONE, 0,
     "Make a backup now and read it back.", "backups", NULL, "job_started"},
    {HTTP_POST, "/api/v1/backups/{name}/check", check, AUTH_ADMIN, RUN_WRITE,
     BODY_NONE, 0, "Read a backup once more: is it still good?", "backups",
     NULL, "job_started"},
    {HTTP_POST, "/api/v1/backups/upload", upload, AUTH_ADMIN, RUN_FREE,
     BODY_BYTES, BACKUP_MAX, "Bring a backup along; a job checks it.",
     "backups", NULL, "job_started"},
    {HTTP_POST, "/api/v1/backups/{name}/restore", restore, AUTH_ADMIN, RUN_HASH,
     BODY_JSON, 16384,
     "Put the company back as it was: checks the backup, backs up what there "
     "is, then everybody is signed out and the backup takes its place.",
     "backups", "backup_restore", "job_started"},
    {HTTP_GET, "/api/v1/backups/{name}/file", file, AUTH_ADMIN, RUN_FREE,
     BODY_NONE, 0, "Download a backup.", "backups", NULL,
     "application/octet-stream"},
    {HTTP_DELETE, "/api/v1/backups/{name}", delete, AUTH_ADMIN, RUN_FREE,
     BODY_NONE, 0, "Delete a backup.", "backups", NULL, NULL},
};

const struct route_list backup_routes = {routes, COUNT_OF(routes)};
