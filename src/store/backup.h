/* Copies of the whole company while it works, and how one is known to be good.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "db/db.h"

/* Where a company's backups lie: GUANXI_BACKUP_DIR, else the folder "backups"
 * beside the SQLite file, else ./data/backups. */
struct str backup_folder(struct ctx *c);
/* The same without an opened company; file: the SQLite file or empty. */
struct str backup_folder_of(struct arena *a, struct str file);

/* "db" for SQLite, "dump" for PostgreSQL: how its copies' names end. */
struct str backup_suffix(const struct ctx *c);
/* "sqlite" or "postgresql": of the company. */
struct str backup_engine_of(const struct ctx *c);
/* The same by the name of a copy; NULL for another. */
const char *backup_engine(struct str name);

struct backup_report {
    struct db_counts counts; /* of the database when the copy was made */
    struct buf wrong;        /* a line for each thing; empty: it is good */
    int64_t schema;          /* its newest migration */
};

/* Copies the company that c->store holds to path, then opens the copy and
 * compares: pages, references, rows and newest ids of every table. Writes go
 * on meanwhile (SQLite: steps of at most 10 ms between groups). c->db is a
 * reader without a transaction. Errors: those of db_backup; a copy that is
 * not good is no error but report->wrong. */
enum err backup_make(struct ctx *c, struct str path, db_progress progress,
                     void *arg, struct backup_report *out) MUST_CHECK;

/* The same of any database of ours, whatever its schema, without a writer:
 * ERR_INVALID not_a_company when it has none. */
enum err backup_make_from(struct ctx *c, struct db *from, struct str path,
                          db_progress progress, void *arg,
                          struct backup_report *out) MUST_CHECK;

/* Is what an empty PostgreSQL database was filled with what the dump holds? */
enum err backup_compare(struct ctx *c, struct db *made, struct str path,
                        struct buf *wrong) MUST_CHECK;

/* What a copy of unknown origin holds. *schema_out: its newest migration; 0
 * for a dump, of which only the restoring tells. ERR_INVALID not_a_company;
 * ERR_CONFLICT database_newer. */
enum err backup_read(struct ctx *c, struct str path, struct db_counts *out,
                     int64_t *schema_out, struct buf *wrong) MUST_CHECK;

/* The second half alone, on a copy made before. */
enum err backup_check(struct ctx *c, const char *engine, struct str path,
                      const struct db_counts *want,
                      struct buf *wrong) MUST_CHECK;

#endif
