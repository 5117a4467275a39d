/* guanxi export: a list as CSV, JSON or .xlsx, from the database itself (also
 * beside a running server) or through a server. */
#include "cli/commands.h"

#include "app/export.h"
#include "cli/client.h"
#include "cli/company.h"
#include "cli/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS 250000000

struct export_call {
    struct cli *cli;
    json_t *body;
    int fd;
    int64_t rows;
    struct progress progress;
};

/* --- what is asked ------------------------------------------------------- */

static void release(void *arg) {
    json_decref(arg);
}

static bool set_text(const struct export_call *x, const char *name,
                     struct str value) {
    if (value.n == 0)
        return true;
    if (json_object_set_new(x->body, name, json_stringn(value.p, value.n)) == 0)
        return true;
    cli_usage(x->cli, "--%s is not UTF-8", name);
    return false;
}

static bool set_list(const struct export_call *x, const char *name) {
    struct str list = cli_text(x->cli, name), one;
    if (list.n == 0)
        return true;
    json_t *array = json_array();
    bool good = true;
    while (str_cut(&list, ',', &one))
        good &= json_array_append_new(array, json_stringn(one.p, one.n)) == 0;
    json_object_set_new(x->body, name, array);
    if (!good)
        cli_usage(x->cli, "--%s is not UTF-8", name);
    return good;
}

static bool read_request(struct export_call *x) {
    struct cli *cli = x->cli;
    struct str filter = cli_text(cli, "filter");
    json_t *j;
    x->body = json_object();
    arena_defer(cli->c->arena, release, x->body);
    if (filter.n > 0) {
        if (json_read(cli->c, filter, &j) != OK) {
            cli_error(cli, ERR_MALFORMED);
            return false;
        }
        json_object_set(x->body, "filter", j);
    }
    struct str format = cli_text(cli, "format");
    return set_text(x, "entity", str_of(cli->args[0])) &&
           set_text(x, "format", format.n > 0 ? format : S("csv")) &&
           set_text(x, "q", cli_text(cli, "q")) && set_list(x, "fields") &&
           set_list(x, "sort");
}

/* --- here ---------------------------------------------------------------- */

static enum err write_audit(struct ctx *c, void *arg) {
    const struct export_call *x = arg;
    return export_audit(c, x->body, x->rows);
}

static enum err export_here(struct export_call *x) {
    struct ctx *c = x->cli->c;
    TRY(export_to_file(c, x->body, x->fd, &x->rows));
    return cli_write(x->cli, write_audit, x);
}

/* --- there --------------------------------------------------------------- */

static enum err follow(struct ctx *c, struct client *k, struct export_call *x,
                       struct str path, json_t **out) {
    const struct timespec pause = {0, POLL_NS};
    struct client_request get = CLIENT_REQUEST("GET", path);
    struct client_request cancel =
        CLIENT_REQUEST("POST", str_cat(c->arena, path, S("/cancel")));
    bool asked = false;
    for (;;) {
        TRY(client_send(c, k, &get, out));
        struct str state = json_str(json_object_get(*out, "state"));
        progress_step(&x->progress,
                      json_integer_value(json_object_get(*out, "done")),
                      json_integer_value(json_object_get(*out, "total")));
        if (!str_eqc(state, "queued") && !str_eqc(state, "running"))
            return OK;
        if (x->progress.stop && !asked) {
            json_t *none;
            asked = true;
            TRY(client_send(c, k, &cancel, &none));
        }
        nanosleep(&pause, NULL);
    }
}

static enum err export_there(struct export_call *x) {
    struct ctx *c = x->cli->c;
    struct client *k;
    json_t *j;
    struct client_request post = CLIENT_REQUEST("POST", S("/exports"));
    post.json = json_compact(c->arena, x->body);
    if (x->cli->socket.n > 0)
        TRY(client_new_local(c, x->cli->socket, S(""), &k));
    else
        TRY(client_new(c, cli_text(x->cli, "server"), cli_text(x->cli, "token"),
                       &k));
    TRY(client_send(c, k, &post, &j));
    int64_t id =
        json_integer_value(json_object_get(json_object_get(j, "job"), "id"));
    struct str path = str_fmt(c->arena, "/jobs/%lld", (long long)id);
    TRY(follow(c, k, x, path, &j));
    if (!str_eqc(json_str(json_object_get(j, "state")), "done"))
        return failv(c, ERR_CANCELLED, S(""), "export_ended",
                     ARGS(V(json_object_get(j, "error") == NULL
                                ? S("")
                                : json_str(json_object_get(j, "error")))));
    x->rows = json_integer_value(
        json_object_get(json_object_get(j, "result"), "rows"));
    struct client_request file =
        CLIENT_REQUEST("GET", str_cat(c->arena, path, S("/file")));
    file.into = x->fd;
    return client_send(c, k, &file, &j);
}

/* --- the command --------------------------------------------------------- */

static enum cli_exit through_server(struct export_call *x) {
    progress_start(&x->progress);
    enum err e = export_there(x);
    progress_end(&x->progress);
    return cli_error(x->cli, e);
}

/* What a server of this machine holds is asked of it through its socket. */
static enum cli_exit from_database(struct export_call *x) {
    struct ctx *c = x->cli->c;
    struct store *s = cli_open_shared(x->cli);
    if (s == NULL)
        return CLI_FAILED;
    if (x->cli->socket.n == 0) {
        enum cli_exit code = cli_error(x->cli, export_here(x));
        store_close(s);
        return code;
    }
    store_close(s);
    c->store = NULL;
    c->db = NULL;
    return through_server(x);
}

static enum cli_exit work(struct export_call *x) {
    enum cli_exit code = cli_option(x->cli, "server") != NULL
                             ? through_server(x)
                             : from_database(x);
    if (code == CLI_OK && x->fd != STDOUT_FILENO)
        fprintf(stderr, "%lld rows\n", (long long)x->rows);
    return code;
}

static enum cli_exit export(struct cli *cli) {
    struct export_call x = {.cli = cli, .fd = STDOUT_FILENO};
    const char *out = cli_option(cli, "out");
    if (!read_request(&x)) return CLI_USAGE;
    if (out != NULL)
        x.fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (x.fd < 0) return cli_failed(cli, "%s: %s", out, strerror(errno));
    enum cli_exit code = work(&x);
    if (out != NULL && close(x.fd) != 0) return cli_failed(cli, "%s: %s", out,
                                                           strerror(errno));
    return code;
}

static const struct cli_option options[] = {
    CLI_DB_OPTION,
    {.name = "server", .arg = "URL", .doc = "through a running server"},
    {.name = "token", .arg = "T", .doc = "its API token (guanxi user token)"},
    {.name = "filter",
     .arg = "JSON",
     .doc = "{\"field\":\"grade\",\"op\":\"eq\",\"value\":\"vip\"}, or and, "
            "or, not of such"},
    {.name = "q", .arg = "TEXT", .doc = "as in the search box"},
    {.name = "fields", .arg = "a,b", .doc = "columns (all)"},
    {.name = "sort", .arg = "-a,b", .doc = "order (newest first)"},
    {.name = "format", .arg = "csv|json|xlsx", .doc = "form of the file (csv)"},
    {.name = "out", .arg = "FILE", .doc = "where to (standard output)"},
};

const struct command export_command = {
    .name = "export",
    .args = "ENTITY",
    .doc = "Write a list as CSV, JSON or .xlsx; ENTITY such as customers.",
    .options = options,
    .n_options = COUNT_OF(options),
    .min_args = 1,
    .max_args = 1,
    .fn = export,
};
