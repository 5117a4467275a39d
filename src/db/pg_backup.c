/* Backups of PostgreSQL by its own programs: pg_dump in its custom format,
 * pg_restore to read one back. Run as child processes without a shell; the
 * password travels in their environment.
 * Owns: the child and its pipes until it has ended.
 * Invariant: a dump made within a reader's transaction holds exactly what that
 * transaction sees. */
#include "db/pg.h"

#include "base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 100
#define MESSAGE_MAX 600

struct tool {
    const char *const *argv;
    struct str password;
    /* Bytes of its standard output; may be NULL. */
    void (*data)(void *arg, struct str bytes);
    /* Some ten times a second; false ends the program. May be NULL. */
    bool (*tick)(void *arg);
    void *arg;
};

/* --- running a program --------------------------------------------------- */

static char **environment(struct arena *a, struct str password) {
    size_t n = 0;
    while (environ[n] != NULL)
        n++;
    char **all = NEW_ARRAY(a, char *, n + 2);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (password.n == 0 || strncmp(environ[i], "PGPASSWORD=", 11) != 0)
            all[k++] = environ[i];
    if (password.n > 0)
        all[k] = (char *)(uintptr_t)str_cstr(
            a, str_cat(a, S("PGPASSWORD="), password));
    return all;
}

struct child {
    pid_t pid;
    int out, err; /* ends of pipes we read; -1 when closed */
    struct buf message;
};

static int spawn(struct ctx *c, const struct tool *t, struct child *k,
                 const int out[2], const int err[2]) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    posix_spawn_file_actions_adddup2(&files, err[1], 2);
    /* Our threads block the signals that end us; the child must not. */
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    int rc = posix_spawnp(&k->pid, t->argv[0], &files, &attr,
                          (char *const *)(uintptr_t)t->argv,
                          environment(c->arena, t->password));
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return rc;
}

static enum err start(struct ctx *c, const struct tool *t, struct child *k) {
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0)
        return fail(c, ERR_IO, "", "io");
    if (pipe2(err, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return fail(c, ERR_IO, "", "io");
    }
    int rc = spawn(c, t, k, out, err);
    close(out[1]);
    close(err[1]);
    k->out = out[0];
    k->err = err[0];
    if (rc == 0)
        return OK;
    close(out[0]);
    close(err[0]);
    return failv(c, ERR_UNAVAILABLE, S(""), "tool_missing",
                 ARGS(V(t->argv[0]), V(strerror(rc))));
}

/* Reads what there is; closes the end at its end. */
static void take(int *fd, const struct tool *t, struct buf *message) {
    char part[65536];
    ssize_t n = read(*fd, part, sizeof part);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        close(*fd);
        *fd = -1;
        return;
    }
    struct str bytes = {part, (size_t)n};
    if (message == NULL && t->data != NULL)
        t->data(t->arg, bytes);
    else if (message != NULL && message->n < MESSAGE_MAX)
        buf_str(message, str_sub(bytes, 0, MESSAGE_MAX - message->n));
}

/* True when somebody wanted it to end. */
static bool follow(const struct tool *t, struct child *k) {
    bool stopped = false;
    while (k->out >= 0 || k->err >= 0) {
        struct pollfd fds[] = {{.fd = k->out, .events = POLLIN},
                               {.fd = k->err, .events = POLLIN}};
        if (poll(fds, COUNT_OF(fds), TICK_MS) < 0 && errno != EINTR)
            break;
        if (k->out >= 0 && fds[0].revents != 0)
            take(&k->out, t, NULL);
        if (k->err >= 0 && fds[1].revents != 0)
            take(&k->err, t, &k->message);
        if (!stopped && t->tick != NULL && !t->tick(t->arg)) {
            stopped = true;
            kill(k->pid, SIGTERM);
        }
    }
    return stopped;
}

static enum err run(struct ctx *c, const struct tool *t) {
    struct child k = {.out = -1, .err = -1};
    int status = 0;
    buf_init(&k.message, c->arena, MESSAGE_MAX + 1);
    TRY(start(c, t, &k));
    bool stopped = follow(t, &k);
    while (waitpid(k.pid, &status, 0) < 0)
        if (errno != EINTR)
            return fail(c, ERR_IO, "", "io");
    if (stopped)
        return fail(c, ERR_CANCELLED, "", "cancelled");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return OK;
    return failv(c, ERR_UNAVAILABLE, S(""), "tool_failed",
                 ARGS(V(t->argv[0]), V(str_trim(buf_view(&k.message)))));
}

/* --- making a dump ------------------------------------------------------ */

struct dumping {
    const char *path;
    int64_t total;
    db_progress progress;
    void *arg;
};

/* The dump is compressed: how far it is can only be guessed from its size. */
static bool dump_tick(void *arg) {
    const struct dumping *d = arg;
    struct stat st;
    int64_t size = stat(d->path, &st) == 0 ? st.st_size : 0;
    int64_t done = size * 4 < d->total ? size * 4 : d->total;
    return d->progress == NULL || d->progress(d->arg, done, d->total);
}

SQL(Q_SIZE, "SELECT pg_database_size(current_database())");
SQL(Q_SNAPSHOT, "SELECT pg_export_snapshot()");
/* The transaction only waits for the dump. */
SQL(Q_PATIENCE, "SET LOCAL idle_in_transaction_session_timeout = 0");

