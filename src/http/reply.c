/* Replies: from struct http_reply to the library, without copying the body.
 *
 * Owns nothing: body and values are borrowed from the request's arena, which
 * lives until the library reports the request as completed. Runs in the loop
 * thread, the setters in whichever thread holds the request. */
#include "http/exchange.h"

#include "base/die.h"
#include "base/io.h"
#include "base/json.h"

void http_reply_header(struct http_request *rq, const char *name,
                       struct str value) {
    struct http_reply *r = &rq->reply;
    if (r->n_headers == COUNT_OF(r->headers))
        die("more than %zu reply headers", COUNT_OF(r->headers));
    r->headers[r->n_headers++] = (struct http_header){str_of(name), value};
}

void http_reply_text(struct http_request *rq, int status, const char *type,
                     struct str body) {
    rq->reply.status = status;
    rq->reply.content_type = str_of(type);
    rq->reply.body = body;
}

void http_reply_error(struct http_request *rq, enum err e) {
    struct buf b;
    struct jw w;
    int status = err_status(e);
    buf_init(&b, rq->arena, 1024);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("type"), S("about:blank"));
    jw_kstr(&w, S("title"),
            str_of(MHD_get_reason_phrase_for((unsigned)status)));
    jw_ki64(&w, S("status"), status);
    jw_kstr(&w, S("code"), str_of(err_code(e)));
    jw_object_end(&w);
    http_reply_text(rq, status, "application/problem+json", buf_view(&b));
}

void reply_set_error(struct exchange *ex, enum err e) {
    const struct http_config *cfg = &ex->server->cfg;
    if (cfg->on_error != NULL)
        cfg->on_error(cfg->user, &ex->rq, e);
    else
        http_reply_error(&ex->rq, e);
}

/* A header's value as a C string that can't end the line early. */
static const char *safe_value(struct arena *a, struct str v) {
    char *p = arena_extend(a, NULL, 0, v.n + 1);
    for (size_t i = 0; i < v.n; i++)
        p[i] = (unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f ? ' ' : v.p[i];
    v = str_trim((struct str){p, v.n});
    p[(size_t)(v.p - p) + v.n] = '\0';
    return v.p;
}

static struct MHD_Response *response_of(struct exchange *ex) {
    struct http_reply *r = &ex->rq.reply;
    if (r->file >= 0) {
        int fd = r->file;
        r->file = -1; /* the response closes it */
        return MHD_create_response_from_fd64(r->file_size, fd);
    }
    return MHD_create_response_from_buffer(
        r->body.n, (void *)(uintptr_t)r->body.p, MHD_RESPMEM_PERSISTENT);
}

static void set_headers(struct exchange *ex, struct MHD_Response *out) {
    const struct http_reply *r = &ex->rq.reply;
    struct arena *a = ex->rq.arena;
    if (r->content_type.n > 0)
        MHD_add_response_header(out, "Content-Type",
                                safe_value(a, r->content_type));
    for (size_t i = 0; i < r->n_headers; i++)
        MHD_add_response_header(out, str_cstr(a, r->headers[i].name),
                                safe_value(a, r->headers[i].value));
    if (ex->must_close ||
        atomic_load_explicit(&ex->server->ending, memory_order_relaxed))
        MHD_add_response_header(out, "Connection", "close");
}

static enum MHD_Result queue(struct exchange *ex, int status,
                             struct MHD_Response *out) {
    enum MHD_Result done = MHD_queue_response(ex->mhd, (unsigned)status, out);
    MHD_destroy_response(out);
    return done;
}

enum MHD_Result reply_queue(struct exchange *ex) {
    struct http_reply *r = &ex->rq.reply;
    if (r->status < 200 || r->status > 599)
        reply_set_error(ex, ERR_INTERNAL);
    uint64_t size = r->file >= 0 ? r->file_size : r->body.n;
    struct MHD_Response *out = response_of(ex);
    if (out == NULL)
        die("out of memory");
    set_headers(ex, out);
    ex->phase = PHASE_REPLIED;
    atomic_store_explicit(&ex->conn->reading, false, memory_order_relaxed);
    atomic_store_explicit(&ex->conn->due_ms,
                          monotonic_ms() + ex->server->cfg.deadline_ms +
                              (int64_t)(size / SLOWEST_BYTES_PER_MS),
                          memory_order_relaxed);
    return queue(ex, r->status, out);
}

enum MHD_Result reply_unavailable(struct exchange *ex) {
    static const char body[] = "{\"type\":\"about:blank\",\"title\":\"Service "
                               "Unavailable\",\"status\":503,"
                               "\"code\":\"unavailable\"}";
    struct MHD_Response *out = MHD_create_response_from_buffer(
        sizeof body - 1, (void *)(uintptr_t)body, MHD_RESPMEM_PERSISTENT);
    if (out == NULL)
        die("out of memory");
    MHD_add_response_header(out, "Content-Type", "application/problem+json");
    MHD_add_response_header(out, "Connection", "close");
    MHD_add_response_header(out, "Retry-After", "1");
    MHD_add_response_header(out, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(out, "Content-Security-Policy",
                            "default-src 'none'; frame-ancestors 'none'");
    return queue(ex, 503, out);
}

/* --- past the library --------------------------------------------------- */

static void add_line(struct buf *b, struct str name, struct str value) {
    buf_str(b, name);
    buf_cstr(b, ": ");
    buf_cstr(b, safe_value(b->arena, value));
    buf_cstr(b, "\r\n");
}

void reply_head(struct buf *b, const struct http_reply *r) {
    char date[64];
    struct tm tm;
    time_t now = time(NULL);
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    buf_fmt(b, "HTTP/1.1 %d %s\r\n", r->status,
            MHD_get_reason_phrase_for((unsigned)r->status));
    add_line(b, S("Date"), str_of(date));
    add_line(b, S("Connection"), S("close"));
    if (r->content_type.n > 0)
        add_line(b, S("Content-Type"), r->content_type);
    for (size_t i = 0; i < r->n_headers; i++)
        add_line(b, r->headers[i].name, r->headers[i].value);
}

void reply_raw(struct exchange *ex) {
    const struct http_reply *r = &ex->rq.reply;
    struct buf b;
    buf_init(&b, ex->rq.arena, MEMORY_LIMIT);
    reply_head(&b, r);
    buf_fmt(&b, "Content-Length: %zu\r\n\r\n", r->body.n);
    buf_str(&b, r->body);
    /* A fresh reply of a few hundred bytes fits the socket's buffer; when it
     * does not, the client has not been reading and loses it. */
    (void)!io_send(ex->conn->fd, b.p, b.n);
}
