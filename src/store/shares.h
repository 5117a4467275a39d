/* Shares of single records: rows of record_share. Each lets one more user, or
 * everybody in a team and in those below it, see a record, or see and change
 * it, with all that is seen through it, whatever his role's levels say; what
 * his role may do at all and his clearance stay. To delete it, or to give it to
 * another owner, takes more than a share. */
#ifndef STORE_SHARES_H
#define STORE_SHARES_H

#include "base/json.h"
#include "store/record.h"

struct share {
    int64_t user_id, team_id; /* one of them, the other 0 */
    struct val level;         /* "read", "write" */
    struct val until;         /* UTC ms, or NULL: until it is taken back */
};

/* Are records of this entity shared one by one? Those with an owner and a form,
 * unless a mark of their own says who sees them. */
bool shares_fit(const struct entity *e);

/* Inside a write function. Shares a record, or changes the share there is. Who
 * may change a record may share it, but not who may do so by a share alone.
 * ERR_NOT_FOUND out of the actor's sight, ERR_FORBIDDEN share_not_yours,
 * ERR_INVALID user or team ref_missing, until share_past. */
enum err shares_put(struct ctx *c, const struct entity_info *i, int64_t id,
                    const struct share *s) MUST_CHECK;

/* Inside a write function. Takes back that of the user or team in s: as
 * shares_put, or the user himself, but nobody in a team what the others have
 * too. One that is not there is no error. */
enum err shares_take(struct ctx *c, const struct entity_info *i, int64_t id,
                     const struct share *s) MUST_CHECK;

/* Writes {"may_change":true,"data":[…]}: who a record is shared with, for
 * everybody who may read it. */
enum err shares_of(struct ctx *c, const struct entity_info *i, int64_t id,
                   struct jw *w) MUST_CHECK;

/* Inside a write function. Takes away, some at a time, those that have run
 * out, so that feeds tell of it. c needs no actor. */
enum err shares_end(struct ctx *c) MUST_CHECK;

#endif
