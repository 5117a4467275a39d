/* From one model to the next: reading a lock, drafting a migration. */
#ifndef MODEL_DIFF_H
#define MODEL_DIFF_H

#include "model/emit.h"

/* Reads what emit_lock wrote. Lives in c->arena. Problems as in parse.h. */
enum err lock_parse(struct ctx *c, struct str file, struct str json,
                    struct model *out) MUST_CHECK;

/* Appends a migration file with sections -- both, -- sqlite, -- postgres that
 * leads from old to now. What widens (new tables, columns, indexes) is
 * complete; what drops, narrows or renames is a comment that a person turns
 * into statements. Nothing is appended when there is no difference. */
void emit_migration(const struct model *old, const struct model *now,
                    struct buf *b);

#endif
