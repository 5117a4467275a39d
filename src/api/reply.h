/* Answers: JSON bodies, problem+json, entity tags. */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "api/route.h"
#include "store/record.h"

/* Turns what the handler left in call (or the error e and c's problems) into
 * rq->reply. */
void reply_finish(struct ctx *c, struct call *call, enum err e);

/* Over TLS: this site is asked for over TLS only from now on. */
void reply_transport(struct server *s, struct http_request *rq);

/* RFC 9457 body for e and the problems noted in c, in c->lang. */
void reply_problem(struct ctx *c, struct http_request *rq, enum err e);

/* A header of the answer. */
void reply_header(struct call *call, const char *name, struct str value);

/* "rev.view": view = role, language, registry (DESIGN D4). With quotes. */
struct str reply_etag(struct ctx *c, const struct record *r);
/* The rev of an If-Match header; 0 when there is none. ERR_MALFORMED. */
enum err reply_if_match(struct ctx *c, const struct call *call,
                        int64_t *rev) MUST_CHECK;

#endif
