/* The running company: HTTP server, dispatcher, worker pool, sign-in state.
 * One per process, made and ended by server_run. */
#ifndef API_SERVER_H
#define API_SERVER_H

#include "base/ctx.h"

#include <stdatomic.h>

struct auth;   /* app/auth.h */
struct jobs;   /* app/job.h */
struct server; /* api/server.c */
struct store;  /* store/store.h */

struct server_options {
    struct str address; /* "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;      /* 0: any free one */
    int loops;          /* loop threads; 0: 1 */
    int workers;        /* pool threads; 0: 4 */
    bool demo;          /* the database is marked as demonstration data */
    /* X-Forwarded-For and X-Forwarded-Proto of the peer are believed, the
     * session cookie is Secure with the __Host- prefix when it says https. */
    bool trusted_proxy;
    struct auth *auth; /* made by the caller, outlives server_run */
    /* Called once when the socket listens, before the first request. */
    void (*on_ready)(void *arg, struct str address, uint16_t port);
    void *arg;
    /* server_run returns soon after *stop is true (set by a signal handler).
     */
    atomic_bool *stop;
};

/* Serves until *o->stop; returns OK after a clean end, an error when the
 * address can't be listened on. */
enum err server_run(struct ctx *c, struct store *s,
                    const struct server_options *o) MUST_CHECK;

/* What the server has answered since its start, and what is open now. */
struct server_figures {
    uint64_t answers[6]; /* by first digit of the status */
    uint64_t connections, streams;
    uint64_t pooled;    /* requests waiting for a worker */
    uint64_t slow;      /* requests handed to the pool for slow work so far */
    int workers;        /* threads of the pool */
    int64_t started_ms; /* UTC */
};
void server_figures(struct server *s, struct server_figures *out);

/* Does this request come over TLS: the proxy says so, or the public address of
 * the company is https. */
struct http_request;
bool server_secure(struct server *s, const struct http_request *rq);

/* For handlers: the sign-in state and the options of the running server. */
struct auth *server_auth(const struct server *s);
struct meter *server_meter(const struct server *s); /* api/meter.h */
struct events;                                      /* api/events.h */
struct events *server_events(const struct server *s);
struct jobs *server_jobs(const struct server *s);
const struct server_options *server_options(const struct server *s);

#endif
