/* What commands on a company share: its address, migrations, opening, asking
 * for a password. Owns nothing but the store it hands out. */
#include "cli/company.h"

#include "app/hooks.h"
#include "base/num.h"
#include "db/lock.h"
#include "db/migrate.h"
#include "store/actor.h"
#include "store/backup.h"
#include "store/texts.h"

#include <errno.h>
#include <sodium.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define DEFAULT_DB "sqlite:./data/guanxi.db"
#define PASSWORD_LINE 1024

struct str cli_db(const struct cli *cli) {
    struct str url = cli_text(cli, "db");
    if (url.n == 0)
        url = str_of(getenv("GUANXI_DB"));
    return url.n > 0 ? url : S(DEFAULT_DB);
}

struct str cli_db_file(struct str url) {
    static const struct str scheme = S_INIT("sqlite:");
    if (!str_starts(url, scheme))
        return (struct str){0};
    struct str path = str_sub(url, scheme.n, url.n);
    return str_starts(path, S("//")) ? str_sub(path, 2, path.n) : path;
}

bool cli_make_folders(const struct cli *cli, struct str url) {
    struct str file = cli_db_file(url);
    for (size_t i = 1; i < file.n; i++) {
        if (file.p[i] != '/')
            continue;
        const char *folder = str_cstr(cli->c->arena, str_sub(file, 0, i));
        if (mkdir(folder, 0750) != 0 && errno != EEXIST) {
            cli_failed(cli, "can't make the folder %s: %s", folder,
                       strerror(errno));
            return false;
        }
    }
    return true;
}

/* --- migrations --------------------------------------------------------- */

/* The program's migrations up to a number. */
static struct embed_files files_up_to(int64_t number) {
    struct embed_files all = migration_files;
    for (size_t i = 0; number > 0 && i < all.n; i++) {
        struct str name = all.p[i].name;
        int64_t n;
        if (num_parse(str_sub(name, 0, 4), 0, NUM_EXACT, &n) == NUM_OK &&
            n > number)
            all.n = i;
    }
    return all;
}

/* PostgreSQL has no file that migrate_run could copy: a dump goes to the folder
 * of backups. */
static enum err dump_before(const struct cli *cli, struct ctx *c,
                            int64_t version, struct str *out) {
    struct str folder = backup_folder_of(c->arena, S(""));
    struct str path =
        str_fmt(c->arena, STR_FMT "/before-%lld-%lld.dump", STR_ARG(folder),
                (long long)version, (long long)(c->now_ms / 1000));
    if (!cli_make_folders(cli, str_cat(c->arena, S("sqlite:"), path)))
        return fail(c, ERR_IO, "", "io");
    TRY(db_backup(c, path, NULL, NULL));
    *out = path;
    return OK;
}

static enum err see_texts(struct ctx *c, struct embed_files files,
                          struct cli_migrated *out) {
    bool ours = true;
    if (files.n == migration_files.n)
        TRY(texts_are_ours(c, &ours));
    out->texts_old = !ours;
    return OK;
}

static enum err migrate_open(const struct cli *cli, struct ctx *c,
                             enum cli_migrate what, struct cli_migrated *out) {
    struct embed_files files = files_up_to(out->up_to);
    struct migrate_state state;
    struct migrate_done done;
    TRY(migrate_status(c, files, &state));
    out->version = state.current;
    bool fresh = state.current == 0;
    bool file = db_path(db_of(c->db)).n > 0;
    if (state.pending == 0)
        return see_texts(c, files, out);
    if (what == CLI_MIGRATE_FRESH && !fresh)
        return OK;
    if (!fresh && !file && what == CLI_MIGRATE_ALL)
        TRY(dump_before(cli, c, state.newest, &out->backup));
    TRY(migrate_run(c, files, &done));
    if (fresh && files.n == migration_files.n)
        TRY(texts_claim(c));
    out->applied = done.applied;
    if (done.backup.n > 0)
        out->backup = done.backup;
    out->version = state.newest;
    return see_texts(c, files, out);
}

