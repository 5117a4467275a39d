/* A client of a running server, for commands with --server. libcurl is loaded
 * when the first request is made, so that nobody else pays for it. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/json.h"

struct client;

/* url: "http://host:port" with or without "/api/v1". Lives in c->arena.
 * ERR_INVALID client_url; ERR_UNAVAILABLE client_library without libcurl. */
enum err client_new(struct ctx *c, struct str url, struct str token,
                    struct client **out) MUST_CHECK;

/* The same through the local socket of a server on this machine, as the
 * console or as a user. */
enum err client_new_local(struct ctx *c, struct str socket, struct str as,
                          struct client **out) MUST_CHECK;

struct client_request {
    const char *method; /* "GET" … */
    struct str path;    /* "/imports/1", behind /api/v1 */
    struct str json;    /* body, or empty */
    int file;           /* >= 0: the body instead, to its end */
    int into;           /* >= 0: the answer's body goes there */
};
#define CLIENT_REQUEST(m, p)                                                   \
    (struct client_request) {                                                  \
        .method = (m), .path = (p), .file = -1, .into = -1                     \
    }

/* The answer's JSON (NULL when there is none). What the server refuses is
 * noted as client_refused with its words, what does not arrive as
 * client_failed: ERR_UNAVAILABLE. */
enum err client_send(struct ctx *c, struct client *k,
                     const struct client_request *r, json_t **out) MUST_CHECK;

/* Percent-encoded, for query strings. */
struct str client_encode(struct ctx *c, struct str s);

#endif
