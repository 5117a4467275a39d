/* The one door: which rows of an entity the actor may touch. Every read and
 * every write of a record needs a scope, and only scope_make makes one. */
#ifndef STORE_SCOPE_H
#define STORE_SCOPE_H

#include "db/db.h"
#include "store/actor.h"
#include "store/registry.h"

/* Records of an entity that are shared with the actor for an action. */
struct scope_shares {
    const struct entity *e;
    const int64_t *ids;
    size_t n;
};

struct scope {
    const struct entity *e;
    enum action act;
    enum level level;
    /* What scope_resolve has read: of the entity and those above it. */
    const struct scope_shares *shares;
    size_t n_shares;
    /* Not NULL: of an owned entity only what belongs to these. */
    const int64_t *owners;
    size_t n_owners;
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

/* May there be rows of the entity above the actor's clearance, or belonging to
 * such? */
bool scope_screens(const struct ctx *c, const struct entity *e);

/* Appends a condition in parentheses on those rows, whoever owns them. */
void scope_where_secret(struct ctx *c, struct sqlb *b, const struct entity *e,
                        struct str alias);

/* Appends 1 where the row called alias is the actor's own (he owns it, or
 * the record it belongs to), else 0. */
void scope_mine(struct ctx *c, struct sqlb *b, const struct entity *e,
                struct str alias);

/* Reads what is shared with the actor, so that the condition names it instead
 * of asking: an engine finds rows by it then. For lists; costs a query or two.
 */
enum err scope_resolve(struct ctx *c, struct scope *s) MUST_CHECK;

/* The scope without what is only shared with the actor. That of ACT_DELETE
 * never has it. */
void scope_unshared(struct ctx *c, struct scope *s);

/* The rows of a scope from its side, for few rows out of many: owners first,
 * then what belongs to them.
 *   scope_source        " FROM …" with the entity as t
 *   scope_source_where  the condition, in parentheses, that goes with it
 * Together they select what scope_where selects, each row once. */
void scope_source(struct ctx *c, struct sqlb *b, const struct scope *s);
void scope_source_where(struct ctx *c, struct sqlb *b, const struct scope *s);
/* Are its rows seen through their parents alone? Then the same condition as
 * scope_where for t, for many rows: its parents are listed once. */
bool scope_is_child(const struct scope *s);
void scope_where_listed(struct ctx *c, struct sqlb *b, const struct scope *s);

/* Parts of scope_where, for scope_source: the ids shared with the actor, and
 * the condition of being owned or shared. */
void scope_shares_query(struct ctx *c, struct sqlb *b, const struct scope *s);
void scope_where_owned(struct ctx *c, struct sqlb *b, const struct scope *s,
                       struct str alias);

/* The users whose records are in a scope that is not everything. */
void scope_owners(const struct ctx *c, const struct scope *s,
                  const int64_t **ids, size_t *n);

/* Rows of the scope, counted no further than `most`: a guess. Those in it for
 * two reasons count twice, those in the bin too; what belongs to very many
 * records is `most` without counting. */
enum err scope_count(struct ctx *c, const struct scope *s, int64_t most,
                     int64_t *out) MUST_CHECK;

/* For an entity with the scope of its parent: what the parent must be in for
 * the row to be in s. Asks about rows that are not there yet.
 * out is not s. */
void scope_of_parent(const struct ctx *c, const struct scope *s,
                     struct scope *out);

/* Is this row in the scope? */
enum err scope_holds(struct ctx *c, const struct scope *s, int64_t id,
                     bool *out) MUST_CHECK;

#endif
