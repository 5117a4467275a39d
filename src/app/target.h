/* What a column of a file can be read into: a field. */
#ifndef APP_TARGET_H
#define APP_TARGET_H

#include "store/registry.h"
#include "store/scope.h"

/* One field a column can be read into. */
struct target {
    const struct entity_info *info;
    const struct field *field;
    struct str name; /* "order.number" */
    bool required;   /* no file without it */
    bool key;        /* digits that name something: 17850.0 means 17850 */
};

struct targets {
    struct str entity; /* plural: what the file holds */
    const struct target *p;
    size_t n;
};

/* Who made a record and when: only for new records, and only by who may create
 * records for anybody. */
bool mapping_is_origin(const struct field *f);

/* Of a file of customers, contacts, products or orders. ERR_INVALID
 * "import_entity" for anything else. Lives in c->arena. */
enum err targets_of(struct ctx *c, struct str entity,
                    struct targets *out) MUST_CHECK;

/* By "order.number"; for the file's own entity "number" will do. NULL. */
const struct target *target_find(const struct targets *t, struct str name);

#endif
