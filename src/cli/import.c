/* guanxi import: a file into the company, on the database itself or through a
 * server. Owns the file while it works. */
#include "cli/import.h"

#include "base/message.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/company.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* --- what is asked ------------------------------------------------------- */

static bool read_map(struct import_call *call, json_t *mapping) {
    struct str list = cli_text(call->cli, "map"), one;
    while (list.n > 0 && str_cut(&list, '\n', &one)) {
        size_t at = one.n;
        while (at > 0 && one.p[at - 1] != '=')
            at--;
        if (at < 2) {
            cli_usage(call->cli, "--map is COLUMN=target, not \"" STR_FMT "\"",
                      STR_ARG(one));
            return false;
        }
        struct str column = str_sub(one, 0, at - 1),
                   target = str_sub(one, at, one.n);
        json_t *value =
            target.n > 0 ? json_stringn(target.p, target.n) : json_null();
        if (json_object_setn_new(mapping, column.p, column.n, value) != 0) {
            cli_usage(call->cli, "--map is not UTF-8");
            return false;
        }
    }
    return true;
}

static bool read_options(struct import_call *call, json_t *options) {
    static const struct {
        const char *option, *name;
    } all[] = {{"currency", "currency"},
               {"rate", "rate"},
               {"date-order", "date_order"},
               {"decimal", "decimal"},
               {"cancel-prefix", "cancel_prefix"},
               {"source", "source"},
               {"on-duplicate", "on_duplicate"},
               {"kind", "kind"},
               {"key", "key"}};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        const char *value = cli_option(call->cli, all[i].option);
        if (value != NULL && json_object_set_new(options, all[i].name,
                                                 json_string(value)) != 0) {
            cli_usage(call->cli, "--%s is not UTF-8", all[i].option);
            return false;
        }
    }
    return true;
}

static void release(void *arg) {
    json_decref(arg);
}

static bool read_kept(struct import_call *call) {
    const char *text = cli_option(call->cli, "mapping");
    int64_t id;
    if (text == NULL)
        return true;
    if (num_parse(str_of(text), 0, NUM_EXACT, &id) != NUM_OK || id < 1) {
        cli_usage(call->cli, "--mapping is the number of a kept mapping");
        return false;
    }
    json_object_set_new(call->change, "mapping_id", json_integer(id));
    return true;
}

static bool read_change(struct import_call *call) {
    json_t *mapping = json_object(), *options = json_object();
    call->change = json_object();
    arena_defer(call->cli->c->arena, release, call->change);
    bool good = read_map(call, mapping) && read_options(call, options) &&
                read_kept(call);
    if (json_object_size(mapping) > 0)
        json_object_set(call->change, "mapping", mapping);
    if (json_object_size(options) > 0)
        json_object_set(call->change, "options", options);
    json_decref(mapping);
    json_decref(options);
    return good;
}

static bool read_revert(struct import_call *call) {
    call->revert = true;
    if (num_parse(call->name, 0, NUM_EXACT, &call->import_id) == NUM_OK &&
        call->import_id > 0)
        return true;
    cli_usage(call->cli, "revert is followed by the number of an import");
    return false;
}

static bool read_request(struct import_call *call) {
    static const char *const kinds[] = {"customers", "contacts", "products",
                                        "orders"};
    struct cli *cli = call->cli;
    call->entity = str_of(cli->args[0]);
    call->name = str_of(cli->args[1]);
    call->dry = cli_option(cli, "dry-run") != NULL;
    if (str_eqc(call->entity, "revert") && !read_revert(call))
        return false;
    bool known = call->revert;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        known |= str_eqc(call->entity, kinds[i]);
    if (!known) {
        cli_usage(cli,
                  "customers, contacts, products, orders or revert, not \"%s\"",
                  cli->args[0]);
        return false;
    }
    if (cli_option(cli, "server") != NULL && cli_option(cli, "as") != NULL) {
        cli_usage(cli, "with --server the token says who imports, not --as");
        return false;
    }
    return read_change(call);
}

/* --- what came of it ----------------------------------------------------- */

static void print_counts(struct import_call *call) {
    json_t *report;
    const char *key;
    json_t *value;
    struct ctx *c = call->cli->c;
    if (call->report.n == 0 || json_read(c, call->report, &report) != OK)
        return;
    json_object_foreach(report, key, value) {
        char name[40];
        snprintf(name, sizeof name, "%s", key);
        for (char *p = name; *p != '\0'; p++)
            *p = *p == '_' ? ' ' : *p;
        if (json_is_integer(value))
            printf("%-20s %lld\n", name, (long long)json_integer_value(value));
        else if (json_is_real(value))
            printf("%-20s %.3f\n", name, json_real_value(value));
        else if (json_is_string(value))
            printf("%-20s %s\n", name, json_string_value(value));
    }
}

