/* The one door: which rows of an entity the actor may touch. Every read and
 * every write of a record needs a scope, and only scope_make makes one. */
#ifndef STORE_SCOPE_H
#define STORE_SCOPE_H

#include "db/db.h"
#include "store/actor.h"
#include "store/registry.h"

struct scope {
    const struct entity *e;
    enum action act;
    enum level level;
};

/* ERR_FORBIDDEN when the role may not do this to the entity at all. */
enum err scope_make(struct ctx *c, const struct entity *e, enum action act,
                    struct scope *out) MUST_CHECK;

/* True when every row is in the scope: nothing need be added to the query. */
bool scope_is_all(const struct ctx *c, const struct scope *s);

/* Appends a condition in parentheses on the rows called alias; "(1=1)" when
 * the scope is everything. Bin or not is the caller's matter. */
void scope_where(struct ctx *c, struct sqlb *b, const struct scope *s,
                 struct str alias);

/* Appends 1 where the row called alias is the actor's own (he owns it, or
 * the record it belongs to), else 0. */
void scope_mine(struct ctx *c, struct sqlb *b, const struct entity *e,
                struct str alias);

/* For an entity with the scope of its parent: what the parent must be in for
 * the row to be in s. Asks about rows that are not there yet.
 * out is not s. */
void scope_of_parent(const struct ctx *c, const struct scope *s,
                     struct scope *out);

/* Is this row in the scope? */
enum err scope_holds(struct ctx *c, const struct scope *s, int64_t id,
                     bool *out) MUST_CHECK;

#endif
