/* What answers at the company's address while it is not served: the pages, and
 * 503 maintenance with Retry-After to everything that needs the company. */
#ifndef API_MAINTENANCE_H
#define API_MAINTENANCE_H

#include "api/server.h"

struct http_server;

/* Listens where o says. */
enum err maintenance_start(struct ctx *c, const struct server_options *o,
                           struct http_server **out) MUST_CHECK;
void maintenance_stop(struct http_server *h); /* NULL allowed */

#endif
