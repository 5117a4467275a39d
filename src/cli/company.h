/* Opening a company's database for a command. */
#ifndef CLI_COMPANY_H
#define CLI_COMPANY_H

#include "cli/command.h"
#include "store/store.h"

/* --db, else GUANXI_DB, else the default. */
struct str cli_db(const struct cli *cli);

/* Path of a SQLite URL, empty for anything else. */
struct str cli_db_file(struct str url);

/* Makes the folders above a SQLite file. Prints what is wrong. */
bool cli_make_folders(const struct cli *cli, struct str url) MUST_CHECK;

/* How an old schema is met. */
enum cli_migrate {
    CLI_MIGRATE_FRESH, /* only an empty database is filled */
    CLI_MIGRATE_ALL,   /* after a backup */
    CLI_MIGRATE_BARE,  /* PostgreSQL: without one */
};
struct cli_migrated {
    int64_t up_to; /* in: the last migration wanted; 0: all */
    size_t applied;
    int64_t version;
    bool texts_old;    /* texts_follow has something to do (store/texts.h) */
    struct str backup; /* path, or empty */
};
/* Applies migrations; a SQLite file is made when absent. Set out->up_to before.
 */
enum err cli_migrate(const struct cli *cli, struct str url,
                     enum cli_migrate what,
                     struct cli_migrated *out) MUST_CHECK;

/* Opens an existing company as the console; c->actor, store and db are set.
 * Reports what is wrong itself. NULL: end with CLI_FAILED. */
struct store *cli_open(const struct cli *cli, enum store_mode mode);

/* As cli_open for small writes: when a server has the SQLite file, the store
 * is opened for reading and cli_write uses a short transaction of its own,
 * which SQLite queues behind the server's. */
struct store *cli_open_shared(struct cli *cli);
enum err cli_write(const struct cli *cli, write_fn fn, void *arg) MUST_CHECK;

/* A new password: from the environment variable, else asked twice without
 * echo. In the arena. False: a message has been printed. */
bool cli_new_password(const struct cli *cli, const char *variable,
                      struct str *out) MUST_CHECK;

#endif
