/* Routes of backups, for administrators: a backup holds everything. */
#include "api/job.h"
#include "api/routes.h"

#include "api/reply.h"
#include "app/backup.h"
#include "base/time.h"
#include "store/backup.h"
#include "store/trail.h"

#include <sys/stat.h>
#include <unistd.h>

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

/* What became of which backup, for the audit. */
struct event {
    struct str action, name;
};

static enum err write_event(struct ctx *c, void *arg) {
    const struct event *e = arg;
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 1024);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("name"), e->name);
    jw_object_end(&w);
    return trail_event(c, e->action, S("backup"), 0, buf_view(&b));
}

static enum err file(struct ctx *c, struct call *call) {
    struct http_reply *reply = &call->rq->reply;
    struct event e = {S("backup_download"), call->path[0]};
    struct backup b;
    struct stat st;
    int fd;
    TRY(backup_find(c, e.name, &b));
    TRY(store_write(c, LANE_INTERACTIVE, write_event, &e));
    TRY(backup_open(c, e.name, &fd));
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
                         STR_ARG(e.name)));
    return OK;
}

static enum err delete (struct ctx *c, struct call *call) {
    struct event e = {S("backup_delete"), call->path[0]};
    TRY(backup_delete(c, e.name));
    call->status = 204;
    return store_write(c, LANE_INTERACTIVE, write_event, &e);
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
    {HTTP_GET, "/api/v1/backups/{name}/file", file, AUTH_ADMIN, RUN_FREE,
     BODY_NONE, 0, "Download a backup.", "backups", NULL,
     "application/octet-stream"},
    {HTTP_DELETE, "/api/v1/backups/{name}", delete, AUTH_ADMIN, RUN_FREE,
     BODY_NONE, 0, "Delete a backup.", "backups", NULL, NULL},
};

const struct route_list backup_routes = {routes, COUNT_OF(routes)};
