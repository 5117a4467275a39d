/* The hash an audit entry carries of its own content. */
#ifndef STORE_AUDIT_HASH_H
#define STORE_AUDIT_HASH_H

#include "base/ctx.h"

#define AUDIT_HASH_BYTES 33 /* form 2: a byte 2, then BLAKE2b-256 */

/* The columns; V_NULL where there is none. */
struct audit_row {
    int64_t at;
    struct val user_id, action, entity, record_id, rev, changes, request_id,
        peer;
};

/* Bytes in c->arena, of the form the row's own hash has (length says which;
 * pass AUDIT_HASH_BYTES for a new row): in form 2 each value stands with its
 * length, form 1, of the first version, joins them with bars. */
struct str audit_hash(struct ctx *c, const struct audit_row *r, size_t form);

#endif
