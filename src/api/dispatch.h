/* From a request to its handler: route, limits, sign-in, thread, transaction.
 */
#ifndef API_DISPATCH_H
#define API_DISPATCH_H

#include "api/route.h"
#include "api/server.h"
#include "base/log.h"

/* The first route that fits, its path values in call->path, or NULL;
 * *other_method when only the method differs. */
const struct route *route_find(const struct http_request *rq, struct call *call,
                               bool *other_method);

/* A pool thread's own things. */
struct worker {
    struct server *server;
    struct arena *arena;
    struct db_conn *conn; /* NULL while the database is away */
};
bool worker_connect(struct worker *w);

struct limits;
struct limits *server_limits(const struct server *s);
struct store *server_store(const struct server *s);
const struct log *server_log(const struct server *s);
/* A number no other request has, as 16 hex digits. */
struct str server_request_id(struct server *s, struct arena *a);
struct db_conn *server_loop_conn(struct server *s, struct ctx *c);
/* Until when (monotonic µs) a question is slow; several share one. */
_Atomic int64_t *server_slow(struct server *s, uint64_t question);
/* Has the request lain unread longer than wait_us, because the loop has more to
 * do than it can? Asked of the kernel for one request in eight, and of all for
 * a moment after one that was late. Loop thread. */
bool server_is_late(struct server *s, const struct http_request *rq,
                    int64_t wait_us);
struct work;
/* Hands work to the pool, with the worker as its state (work_put). */
bool server_put(struct server *s, const struct work *w) MUST_CHECK;
/* The same to the few threads for reads that mostly are short. */
bool server_put_prompt(struct server *s, const struct work *w) MUST_CHECK;
/* The same to the few threads that compute password hashes. */
bool server_put_hash(struct server *s, const struct work *w) MUST_CHECK;

/* Callbacks of the HTTP server; user is the struct server. */
bool dispatch_headers(void *user, struct http_request *rq,
                      struct http_accept *out);
enum http_turn dispatch_request(void *user, struct http_request *rq);
void dispatch_error(void *user, struct http_request *rq, enum err e);
void dispatch_done(void *user, struct http_request *rq);

#endif
