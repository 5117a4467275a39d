/* HTTP/1.1 server over libmicrohttpd: epoll, a number of loop threads, one
 * arena per request. Knows nothing of CRM. Limits (header size by connection
 * memory, body bytes, whole-request deadline, connections) are enforced here.
 * A request that can't be read (bad framing, two Content-Lengths, control
 * bytes or bad escapes in the path) is answered 4xx before on_headers. */
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
    struct http_header headers[24];
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
    int spool;        /* descriptor of the spooled body at offset 0, or -1;
                         closed at the end: set it to -1 to keep it */
    uint64_t spool_size;
    struct str peer; /* "127.0.0.1" */
    struct http_reply reply;
    void *user; /* the application's own state of this request */
};

/* Borrowed header value (name without regard to case) or empty; the first one
 * when there are several. From any thread that holds the request. */
struct str http_header_get(const struct http_request *rq, const char *name);
/* The header at place i, for walking over all; false behind the last. */
bool http_header_at(const struct http_request *rq, size_t i,
                    struct http_header *out);

/* How long the last bytes of the request have waited for their loop; 0 when
 * that is not known. Loop thread, in on_request. */
int64_t http_unread_ms(const struct http_request *rq);

/* Sets the reply's parts. Values are borrowed until it is sent; control bytes
 * in a header's value become spaces. At most 16 headers. Content-Length, Date
 * and Connection are added by the server. */
void http_reply_header(struct http_request *rq, const char *name,
                       struct str value);
void http_reply_text(struct http_request *rq, int status, const char *type,
                     struct str body);
/* A small problem+json document with the error's status and code, in English:
 * what the server itself answers when on_error is not set. */
void http_reply_error(struct http_request *rq, enum err e);

/* What the application decides when the headers are in. */
struct http_accept {
    uint64_t max_body; /* bytes; more is answered 413 */
    bool spool;        /* write the body to an unnamed temporary file */
};

enum http_turn {
    HTTP_DONE,    /* reply is set */
    HTTP_PENDING, /* suspended: somebody will call http_resume */
};

/* Zero means the default wherever one is given. */
struct http_config {
    struct str address; /* "127.0.0.1", "::1", "0.0.0.0", "::", "localhost" */
    uint16_t port;      /* 0: any, see http_port */
    /* A local socket too (0600), for processes of the same user or of root:
     * their requests have the peer HTTP_LOCAL_PEER. Made anew, removed at the
     * end; NULL: none. One that can't be made is reported by on_log. */
    const char *socket_path;
    int loops; /* loop threads, 1 by default */
    /* Whole request incl. body; default 60,000; then 408 and the end of the
     * connection. A body or reply that moves 16 KiB a second or more may take
     * longer; time with the application is not counted. */
    int deadline_ms;
    /* Bytes read and dropped after an early 4xx, so that the connection can be
     * used again; default 1 MiB. More: answer and close. */
    uint64_t max_body_unread;
    /* Keep-alive without a request, and at most this long for the head of
     * one; default 30,000. */
    int idle_ms;
    int max_connections;     /* default 20,000, less when ulimit -n is lower */
    int max_per_ip;          /* of one client address and loop; 0: no limit */
    int max_streams;         /* event streams; default 12,000 */
    int stream_heartbeat_ms; /* default 15,000 */
    int stream_life_ms;      /* then closed, clients come again; 1 hour */
    const char *spool_dir;   /* default $TMPDIR, else /tmp */
    void *user;
    /* Loop thread, headers read, body not yet: set limits in *out, or set
     * rq->reply and return false to answer at once. */
    bool (*on_headers)(void *user, struct http_request *rq,
                       struct http_accept *out);
    /* Loop thread, body complete. May call http_suspend and hand the request
     * to another thread; after that only the other thread touches it. */
    enum http_turn (*on_request)(void *user, struct http_request *rq);
    /* Any thread, after the reply has been sent or the client is gone; once
     * for each request that on_headers or on_request has seen. When somebody
     * resumes a request only after http_stop, it comes then. */
    void (*on_done)(void *user, struct http_request *rq);
    /* Loop thread: sets the reply for an error found by the server itself
     * (400, 413, 507, 500, 503). NULL: http_reply_error. */
    void (*on_error)(void *user, struct http_request *rq, enum err e);
    /* Any thread: the library's own complaints, one line. May be NULL. */
    void (*on_log)(void *user, const char *line);
};

#define HTTP_LOCAL_PEER "unix"

struct http_server;

/* Listens and serves. Raises the soft limit of open files to what
 * max_connections needs, as far as the hard one allows. Errors: ERR_INVALID
 * listen_address_invalid; ERR_CONFLICT listen_in_use; ERR_FORBIDDEN
 * listen_forbidden; ERR_UNAVAILABLE listen_failed. */
enum err http_start(struct ctx *c, const struct http_config *cfg,
                    struct http_server **out) MUST_CHECK;
uint16_t http_port(const struct http_server *s);
/* Is there the local socket that was asked for? */
bool http_has_socket(const struct http_server *s);
/* Connections open now, event streams not counted; event streams. */
int http_connections(const struct http_server *s);
int http_streams(const struct http_server *s);
/* Stops accepting and closes the event streams, waits up to grace_ms for
 * requests under way, then ends. Clients of requests still pending then get
 * 503; their owners may call http_resume any time later. NULL allowed. */
void http_stop(struct http_server *s, int grace_ms);

/* Loop thread, in on_request: call before handing the request to another
 * thread (never after), then return HTTP_PENDING. */
void http_suspend(struct http_request *rq);
/* From any thread, once, when rq->reply is set; touch nothing of rq after. */
void http_resume(struct http_request *rq);

/* Event streams (SSE): takes the connection out of the request cycle. The
 * reply's headers are sent (status 200, text/event-stream unless set), then
 * what http_stream_send queues, until http_stream_end or the client goes.
 * Called from on_request, or by the holder of a suspended request; the request
 * itself then ends in the usual way (HTTP_DONE or http_resume).
 * NULL when there are too many or the server is ending: answer 503 then.
 *
 * A stream leaves libmicrohttpd: its socket is duplicated and served by the
 * server's own epoll thread, so thousands of idle streams cost neither pool
 * memory nor a walk over suspended connections at each resume. */
struct http_stream;
struct http_stream *http_stream_open(struct http_request *rq);
/* Any thread. False: the client is gone, too slow (64 KiB unsent) or the
 * stream's life is over. Call http_stream_end then. */
bool http_stream_send(struct http_stream *s, struct str bytes);
/* The same answer without sending. */
bool http_stream_alive(struct http_stream *s);
/* Any thread, once, also after http_stop; s is gone after it. What is queued
 * is still sent. */
void http_stream_end(struct http_stream *s);

#endif
