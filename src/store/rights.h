/* What a role may do with each field: one byte a field, worked out once when
 * the actor is loaded, from the role's own words ("fields" in its grants),
 * else from the field's grade; then what derived fields lose because their
 * sources are not to be read (DESIGN S3). */
#ifndef STORE_RIGHTS_H
#define STORE_RIGHTS_H

#include "base/json.h"
#include "store/registry.h"

struct actor;

enum see {
    SEE_HIDDEN, /* as if the field were not there */
    SEE_MASKED, /* by its mask: no filter, no order, no sum */
    SEE_LISTED, /* in full, but masked in lists of others' records */
    SEE_FULL,
};
#define RIGHT_SEE 3u    /* the bits of enum see */
#define RIGHT_CREATE 4u /* may be given in a new record */
#define RIGHT_UPDATE 8u /* may be changed */

/* "edit", "read", "masked", "hidden". */
bool rights_parse(struct str word, unsigned char *out);

/* Has the entity rights to its fields? Not what is somebody's own work with
 * routes of its own: jobs and imports. */
bool rights_apply(const struct entity *e);

/* Fills a->fields and a->blind from the grants of a's role. a->levels, a->admin
 * are set. */
void rights_read(struct ctx *c, const json_t *grants, struct actor *a);

/* Bits of a->blind: whole kinds of record seen less far than customers. */
enum blind_to {
    FROM_ORDERS = 1,
    FROM_PAYMENTS = 2,
    FROM_INTERACTIONS = 4,
    FROM_EVERYBODY = 8, /* orders of all customers */
    FROM_AMOUNTS = 16,  /* what orders are worth: a right to fields */
    FROM_PRODUCTS = 32, /* what they cost */
    FROM_COSTS = 64,    /* the ledger of costs to serve */
};

#endif
