/* HTTP/1.1 server over libmicrohttpd: epoll, a number of loop threads, one
 * arena per request. Knows nothing of CRM. Limits (header size by connection
 * memory, body bytes, whole-request deadline, connections) are enforced here.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/ctx.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER
};

struct http_header {
    struct str name, value;
};

struct http_reply {
    int status;
    struct http_header headers[16];
    size_t n_headers;
    struct str content_type;
    struct str body; /* in the request's arena, or static */
    int file;        /* >= 0: send this descriptor instead (closed after) */
    uint64_t file_size;
};

/* One request. The members are set before on_request and stay the same. */
struct http_request {
    struct arena *arena; /* freed when the reply has been sent */
    enum http_method method;
    struct str path;  /* undecoded, without query */
    struct str query; /* undecoded, without '?' */
    struct str body;  /* whole; empty when spooled */
    int spool;        /* descriptor of the spooled body, or -1 */
    uint64_t spool_size;
    struct str peer; /* "127.0.0.1" */
    struct http_reply reply;
    void *user; /* the application's own state of this request */
};

/* Borrowed header value (name without regard to case) or empty. */
struct str http_header_get(const struct http_request *rq, const char *name);

/* Sets the reply's parts. Values are borrowed until it is sent. */
void http_reply_header(struct http_request *rq, const char *name,
                       struct str value);
void http_reply_text(struct http_request *rq, int status, const char *type,
                     struct str body);

/* What the application decides when the headers are in. */
struct http_accept {
    uint64_t max_body; /* bytes; more is answered 413 */
    bool spool;        /* write the body to an unnamed temporary file */
};

enum http_turn {
    HTTP_DONE,    /* reply is set */
    HTTP_PENDING, /* suspended: somebody will call http_resume */
};

struct http_config {
    struct str address;       /* "127.0.0.1" or "::1" or "0.0.0.0" */
    uint16_t port;            /* 0: any, see http_port */
    int loops;                /* loop threads, 1 by default */
    int deadline_ms;          /* whole request incl. body; default 60,000 */
    uint64_t max_body_unread; /* bytes read and dropped after an early 4xx */
    void *user;
    /* Loop thread, headers read, body not yet: set limits in *out, or set
     * rq->reply and return false to answer at once. */
    bool (*on_headers)(void *user, struct http_request *rq,
                       struct http_accept *out);
    /* Loop thread, body complete. May call http_suspend and hand the request
     * to another thread; after that only the other thread touches it. */
    enum http_turn (*on_request)(void *user, struct http_request *rq);
    /* Any thread, after the reply has been sent or the client is gone. */
    void (*on_done)(void *user, struct http_request *rq);
};

struct http_server;

enum err http_start(struct ctx *c, const struct http_config *cfg,
                    struct http_server **out) MUST_CHECK;
uint16_t http_port(const struct http_server *s);
/* Stops accepting, waits up to grace_ms for requests under way, then ends. */
void http_stop(struct http_server *s, int grace_ms);

/* Call before handing the request to another thread (never after). */
void http_suspend(struct http_request *rq);
/* From any thread, once, when rq->reply is set; touch nothing of rq after. */
void http_resume(struct http_request *rq);

/* Event streams (SSE): takes the connection out of the request cycle. The
 * reply's headers are sent, then what http_stream_send queues, until
 * http_stream_end or the client goes. */
struct http_stream;
struct http_stream *http_stream_open(struct http_request *rq);
bool http_stream_send(struct http_stream *s, struct str bytes); /* false: gone*/
void http_stream_end(struct http_stream *s);

#endif