static enum cli_exit tell(struct import_call *call, bool json) {
    if (json && call->report.n > 0)
        printf(STR_FMT "\n", STR_ARG(call->report));
    else if (!json)
        print_counts(call);
    if (str_eqc(call->state, "done"))
        return CLI_OK;
    if (str_eqc(call->state, "cancelled"))
        return cli_failed(call->cli,
                          call->revert ? "cancelled; run again it goes on"
                                       : "cancelled; what was imported stays");
    return cli_failed(call->cli, STR_FMT, STR_ARG(call->error));
}

/* Held by a server of this machine: it does the work, asked through its local
 * socket (DESIGN O1). */
static bool is_held(struct import_call *call) {
    struct ctx *c = call->cli->c;
    const struct problem *p = c->problems.p;
    if (c->problems.n == 0 || !str_eqc(p->code, "db_locked") ||
        p->args[1].s.n == 0)
        return false;
    call->socket = str_dup(c->arena, p->args[1].s);
    fail_clear(c);
    return true;
}

static enum err work(struct import_call *call, int into) {
    if (cli_option(call->cli, "server") != NULL)
        return import_there(call, into);
    enum err e = import_here(call, into);
    return e == ERR_BUSY && is_held(call) ? import_there(call, into) : e;
}

static enum cli_exit run(struct import_call *call, bool json, int into) {
    progress_start(&call->progress);
    enum err e = work(call, into);
    progress_end(&call->progress);
    return e == OK ? tell(call, json) : cli_error(call->cli, e);
}

static enum cli_exit import(struct cli *cli) {
    struct import_call call = {.cli = cli};
    const char *errors = cli_option(cli, "errors");
    bool json;
    int into = -1;
    if (!cli_json(cli, &json) || !read_request(&call))
        return CLI_USAGE;
    call.fd = call.revert ? -1 : open(cli->args[1], O_RDONLY | O_CLOEXEC);
    if (call.fd < 0 && !call.revert)
        return cli_failed(cli, "%s: %s", cli->args[1], strerror(errno));
    if (errors != NULL &&
        (into = open(errors, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) <
            0) {
        if (call.fd >= 0)
            close(call.fd);
        return cli_failed(cli, "%s: %s", errors, strerror(errno));
    }
    enum cli_exit code = run(&call, json, into);
    if (call.fd >= 0)
        close(call.fd);
    if (into >= 0 && close(into) != 0)
        return cli_failed(cli, "%s: %s", errors, strerror(errno));
    return code;
}

static const struct cli_option options[] = {
    CLI_DB_OPTION,
    {.name = "server", .arg = "URL", .doc = "through a running server"},
    {.name = "token", .arg = "T", .doc = "its API token (guanxi user token)"},
    {.name = "as",
     .arg = "LOGIN",
     .doc = "with this user's rights, as owner of what is new (the console; "
            "no owner)"},
    {.name = "map",
     .arg = "COLUMN=target",
     .doc = "read a column into a field, such as No=order.number; again for "
            "more"},
    {.name = "currency", .arg = "ISO", .doc = "of the amounts"},
    {.name = "rate", .arg = "R", .doc = "base currency for one of it"},
    {.name = "date-order",
     .arg = "ymd|dmy|mdy",
     .doc = "how 03/04/2026 is read"},
    {.name = "decimal", .arg = "C", .doc = "decimal sign: . or ,"},
    {.name = "cancel-prefix",
     .arg = "TEXT",
     .doc = "begins the numbers of cancellations (C)"},
    {.name = "source",
     .arg = "NAME",
     .doc = "system whose ids the file holds (import)"},
    {.name = "on-duplicate",
     .arg = "skip|update|fill|create|error",
     .doc = "what to do with records that are there"},
    {.name = "key",
     .arg = "FIELD",
     .doc = "which field tells the record a row means (all unique ones)"},
    {.name = "mapping", .arg = "ID", .doc = "begin with a kept mapping"},
    {.name = "kind",
     .arg = "KIND",
     .doc = "of new customers: organization or person"},
    {.name = "dry-run", .doc = "check every row, write nothing"},
    {.name = "errors", .arg = "OUT", .doc = "where the rows set aside go"},
    CLI_FORMAT_OPTION,
};

const struct command import_command = {
    .name = "import",
    .args = "customers|contacts|products|orders FILE, or revert NUMBER",
    .doc = "Read a CSV (also .gz) or .xlsx file into the company.",
    .more = "Columns are guessed from the header; Ctrl-C stops behind the "
            "chunk under way. revert takes a whole import back; --errors is "
            "then where the list of what changed since goes.",
    .options = options,
    .n_options = COUNT_OF(options),
    .repeats = "map",
    .min_args = 2,
    .max_args = 2,
    .fn = import,
};
