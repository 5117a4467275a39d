/* guanxi backup and restore: a company into one file and back, each read to
 * its end and compared with what it was made from. SQLite is copied by its
 * backup API from one snapshot, beside a running server; PostgreSQL by its own
 * pg_dump and pg_restore. */
#include "cli/commands.h"

#include "cli/company.h"
#include "db/lock.h"
#include "store/backup.h"
#include "store/restore.h"

#include <unistd.h>

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

static bool progress(void *arg, int64_t done, int64_t total) {
    const bool *terminal = arg;
    if (*terminal && total > 0)
        fprintf(stderr, "\r%3lld %%%s", (long long)(done * 100 / total),
                done == total ? "\n" : "");
    return true;
}

static bool may_write(const struct cli *cli, const char *file) {
    if (!exists(file) || cli_option(cli, "force") != NULL)
        return true;
    cli_failed(cli, "%s exists; --force replaces it", file);
    return false;
}

/* Prints what a comparison has found; true when it is nothing. */
static bool is_good(const struct cli *cli, const struct buf *wrong) {
    struct str lines = buf_view(wrong), line;
    if (lines.n == 0)
        return true;
    while (str_cut(&lines, '\n', &line))
        if (line.n > 0)
            cli_failed(cli, STR_FMT, STR_ARG(line));
    cli_failed(cli, "the copy is not good");
    return false;
}

/* --- backup ------------------------------------------------------------- */

static enum cli_exit copy(const struct cli *cli, struct db *from,
                          struct str to) {
    struct backup_report report;
    bool terminal = isatty(STDERR_FILENO) == 1;
    enum err e =
        backup_make_from(cli->c, from, to, progress, &terminal, &report);
    if (e != OK)
        return cli_error(cli, e);
    return is_good(cli, &report.wrong) ? CLI_OK : CLI_FAILED;
}

static enum cli_exit copy_url(const struct cli *cli, struct str url,
                              struct str to) {
    struct db *d;
    enum err e = db_open(cli->c, url, &d);
    if (e != OK)
        return cli_error(cli, e);
    enum cli_exit code = copy(cli, d, to);
    db_close(d);
    return code;
}

static enum cli_exit backup(struct cli *cli) {
    const char *file = cli->args[0];
    struct str url = cli_db(cli), path = cli_db_file(url);
    if (!may_write(cli, file))
        return CLI_FAILED;
    if (path.n > 0 && !exists(str_cstr(cli->c->arena, path)))
        return cli_failed(cli, "there is no database " STR_FMT, STR_ARG(path));
    enum cli_exit code = copy_url(cli, url, str_of(file));
    if (code == CLI_OK)
        printf("%s\n", file);
    return code;
}

static const struct cli_option options[] = {
    CLI_DB_OPTION,
    {"force", NULL, "replace what is there"},
};

const struct command backup_command = {
    .name = "backup",
    .args = "FILE",
    .doc = "Copy a company into one file, also while it is served.",
    .more = "SQLite: the file is a database itself. PostgreSQL: a dump by "
            "pg_dump. The copy is\nread to its end and compared with the "
            "company; ends with 1 when it is not good.",
    .options = options,
    .n_options = COUNT_OF(options),
    .min_args = 1,
    .max_args = 1,
    .fn = backup,
};

/* --- restore ------------------------------------------------------------ */

static enum cli_exit restore_sqlite(const struct cli *cli, const char *file,
                                    struct str path) {
    struct ctx *c = cli->c;
    struct db_lock *lock;
    struct buf wrong;
    bool terminal = isatty(STDERR_FILENO) == 1;
    buf_init(&wrong, c->arena, 64 * 1024);
    enum err e = db_lock_acquire(c, path, S(""), &lock, NULL);
    if (e != OK)
        return cli_error(cli, e);
    e = restore_file(c, path, str_of(file), progress, &terminal, &wrong);
    db_lock_release(lock);
    if (e != OK)
        return cli_error(cli, e);
    if (!is_good(cli, &wrong))
        return CLI_FAILED;
    printf(STR_FMT "\n", STR_ARG(path));
    return CLI_OK;
}

static enum cli_exit restore_dump(const struct cli *cli, const char *file,
                                  struct str url) {
    struct ctx *c = cli->c;
    struct db *d;
    struct buf wrong;
    buf_init(&wrong, c->arena, 64 * 1024);
    enum err e = db_restore_dump(c, url, str_of(file));
    if (e == OK)
        e = db_open(c, url, &d);
    if (e != OK)
        return cli_error(cli, e);
    e = backup_compare(c, d, str_of(file), &wrong);
    db_close(d);
    if (e != OK)
        return cli_error(cli, e);
    return is_good(cli, &wrong) ? CLI_OK : CLI_FAILED;
}

static enum cli_exit restore(struct cli *cli) {
    const char *file = cli->args[0];
    struct str url = cli_db(cli), path = cli_db_file(url);
    if (!exists(file))
        return cli_failed(cli, "there is no file %s", file);
    if (path.n == 0)
        return restore_dump(cli, file, url);
    if (!may_write(cli, str_cstr(cli->c->arena, path)) ||
        !cli_make_folders(cli, url))
        return CLI_FAILED;
    return restore_sqlite(cli, file, path);
}

const struct command restore_command = {
    .name = "restore",
    .args = "FILE",
    .doc = "Make a company again from a backup.",
    .more = "SQLite: no server may have the target open. PostgreSQL: into an "
            "empty database.",
    .options = options,
    .n_options = COUNT_OF(options),
    .min_args = 1,
    .max_args = 1,
    .fn = restore,
};
