/* Moving a whole company into another, empty database: every table with its
 * ids, custom columns, files, audit entries and change log. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "db/bulk.h"

struct copy_table {
    struct str name;
    int64_t rows;
    unsigned char from[16], to[16]; /* of all rows, in whatever order */
    int64_t to_rows;
};
struct copy_report {
    VEC(struct copy_table) v;
    int64_t rows, ms;
    bool written; /* all of it is committed; comparing comes after that */
    bool equal;
};

/* c: the source, a reader of an opened store. t: the target, an opened store
 * (STORE_READ) with a writer's connection in t->db and the same schema.
 * progress counts rows, first those written, then those read back; false ends
 * it: ERR_CANCELLED. One transaction: after any error before `written` the
 * target is empty.
 * ERR_CONFLICT copy_not_empty, copy_schema. */
enum err copy_company(struct ctx *c, struct ctx *t, db_progress progress,
                      void *arg, struct copy_report *out) MUST_CHECK;

#endif