enum err cli_migrate(const struct cli *cli, struct str url,
                     enum cli_migrate what, struct cli_migrated *out) {
    struct ctx *c = cli->c;
    struct db *d = NULL;
    struct db_lock *lock = NULL;
    struct db_conn *conn = NULL;
    *out = (struct cli_migrated){.up_to = out->up_to};
    enum err e = db_open(c, url, &d);
    if (e == OK && db_path(d).n > 0)
        e = db_lock_acquire(c, db_path(d), S(""), &lock, NULL);
    if (e == OK)
        e = db_connect(c, d, DB_WRITER, &conn);
    if (e == OK) {
        c->db = conn;
        e = migrate_open(cli, c, what, out);
        c->db = NULL;
    }
    db_disconnect(conn);
    db_lock_release(lock);
    db_close(d);
    return e;
}

/* --- opening ------------------------------------------------------------ */

static bool file_is_there(const struct cli *cli, struct str url) {
    struct str file = cli_db_file(url);
    if (file.n == 0 || access(str_cstr(cli->c->arena, file), F_OK) == 0)
        return true;
    cli_failed(cli,
               "there is no database " STR_FMT
               "; make one with: guanxi init --db " STR_FMT " --admin LOGIN",
               STR_ARG(file), STR_ARG(url));
    return false;
}

static enum err open_as_console(const struct cli *cli, enum store_mode mode,
                                struct store **out) {
    cli->c->actor = actor_console(cli->c);
    return app_open(cli->c, cli_db(cli), mode, out);
}

struct store *cli_open(const struct cli *cli, enum store_mode mode) {
    struct store *s;
    if (!file_is_there(cli, cli_db(cli)))
        return NULL;
    enum err e = open_as_console(cli, mode, &s);
    if (e == OK)
        return s;
    cli_error(cli, e);
    return NULL;
}

struct store *cli_open_shared(struct cli *cli) {
    struct store *s;
    if (!file_is_there(cli, cli_db(cli)))
        return NULL;
    enum err e = open_as_console(cli, STORE_WRITE, &s);
    if (e == ERR_BUSY) {
        const struct problem *p = cli->c->problems.p;
        if (cli->c->problems.n > 0 && str_eqc(p->code, "db_locked"))
            cli->socket = str_dup(cli->c->arena, p->args[1].s);
        fail_clear(cli->c);
        cli->beside = true;
        e = open_as_console(cli, STORE_READ, &s);
    }
    if (e == OK)
        return s;
    cli_error(cli, e);
    return NULL;
}

static enum err write_beside(struct ctx *c, write_fn fn, void *arg) {
    TRY(db_begin(c));
    enum err e = fn(c, arg);
    if (e == OK)
        return db_commit(c);
    db_rollback(c);
    return e;
}

enum err cli_write(const struct cli *cli, write_fn fn, void *arg) {
    struct ctx *c = cli->c;
    struct db_conn *reader = c->db, *conn;
    if (!cli->beside)
        return store_write(c, LANE_INTERACTIVE, fn, arg);
    TRY(db_connect(c, store_db(c->store), DB_WRITER, &conn));
    c->db = conn;
    enum err e = write_beside(c, fn, arg);
    c->db = reader;
    db_disconnect(conn);
    return e;
}

/* --- passwords ---------------------------------------------------------- */

/* One line from the terminal without echo. */
static bool read_hidden(const char *prompt, char *line, size_t size) {
    FILE *tty = fopen("/dev/tty", "r+");
    struct termios old, quiet;
    if (tty == NULL)
        return false;
    fputs(prompt, tty);
    fflush(tty);
    bool hidden = tcgetattr(fileno(tty), &old) == 0;
    if (hidden) {
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
    }
    bool got = fgets(line, (int)size, tty) != NULL;
    if (hidden)
        tcsetattr(fileno(tty), TCSAFLUSH, &old);
    fputc('\n', tty);
    fclose(tty);
    if (got)
        line[strcspn(line, "\r\n")] = '\0';
    return got;
}

bool cli_new_password(const struct cli *cli, const char *variable,
                      struct str *out) {
    char first[PASSWORD_LINE], second[PASSWORD_LINE];
    const char *env = getenv(variable);
    if (env != NULL) {
        *out = str_of(env);
        return true;
    }
    if (!read_hidden("Password: ", first, sizeof first) ||
        !read_hidden("Again: ", second, sizeof second)) {
        cli_usage(cli, "no terminal to ask for the password; set %s", variable);
        return false;
    }
    bool same = str_eqc(str_of(first), second);
    if (same)
        *out = str_dup(cli->c->arena, str_of(first));
    else
        cli_failed(cli, "the two passwords differ");
    sodium_memzero(first, sizeof first);
    sodium_memzero(second, sizeof second);
    return same;
}
