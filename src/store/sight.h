/* Which fields of a row the actor may read. A statistic needs the right to
 * read what it is made of: no orders, no sums of orders (DESIGN S3). Grade and
 * ABC class are facts of the customer and need no more than the customer. */
#ifndef STORE_SIGHT_H
#define STORE_SIGHT_H

#include "store/registry.h"

struct actor;

/* May the field leave the server, for this actor? Also asked before one
 * filters or sorts by it. */
bool sight_field(const struct ctx *c, const struct entity_info *i,
                 const struct field *f);

/* ERR_FORBIDDEN unless the actor may read sums of orders wherever he may read
 * customers. */
enum err sight_sums(struct ctx *c) MUST_CHECK;

/* For actor.c: the sources that the actor sees less far than customers, as
 * bits; kept in the actor. levels as in struct actor. */
unsigned sight_blind(const struct model *m, const unsigned char *levels);

#endif
