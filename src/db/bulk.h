/* Whole tables at once: read row by row whatever their size, written as fast
 * as the engine takes them. For moving a company between databases. */
#ifndef DB_BULK_H
#define DB_BULK_H

#include "db/db.h"

struct strs {
    VEC(struct str) v;
};

/* Tables of the schema and columns of one, by name; without the tables of
 * migrations and of the search index. */
enum err db_tables(struct ctx *c, struct strs *out) MUST_CHECK;
enum err db_columns(struct ctx *c, struct str table,
                    struct strs *out) MUST_CHECK;
/* The highest id the table ever gave, 0 for none; and setting it, so that no
 * id comes twice. */
enum err db_last_id(struct ctx *c, struct str table, int64_t *out) MUST_CHECK;
enum err db_set_last_id(struct ctx *c, struct str table, int64_t id) MUST_CHECK;

/* --- reading, in a transaction ------------------------------------------ */

struct db_scan {
    struct ctx c; /* the caller's with an arena of a batch */
    struct rows *rows;
    const struct val *cells; /* of the current row, until the next one */
    struct str cursor;       /* PostgreSQL */
    int64_t batch, seen, bytes;
};
enum err db_scan_begin(struct ctx *c, struct str table,
                       const struct strs *columns,
                       struct db_scan *out) MUST_CHECK;
/* ERR as the engine says, noted in s->c. */
enum err db_scan_next(struct db_scan *s, bool *more) MUST_CHECK;
void db_scan_end(struct db_scan *s);

/* --- writing, in a transaction ------------------------------------------ */

/* Drops indexes and references; db_bulk_finish makes them again and checks
 * them. On SQLite the references must be off before the transaction:
 * db_references. */
struct db_loading {
    struct strs again; /* statements */
};
enum err db_references(struct ctx *c, bool on) MUST_CHECK;
enum err db_loading_begin(struct ctx *c, struct db_loading *out) MUST_CHECK;
enum err db_loading_end(struct ctx *c, const struct db_loading *l) MUST_CHECK;

struct db_bulk {
    struct ctx *c;
    struct sql insert; /* SQLite */
    struct buf out;    /* PostgreSQL: rows not sent yet */
    size_t n;          /* columns */
};
enum err db_bulk_begin(struct ctx *c, struct str table,
                       const struct strs *columns,
                       struct db_bulk *out) MUST_CHECK;
enum err db_bulk_row(struct db_bulk *b, const struct val *v) MUST_CHECK;
/* c must not be used for anything else between begin and end. */
enum err db_bulk_end(struct db_bulk *b) MUST_CHECK;

/* The columns of the table search_<entity>: id, what db_search_stored gives. */
void db_search_columns(struct ctx *c, struct strs *out);

/* --- pg_bulk.c, for bulk.c ---------------------------------------------- */

enum err pg_copy_begin(struct ctx *c, struct str statement) MUST_CHECK;
enum err pg_copy_send(struct ctx *c, struct str bytes) MUST_CHECK;
enum err pg_copy_end(struct ctx *c) MUST_CHECK;

#endif
