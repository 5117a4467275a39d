/* Routes of long work: progress, cancelling, the file it made. */
#include "api/job.h"

#include "api/reply.h"
#include "api/server.h"
#include "base/log.h"
#include "store/file.h"

#include <unistd.h>

enum err call_job_started(struct ctx *c, struct call *call, int64_t id) {
    struct job j;
    TRY(job_read(c, id, &j));
    jobs_wake(server_jobs(call->server));
    call->status = 202;
    reply_header(call, "Location",
                 str_fmt(c->arena, "/api/v1/jobs/%lld", (long long)id));
    jw_object(&call->w);
    jw_key(&call->w, S("job"));
    job_to_json(c, &call->w, &j);
    jw_object_end(&call->w);
    return OK;
}

/* attachment; filename="orders.csv"; filename*=UTF-8''… */
struct str call_attachment(struct ctx *c, struct str name) {
    static const char hex[] = "0123456789ABCDEF";
    struct buf plain, full;
    buf_init(&plain, c->arena, name.n + 1);
    buf_init(&full, c->arena, name.n * 3 + 1);
    for (size_t i = 0; i < name.n; i++) {
        unsigned char ch = (unsigned char)name.p[i];
        bool safe = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
                    (ch >= 'a' && ch <= 'z') || ch == '.' || ch == '-' ||
                    ch == '_';
        buf_byte(&plain, safe ? (char)ch : '_');
        if (safe) {
            buf_byte(&full, (char)ch);
            continue;
        }
        buf_byte(&full, '%');
        buf_byte(&full, hex[ch >> 4]);
        buf_byte(&full, hex[ch & 15]);
    }
    struct str p = buf_view(&plain), f = buf_view(&full);
    return str_fmt(c->arena,
                   "attachment; filename=\"" STR_FMT
                   "\"; filename*=UTF-8''" STR_FMT,
                   STR_ARG(p), STR_ARG(f));
}

enum err call_send_file(struct ctx *c, struct call *call, int64_t id,
                        struct str name) {
    struct file_row f;
    bool found;
    int fd;
    TRY(file_find(c, id, &f, &found));
    if (!found)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    TRY(file_open_copy(c, id, &fd));
    struct http_reply *reply = &call->rq->reply;
    reply->status = 200;
    reply->content_type = f.media_type;
    reply->file = fd;
    reply->file_size = (uint64_t)f.size;
    reply_header(call, "Content-Disposition",
                 call_attachment(c, name.n > 0 ? name : f.name));
    return OK;
}

/* --- routes -------------------------------------------------------------- */

static enum err job_get(struct ctx *c, struct call *call) {
    struct job j;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(job_read(c, id, &j));
    job_to_json(c, &call->w, &j);
    return OK;
}

static enum err job_cancel_h(struct ctx *c, struct call *call) {
    struct job j;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(job_read(c, id, &j));
    TRY(job_cancel(c, id));
    jobs_wake(server_jobs(call->server));
    TRY(job_read(c, id, &j));
    job_to_json(c, &call->w, &j);
    return OK;
}

static enum err job_retry_h(struct ctx *c, struct call *call) {
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(job_again(c, id));
    return call_job_started(c, call, id);
}

static enum err job_file(struct ctx *c, struct call *call) {
    struct job j;
    int64_t id;
    TRY(call_id(c, call, 0, &id));
    TRY(job_read(c, id, &j));
    if (j.file_id == 0)
        return fail(c, ERR_NOT_FOUND, "", "job_no_file");
    return call_send_file(c, call, j.file_id, S(""));
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v1/jobs/{id}", job_get, AUTH_USER, RUN_FAST, BODY_NONE, 0,
     "Progress and outcome of long work.", "jobs", NULL, "job_state"},
    {HTTP_POST, "/api/v1/jobs/{id}/cancel", job_cancel_h, AUTH_USER, RUN_WRITE,
     BODY_NONE, 0, "Ask a job to stop; what it has done stays.", "jobs", NULL,
     "job_state"},
    {HTTP_POST, "/api/v1/jobs/{id}/retry", job_retry_h, AUTH_USER, RUN_WRITE,
     BODY_NONE, 0, "Try a failed or cancelled job again.", "jobs", NULL,
     "job_started"},
    {HTTP_GET, "/api/v1/jobs/{id}/file", job_file, AUTH_USER, RUN_FREE,
     BODY_NONE, 0, "Download the file a job made.", "jobs", NULL,
     "application/octet-stream"},
};

const struct route_list job_routes = {routes, COUNT_OF(routes)};
