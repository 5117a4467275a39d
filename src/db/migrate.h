/* Numbered migrations: migrations/NNNN_what.sql, plain SQL in sections that
 * lines "-- both", "-- sqlite", "-- postgres" introduce. Each is applied once,
 * in a transaction of its own, and recorded in schema_migration with its
 * checksum. A name NNNN_expand_what.sql marks a step that an older server can
 * live with (DESIGN D2). */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "base/embed.h"
#include "db/db.h"

/* The project's migrations, in the binary. */
extern const struct embed_files migration_files;

struct migrate_state {
    int64_t current; /* highest applied, 0 for an empty database */
    int64_t newest;  /* highest in the binary */
    size_t pending;  /* to be applied */
    bool ahead;      /* the database is one expand step newer: may be served */
};

/* Compares the database with files; reads only. Errors, ERR_CONFLICT with the
 * name in args:
 *   migration_edited   an applied file has another checksum now
 *   database_newer     the database knows a migration the binary does not
 *   migration_late     a file is numbered below what is applied
 * ERR_INTERNAL migration_name: a file not called NNNN_what.sql, or a number
 * twice. */
enum err migrate_status(struct ctx *c, struct embed_files files,
                        struct migrate_state *out) MUST_CHECK;

struct migrate_done {
    size_t applied;
    struct str backup; /* path of the copy made before, or empty */
};

/* Applies what is pending, on a writer's connection. SQLite with data is
 * copied to <db>.before-NNNN.bak first; PostgreSQL is locked, so that of two
 * servers one applies and the other finds nothing to do. When one fails
 * (problem migration_failed names it) those before it stay. Errors: those of
 * migrate_status and of the statements; ERR_INTERNAL migration_section: SQL
 * before the first section line. */
enum err migrate_run(struct ctx *c, struct embed_files files,
                     struct migrate_done *out) MUST_CHECK;

/* The SQL of a file for an engine ("sqlite", "postgresql"). */
enum err migrate_section(struct ctx *c, const struct embed_file *file,
                         const char *engine, struct str *out) MUST_CHECK;

#endif
