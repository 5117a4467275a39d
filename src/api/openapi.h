/* The OpenAPI 3.1 document of this installation: from the tables of routes,
 * the tables of shapes and the registry. */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "api/route.h"
#include "store/sight.h"

/* Writes the document. Entities the actor may not read are left out. Needs
 * c->registry and c->actor, no database. */
void openapi_write(struct ctx *c, struct jw *w);

/* May the route answer with this status of 400 or more? What the document
 * lists, and what any request may meet. */
bool openapi_may_fail(const struct route *r, int status);

/* The field a shape's type names ("customer.grade"). Dies when there is none:
 * a programming error. */
const struct field *openapi_field(const struct ctx *c, struct str name);
/* How the caller sees that field. */
enum see openapi_see(const struct ctx *c, struct str name);

#endif