static enum err snapshot(struct ctx *c, struct str *out) {
    struct rows *r;
    bool found;
    TRY(db_exec(c, &Q_PATIENCE, NO_ARGS, NULL));
    TRY(db_one(c, &Q_SNAPSHOT, NO_ARGS, &r, &found));
    *out = str_cat(c->arena, S("--snapshot="), row_str(r, 0));
    return OK;
}

enum err pg_backup(struct ctx *c, struct db_conn *conn, struct str path,
                   db_progress progress, void *arg) {
    struct str address, password, shot = S("--no-owner");
    struct dumping d = {str_cstr(c->arena, path), 0, progress, arg};
    TRY(db_tool_address(c, str_of(conn->db->url), &address, &password));
    if (db_in_transaction(conn))
        TRY(snapshot(c, &shot));
    TRY(db_i64(c, &Q_SIZE, NO_ARGS, 0, &d.total));
    const char *const argv[] = {"pg_dump",
                                "--format=custom",
                                "--no-owner",
                                "--no-privileges",
                                "--file",
                                d.path,
                                "--dbname",
                                str_cstr(c->arena, address),
                                str_cstr(c->arena, shot),
                                NULL};
    struct tool t = {
        .argv = argv, .password = password, .tick = dump_tick, .arg = &d};
    TRY(run(c, &t));
    if (progress != NULL && !progress(arg, d.total, d.total))
        return fail(c, ERR_CANCELLED, "", "cancelled");
    return OK;
}

enum err pg_snapshot(struct ctx *c, struct db_conn *conn, struct str path) {
    return db_backup(c, path, NULL, NULL);
}

enum err db_restore_dump(struct ctx *c, struct str url, struct str path) {
    struct str address, password;
    TRY(db_tool_address(c, url, &address, &password));
    const char *const argv[] = {"pg_restore",
                                "--no-owner",
                                "--no-privileges",
                                "--exit-on-error",
                                "--single-transaction",
                                "--dbname",
                                str_cstr(c->arena, address),
                                str_cstr(c->arena, path),
                                NULL};
    struct tool t = {.argv = argv, .password = password};
    return run(c, &t);
}

/* --- counting what a dump holds ----------------------------------------- */

#define LINE_MAX 65536

/* Reads the SQL of a dump as it comes: COPY t (a, b) FROM stdin; rows of text;
 * a line "\." at the end. */
struct reading {
    struct ctx *c;
    struct db_counts *out;
    bool rows;         /* between COPY and "\." */
    struct buf line;   /* outside rows, cut at LINE_MAX */
    int column, id_at; /* id_at -1: the table has no id */
    size_t at;         /* bytes of this line so far */
    bool dot;          /* the line begins with "\." */
    int64_t id;
};

/* "COPY public.\"order\" (id, rev) FROM stdin;" */
static void begin_rows(struct reading *r, struct str line) {
    struct str name, columns, one;
    struct str rest = str_sub(line, 5, line.n);
    size_t open = str_find(rest, S(" ("));
    size_t end = str_find(rest, S(") FROM stdin"));
    if (open == SIZE_MAX || end == SIZE_MAX)
        return;
    name = str_sub(rest, 0, open);
    size_t dot = str_find(name, S("."));
    name = str_sub(name, dot == SIZE_MAX ? 0 : dot + 1, name.n);
    if (name.n > 2 && name.p[0] == '"')
        name = str_sub(name, 1, name.n - 1);
    columns = str_sub(rest, open + 2, end);
    r->rows = true;
    r->id_at = -1;
    for (int i = 0; str_cut(&columns, ',', &one); i++)
        if (str_eqc(str_trim(one), "id"))
            r->id_at = i;
    *VEC_PUSH(r->c->arena, &r->out->v) =
        (struct db_count){.table = str_dup(r->c->arena, name)};
}

static void begin_line(struct reading *r) {
    r->at = 0;
    r->column = 0;
    r->id = 0;
    r->dot = false;
}

static void end_line(struct reading *r) {
    struct str line = buf_view(&r->line);
    if (!r->rows) {
        if (str_starts(line, S("COPY ")))
            begin_rows(r, line);
        buf_clear(&r->line);
    } else if (r->dot && r->at == 2) {
        r->rows = false;
    } else {
        struct db_count *t = &r->out->v.p[r->out->v.n - 1];
        t->rows++;
        if (r->id > t->last)
            t->last = r->id;
    }
    begin_line(r);
}

static void read_byte(struct reading *r, char ch) {
    if (ch == '\n') {
        end_line(r);
        return;
    }
    if (!r->rows) {
        if (r->line.n < LINE_MAX)
            buf_byte(&r->line, ch);
        return;
    }
    if (r->at == 1)
        r->dot = r->dot && ch == '.';
    if (r->at == 0)
        r->dot = ch == '\\';
    r->at++;
    if (ch == '\t')
        r->column++;
    else if (r->column == r->id_at && ch >= '0' && ch <= '9')
        r->id = r->id * 10 + (ch - '0');
}

static void read_dump(void *arg, struct str bytes) {
    for (size_t i = 0; i < bytes.n; i++)
        read_byte(arg, bytes.p[i]);
}

enum err pg_count_dump(struct ctx *c, struct str path, struct db_counts *out) {
    struct reading r = {.c = c, .out = out};
    buf_init(&r.line, c->arena, LINE_MAX + 1);
    const char *const argv[] = {"pg_restore", "--data-only", "--file=-",
                                str_cstr(c->arena, path), NULL};
    struct tool t = {.argv = argv, .data = read_dump, .arg = &r};
    TRY(run(c, &t));
    return r.rows ? fail(c, ERR_IO, "", "backup_torn") : OK;
}
