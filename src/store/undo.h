/* What an import has written in its chunks, newest first. Reads with c->db. */
#ifndef STORE_UNDO_H
#define STORE_UNDO_H

#include "db/db.h"

/* The audit entry of a chunk: app/import_undo.h tells what is in it. */
struct undo_entry {
    int64_t id;
    struct str details; /* JSON */
};
/* The newest one before entry `before` (0: of all). */
enum err undo_entry(struct ctx *c, int64_t import_id, int64_t before,
                    struct undo_entry *out, bool *found) MUST_CHECK;

struct undo_line {
    int64_t id, rev;
};
/* Live lines of an order with these numbers. */
enum err undo_lines(struct ctx *c, int64_t order_id, int64_t first,
                    int64_t last, struct undo_line **out, size_t *n) MUST_CHECK;

/* Live lines of an order that somebody has changed, or that came behind this
 * number. */
enum err undo_foreign_lines(struct ctx *c, int64_t order_id, int64_t last,
                            int64_t *n) MUST_CHECK;

#endif
