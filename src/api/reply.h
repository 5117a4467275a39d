/* Answers: JSON bodies, problem+json, entity tags. */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "api/route.h"
#include "api/verb.h"
#include "store/record.h"

/* Turns what the handler left in call (or the error e and c's problems) into
 * rq->reply. */
void reply_finish(struct ctx *c, struct call *call, enum err e);

/* Over TLS: this site is asked for over TLS only from now on. */
void reply_transport(struct server *s, struct http_request *rq);

/* RFC 9457 body for e and the problems noted in c, in c->lang. results: JSON
 * of its member of that name, or empty. */
void reply_problem(struct ctx *c, struct http_request *rq, enum err e,
                   struct str results);

/* The same object into w, for one of several outcomes in an answer. */
void reply_write_problem(struct ctx *c, struct jw *w, enum err e);

/* A header of the answer. */
void reply_header(struct call *call, const char *name, struct str value);

/* "rev.view": view = role, language, registry (DESIGN D4). With quotes. */
struct str reply_etag(struct ctx *c, const struct record *r);
/* The revisions of an If-Match header, of which the record must have one; none
 * for no header or "*". ERR_MALFORMED. */
enum err reply_if_match(struct ctx *c, const struct call *call,
                        struct verb_revs *out) MUST_CHECK;

/* For an answer that is written already: gives it a weak ETag, and makes it a
 * 304 when the caller has the same (If-None-Match). */
enum err reply_same(struct ctx *c, struct call *call) MUST_CHECK;

#endif
