/* guanxi backup and restore. SQLite is copied by its backup API from one
 * snapshot, beside a running server; PostgreSQL by its own pg_dump and
 * pg_restore, run as child processes without a shell. */
#include "cli/commands.h"

#include "cli/company.h"
#include "db/lock.h"
#include "db/migrate.h"

#include <errno.h>
#include <sys/wait.h>
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

/* Runs a program of PostgreSQL and waits for it. The password travels in its
 * environment: arguments can be read by everybody on the machine. */
static enum cli_exit run_tool(const struct cli *cli, const char *const *argv,
                              struct str password) {
    int status;
    const char *secret = str_cstr(cli->c->arena, password);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (password.n > 0)
            setenv("PGPASSWORD", secret, 1);
        execvp(argv[0], (char *const *)argv);
        fprintf(stderr, "guanxi %s: can't run %s: %s\n", cli->command->name,
                argv[0], strerror(errno));
        _exit(CLI_FAILED);
    }
    if (pid < 0)
        return cli_failed(cli, "can't start %s: %s", argv[0], strerror(errno));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return cli_failed(cli, "lost %s", argv[0]);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? CLI_OK : CLI_FAILED;
}

/* --- SQLite
 * ----------------------------------------------------------------------
 */

/* Copies what one snapshot of `from` holds to the file `to`: a read
 * transaction keeps other processes' writes out of it. */
static enum err copy_snapshot(struct ctx *c, struct db *from, struct str to) {
    struct migrate_state m;
    struct db_conn *conn;
    bool terminal = isatty(STDERR_FILENO) == 1;
    TRY(db_connect(c, from, DB_READER, &conn));
    c->db = conn;
    enum err e = db_begin(c);
    if (e == OK)
        e = migrate_status(c, migration_files, &m);
    if (e == OK && m.current == 0)
        e = fail(c, ERR_INVALID, "", "not_a_company");
    if (e == OK)
        e = db_backup(c, to, progress, &terminal);
    db_rollback(c);
    c->db = NULL;
    db_disconnect(conn);
    return e;
}

static enum err copy_file(struct ctx *c, struct str from_url, struct str to) {
    struct db *d;
    TRY(db_open(c, from_url, &d));
    enum err e = copy_snapshot(c, d, to);
    db_close(d);
    return e;
}

/* --- backup
 * -------------------------------------------------------------------------
 */

static bool may_write(const struct cli *cli, const char *file) {
    if (!exists(file) || cli_option(cli, "force") != NULL)
        return true;
    cli_failed(cli, "%s exists; --force replaces it", file);
    return false;
}

static enum cli_exit backup(struct cli *cli) {
    struct ctx *c = cli->c;
    const char *file = cli->args[0];
    struct str url = cli_db(cli), path = cli_db_file(url);
    if (!may_write(cli, file))
        return CLI_FAILED;
    if (path.n == 0) { /* no file: the server's own tool knows how */
        struct str address, password;
        enum err bad = db_tool_address(c, url, &address, &password);
        if (bad != OK)
            return cli_error(cli, bad);
        const char *const argv[] = {"pg_dump",
                                    "--format=custom",
                                    "--no-owner",
                                    "--file",
                                    file,
                                    "--dbname",
                                    str_cstr(c->arena, address),
                                    NULL};
        return run_tool(cli, argv, password);
    }
    if (!exists(str_cstr(c->arena, path)))
        return cli_failed(cli, "there is no database " STR_FMT, STR_ARG(path));
    enum err e = copy_file(c, url, str_of(file));
    if (e == OK)
        printf("%s\n", file);
    return cli_error(cli, e);
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
            "pg_dump.",
    .options = options,
    .n_options = COUNT_OF(options),
    .min_args = 1,
    .max_args = 1,
    .fn = backup,
};

/* --- restore
 * ------------------------------------------------------------------------
 */

/* The log of the replaced database must not be applied to the new one. */
static void remove_logs(struct ctx *c, struct str path) {
    static const char *const tails[] = {"-wal", "-shm"};
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        const char *log =
            str_cstr(c->arena, str_cat(c->arena, path, str_of(tails[i])));
        if (unlink(log) != 0 && errno != ENOENT)
            fprintf(stderr, "can't remove %s: %s\n", log, strerror(errno));
    }
}

static enum err restore_sqlite(struct ctx *c, const char *file,
                               struct str path) {
    struct db_lock *lock;
    struct str from = str_fmt(c->arena, "sqlite:%s", file);
    TRY(db_lock_acquire(c, path, S(""), &lock, NULL));
    remove_logs(c, path);
    enum err e = copy_file(c, from, path);
    db_lock_release(lock);
    return e;
}

static enum cli_exit restore(struct cli *cli) {
    struct ctx *c = cli->c;
    const char *file = cli->args[0];
    struct str url = cli_db(cli), path = cli_db_file(url);
    if (!exists(file))
        return cli_failed(cli, "there is no file %s", file);
    if (path.n == 0) { /* no file: the server's own tool knows how */
        struct str address, password;
        enum err bad = db_tool_address(c, url, &address, &password);
        if (bad != OK)
            return cli_error(cli, bad);
        const char *const argv[] = {"pg_restore",
                                    "--no-owner",
                                    "--exit-on-error",
                                    "--single-transaction",
                                    "--dbname",
                                    str_cstr(c->arena, address),
                                    file,
                                    NULL};
        return run_tool(cli, argv, password);
    }
    if (!may_write(cli, str_cstr(c->arena, path)) ||
        !cli_make_folders(cli, url))
        return CLI_FAILED;
    enum err e = restore_sqlite(c, file, path);
    if (e == OK)
        printf(STR_FMT "\n", STR_ARG(path));
    return cli_error(cli, e);
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
