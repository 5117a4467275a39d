/* Routes: one const array per file beside its handlers; routes.c lists the
 * arrays. The columns are enforced by the dispatcher before the handler runs:
 * sign-in, right, body size, body shape. AUTH_UNSET is refused at start. */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "base/json.h"
#include "http/server.h"
#include "http/url.h"
#include "store/actor.h"
#include "store/store.h"

enum route_auth {
    AUTH_UNSET,
    AUTH_NONE,  /* anybody */
    AUTH_HALF,  /* any signed-in user, also one who must set up the second
                   step first */
    AUTH_USER,  /* any signed-in user; entity rights by the scope */
    AUTH_ADMIN, /* actor->admin */
};

enum route_run {
    RUN_FAST,  /* cheap read: on SQLite on the loop thread with 2 ms, else, and
                  when that was not enough, on threads for such, 250 ms */
    RUN_QUICK, /* read that mostly is cheap: on the loop thread with 1 ms, on
                  PostgreSQL on those threads with 20 ms; what takes longer, now
                  or lately, is RUN_SLOW */
    RUN_SLOW,  /* read that may take long: worker pool, 250 ms budget */
    RUN_HEAVY, /* company-wide sums, the feed: as RUN_SLOW with 5 s */
    RUN_WRITE, /* the handler is a write function: one transaction */
    RUN_BARE,  /* loop thread, AUTH_NONE, no database */
    RUN_HASH,  /* as RUN_FREE, in the two threads that compute Argon2 */
    RUN_FREE,  /* worker pool, no transaction, no budget: the handler calls
                  store_write itself (uploads) */
};

enum route_body {
    BODY_NONE,
    BODY_JSON,  /* read before the handler: call->json, an object */
    BODY_BYTES, /* spooled to a file: call->rq->spool */
};

struct server; /* api/server.h */

/* What an answer says about how often the caller may ask; see api/limit.h. */
struct limit_state {
    bool limited; /* is there a limit at all */
    int64_t limit, remaining, reset_s;
};

/* One request on its way through a handler. */
struct call {
    struct server *server;
    struct http_request *rq;
    const struct route *route;
    struct str path[6]; /* the pattern's {…} values, decoded */
    size_t n_path;
    struct url_params params;
    json_t *json;             /* BODY_JSON */
    struct buf out;           /* the answer's body */
    struct jw w;              /* writer into out */
    int status;               /* 0: 200 */
    const char *content_type; /* NULL: application/json */
    bool close_file;
    bool secret; /* the answer holds one: not kept for Idempotency-Key */
    struct limit_state limit; /* told in the answer's headers */
    /* Of a problem: JSON for its member "results", or empty. */
    struct str problem_results;
};

typedef enum err (*route_fn)(struct ctx *c, struct call *call);

struct route {
    enum http_method method;
    const char *pattern; /* "/api/v1/{object}/{id}" */
    route_fn fn;
    enum route_auth auth;
    enum route_run run;
    enum route_body body;
    uint64_t max_body; /* bytes; 0: 1 MiB for JSON */
    const char *doc;   /* one line for OpenAPI */
    const char *tag;   /* group in OpenAPI: "customers", "sign-in" … */
    /* Name of a shape (api/shapes.h) or NULL: of the JSON body, else of the
     * query string. */
    const char *in;
    /* Of the answer: name of a shape, or a media type such as "text/csv";
     * NULL: 204, no content. */
    const char *out;
};

struct route_list {
    const struct route *p;
    size_t n;
};
/* All of them, generic ones last; ends with NULL. */
extern const struct route_list *const all_routes[];

/* The path value as an id; ERR_NOT_FOUND when it is not one. */
enum err call_id(struct ctx *c, const struct call *call, size_t i,
                 int64_t *out) MUST_CHECK;

#endif
