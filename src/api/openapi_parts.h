/* What the files that write the OpenAPI document share. */
#ifndef API_OPENAPI_PARTS_H
#define API_OPENAPI_PARTS_H

#include "api/openapi.h"
#include "api/shapes.h"

/* One operation: a route, of one entity when the route is a generic one. */
struct op {
    const struct route *route;
    struct str path;
    const struct entity_info *info; /* NULL: written by hand */
};

/* {"$ref":"#/components/KIND/NAME"} */
void openapi_ref(struct jw *w, const char *kind, struct str name);

/* An operation's object: parameters, body, answers. */
void openapi_operation(struct ctx *c, struct jw *w, const struct op *op);
/* components.parameters and components.responses. */
void openapi_parameters(struct jw *w);
void openapi_responses(struct jw *w);
/* The query parameter that stands for the filters of an entity. */
void openapi_filter_parameter(struct ctx *c, struct jw *w,
                              const struct entity_info *i);

/* Which schemas of an entity the generic operations use, beside its lists. */
struct entity_use {
    bool whole, create, change;
};

/* Members of components.schemas: those of one entity, one shape, and the
 * filter tree of searches. */
void openapi_entity_schemas(struct ctx *c, struct jw *w,
                            const struct entity_info *i, struct entity_use use);
void openapi_shape_schema(struct ctx *c, struct jw *w, const struct shape *s);
void openapi_filter_schema(struct jw *w);
/* The schema of a shape's type; doc may be NULL. */
void openapi_type(struct ctx *c, struct jw *w, struct str type,
                  const char *doc);

/* May records of the entity be changed by the generic routes? */
bool openapi_writable(const struct entity *e);

#endif
