/* Private to src/db: what migrations owe to the columns companies have added
 * (x_…). A migration that rebuilds a table on SQLite names three places:
 *     CREATE TABLE "new" (… / *x_definitions customer* /) STRICT;
 *     INSERT INTO "new" (a, b / *x_columns customer* /)
 *         SELECT a, b / *x_columns customer* / FROM "customer";
 *     DROP TABLE "customer"; ALTER TABLE "new" RENAME TO "customer";
 *     / *x_indexes customer* /
 * (without the blanks in the comments). What is lost all the same is found
 * and the migration undone. */
#ifndef DB_MIGRATE_CUSTOM_H
#define DB_MIGRATE_CUSTOM_H

#include "db/driver.h"

struct custom_columns {
    const struct str *p; /* "customer.x_level" */
    size_t n;
};

/* Those there are now, in c->arena. */
enum err migrate_custom_columns(struct ctx *c,
                                struct custom_columns *out) MUST_CHECK;

/* The script with the three places filled (SQLite). */
enum err migrate_custom_fill(struct ctx *c, struct str script,
                             struct str *out) MUST_CHECK;

/* ERR_CONFLICT migration_loses with the first that is gone. */
enum err migrate_custom_check(struct ctx *c,
                              const struct custom_columns *before) MUST_CHECK;

#endif
