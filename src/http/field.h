/* Values of header fields: cookies, entity tags, preferences. Pure functions
 * over slices; what does not parse counts as absent. */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include "http/server.h"

/* Value of the cookie called name in the request's Cookie headers, without
 * quotes, or empty. Two cookies of one name: the first. Borrowed. */
struct str http_cookie_get(const struct http_request *rq, struct str name);
/* The same from one header's value. */
struct str cookie_find(struct str header, struct str name);

/* The list of an If-Match or If-None-Match, one tag at a time: opaque text
 * without quotes; weak_out tells W/"…". False at the end or at the first
 * thing that is no tag. "*" gives the tag "*" with weak_out false. */
bool etag_next(struct str *list, struct str *tag_out, bool *weak_out);
/* If-None-Match: does the list name this tag (weak comparison) or "*"?
 * tag is the opaque text without quotes. */
bool etag_listed(struct str list, struct str tag);

/* The best language we have for an Accept-Language: zh (also zh-CN, zh-TW …),
 * en or, when neither is named, fallback. */
enum lang accept_lang(struct str header, enum lang fallback);

/* May the answer be in this content coding ("gzip", "br")? Named or "*", and
 * not with q=0. */
bool accept_coding(struct str header, struct str coding);

#endif
