/* guanxi migrate: brings the schema of a database up to this program's. */
#include "cli/commands.h"

#include "cli/company.h"
#include "cli/progress.h"
#include "store/texts.h"

static bool on_step(void *arg, int64_t done, int64_t total) {
    struct progress *p = arg;
    progress_step(p, done, total);
    return !p->stop;
}

/* What columns and search indexes hold of texts. */
static enum err follow_texts(const struct cli *cli) {
    struct progress p;
    fprintf(stderr, "Making sort keys and search indexes anew.\n");
    progress_start(&p);
    enum err e = texts_follow(cli->c, on_step, &p);
    progress_end(&p);
    return e;
}

static enum cli_exit follow(struct cli *cli) {
    struct store *s = cli_open(cli, STORE_WRITE);
    if (s == NULL)
        return CLI_FAILED;
    enum err e = follow_texts(cli);
    if (e != OK)
        cli_error(cli, e);
    store_close(s);
    return e == OK ? CLI_OK : CLI_FAILED;
}

static enum cli_exit migrate(struct cli *cli) {
    struct cli_migrated m = {0};
    bool json;
    if (!cli_json(cli, &json))
        return CLI_USAGE;
    if (!cli_number(cli, "to", 1, 9999, 0, &m.up_to))
        return CLI_USAGE;
    if (!cli_make_folders(cli, cli_db(cli)))
        return CLI_FAILED;
    bool bare = cli_option(cli, "no-backup") != NULL;
    enum err e = cli_migrate(cli, cli_db(cli),
                             bare ? CLI_MIGRATE_BARE : CLI_MIGRATE_ALL, &m);
    if (e != OK)
        return cli_error(cli, e);
    if (json)
        printf("{\"version\":%lld,\"applied\":%zu}\n", (long long)m.version,
               m.applied);
    else
        printf("Schema version %lld, %zu migration%s applied.\n",
               (long long)m.version, m.applied, m.applied == 1 ? "" : "s");
    if (m.backup.n > 0)
        fprintf(stderr, "The database before it: " STR_FMT "\n",
                STR_ARG(m.backup));
    return m.texts_old ? follow(cli) : CLI_OK;
}

static const struct cli_option options[] = {
    CLI_DB_OPTION,
    {"to", "N", "stop behind this migration (all)"},
    {"no-backup", NULL, "PostgreSQL: without the dump before"},
    CLI_FORMAT_OPTION,
};

const struct command migrate_command = {
    .name = "migrate",
    .args = "",
    .doc = "Bring a database's schema up to this version, after a backup.",
    .more = "The backup lies beside a SQLite file as NAME.before-NNNN.bak; of "
            "PostgreSQL it is a\ndump in the folder of backups "
            "(GUANXI_BACKUP_DIR, ./data/backups).",
    .options = options,
    .n_options = COUNT_OF(options),
    .fn = migrate,
};
