/* Private to src/http: the server, its connections and one request's journey
 * ("exchange"). Lock order: server.lock alone; stream locks are in stream.c. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "base/buf.h"
#include "http/keeper.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#define MEMORY_LIMIT (16 * 1024) /* of a connection: all headers, both ways */
#define DEFAULT_MAX_BODY (1024 * 1024)
#define SLOWEST_BYTES_PER_MS 16 /* what moves faster outlives the deadline */

enum phase {
    PHASE_HEAD,    /* headers not seen yet */
    PHASE_BODY,    /* body wanted */
    PHASE_DROP,    /* reply is set, body is read and dropped */
    PHASE_ASKED,   /* on_request has been called */
    PHASE_REPLIED, /* reply handed to the library */
};

/* Who may touch an exchange while it waits. */
enum hold {
    HOLD_LOOP,      /* its loop thread */
    HOLD_AWAY,      /* the one it was handed to */
    HOLD_BACK,      /* resumed, the loop has not come to it yet */
    HOLD_ABANDONED, /* server ends: client gets 503, holder is still away */
    HOLD_RETURNED,  /* abandoned, the holder has come back */
    HOLD_ORPHAN,    /* abandoned, connection gone, holder still away */
};

struct conn {
    struct conn *prev, *next; /* under server.lock */
    struct exchange *ex;      /* under server.lock; NULL between requests */
    struct http_server *server;
    int fd;
    _Atomic int64_t due_ms; /* monotonic; shut down after it; 0: never */
    _Atomic bool reading;   /* a request is awaited or half here: 408 then */
    char peer[INET6_ADDRSTRLEN];
};

struct exchange {
    struct http_request rq; /* first: the application's view */
    struct http_server *server;
    struct conn *conn; /* for the loop thread only */
    struct MHD_Connection *mhd;
    struct exchange *next_free;
    _Atomic int hold; /* enum hold */
    enum phase phase;
    struct http_header *fields;
    size_t n_fields;
    size_t target_n;   /* bytes of the request target up to a NUL */
    uint64_t declared; /* Content-Length; UINT64_MAX: chunked */
    uint64_t received;
    struct http_accept accept;
    struct buf body;
    int64_t started_ms;
    bool seen;       /* the application knows it: on_done is due */
    bool must_close; /* bad framing: nothing after this can be trusted */
    int linger_fd;   /* duplicate kept open until the client has read, or -1 */
    struct http_stream *stream; /* set under server.lock */
};

struct http_server {
    struct http_config cfg;
    struct loops *loops;
    struct keeper *keeper;
    uint16_t port;
    bool has_socket;
    bool known_layout;    /* of the library's buffers: head.c looks into them */
    pthread_mutex_t lock; /* conns, conn.ex, spare */
    struct conn *conns;
    struct exchange *spare; /* with their arenas, for the next requests */
    size_t n_spare;
    _Atomic int n_conns;
    _Atomic int n_new;  /* accepted, not yet seen by a loop */
    _Atomic int active; /* requests between their first line and their end */
    _Atomic bool ending;
    _Atomic int refs; /* the owner and each orphan */
};

static inline struct exchange *exchange_of(struct http_request *rq) {
    return (struct exchange *)(void *)rq;
}

int64_t monotonic_ms(void);

/* How long the head of a request may take from its first line, and the first
 * line from the opening of the connection. */
static inline int head_ms(const struct http_server *s) {
    return s->cfg.idle_ms < s->cfg.deadline_ms ? s->cfg.idle_ms
                                               : s->cfg.deadline_ms;
}

/* server.c, exchange.c: callbacks of the library. */
void server_conn(void *cls, struct MHD_Connection *mhd, void **slot,
                 enum MHD_ConnectionNotificationCode code);
void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result exchange_step(void *cls, struct MHD_Connection *mhd,
                              const char *url, const char *method,
                              const char *version, const char *data,
                              size_t *size, void **con_cls);
void exchange_completed(void *cls, struct MHD_Connection *mhd, void **con_cls,
                        enum MHD_RequestTerminationCode code);
/* Frees the spare ones; nobody else uses the server any more. */
void exchange_drain(struct http_server *s);

/* hold.c: gives every exchange that is away back to the loop with 503. */
void hold_abandon_all(struct http_server *s);
/* The connection is gone: true when the exchange stays with its holder. */
bool hold_orphan(struct exchange *ex);
/* Ends the application's part and returns the memory. */
void exchange_finish(struct exchange *ex);
void server_unref(struct http_server *s);

/* head.c: copies the headers and checks target and framing: OK or
 * ERR_MALFORMED. */
enum err head_read(struct exchange *ex, const char *url, const char *method,
                   const char *version);
enum http_method head_method(const char *method);
void head_target(struct exchange *ex, struct str uri);

/* reply.c */
enum MHD_Result reply_queue(struct exchange *ex);       /* ex->rq.reply */
enum MHD_Result reply_unavailable(struct exchange *ex); /* static 503 */
/* Status line and headers as bytes, for what bypasses the library. */
void reply_head(struct buf *b, const struct http_reply *r);
void reply_set_error(struct exchange *ex, enum err e);
/* Writes the reply straight to the socket, for an answer in mid-body, where
 * the library allows none. The connection must be closed after it. */
void reply_raw(struct exchange *ex);

/* spool.c */
enum err spool_open(struct exchange *ex);
enum err spool_write(struct exchange *ex, const char *data, size_t n);

#endif
