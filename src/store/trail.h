/* What every write leaves behind: an audit entry (who, what, old and new
 * values) and a change_log row (feeds, caches, events). Same transaction. */
#ifndef STORE_TRAIL_H
#define STORE_TRAIL_H

#include "store/record.h"

/* before NULL: created; after NULL: gone. Only fields that differ are kept;
 * secret values are never written. */
enum err trail_write(struct ctx *c, enum save_op op,
                     const struct record *before,
                     const struct record *after) MUST_CHECK;

/* The change_log row alone: bulk work has one audit entry for many records. */
enum err trail_change(struct ctx *c, enum save_op op,
                      const struct record *before,
                      const struct record *after) MUST_CHECK;

/* The change_log row of a record that leaves the bin for good, for those who
 * could see it by its owner or by a parent's. */
enum err trail_gone(struct ctx *c, const struct record *r) MUST_CHECK;

/* The audit entry alone: bulk work whose change_log rows are written together.
 */
enum err trail_audit(struct ctx *c, enum save_op op,
                     const struct record *before,
                     const struct record *after) MUST_CHECK;

/* An entry that concerns no single record: sign-in, export, settings. */
enum err trail_event(struct ctx *c, struct str action, struct str entity,
                     int64_t record_id, struct str details_json) MUST_CHECK;

#endif
