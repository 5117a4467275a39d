/* Options, help and messages of all subcommands. Owns nothing. */
#include "cli/command.h"

#include "base/die.h"
#include "base/message.h"
#include "base/num.h"

#include <stdarg.h>

static size_t place(const struct command *cmd, struct str name) {
    for (size_t i = 0; i < cmd->n_options; i++)
        if (str_eqc(name, cmd->options[i].name))
            return i;
    return SIZE_MAX;
}

const char *cli_option(const struct cli *cli, const char *name) {
    size_t i = place(cli->command, str_of(name));
    if (i == SIZE_MAX)
        die("%s has no option --%s", cli->command->name, name);
    return cli->values[i];
}

struct str cli_text(const struct cli *cli, const char *name) {
    return str_of(cli_option(cli, name));
}

bool cli_number(const struct cli *cli, const char *name, int64_t min,
                int64_t max, int64_t fallback, int64_t *out) {
    const char *text = cli_option(cli, name);
    *out = fallback;
    if (text == NULL)
        return true;
    if (num_parse(str_of(text), 0, NUM_EXACT, out) == NUM_OK && *out >= min &&
        *out <= max)
        return true;
    cli_usage(cli, "--%s must be a whole number from %lld to %lld, not \"%s\"",
              name, (long long)min, (long long)max, text);
    return false;
}

bool cli_json(const struct cli *cli, bool *out) {
    struct str format = cli_text(cli, "format");
    *out = str_eqc(format, "json");
    if (*out || format.n == 0 || str_eqc(format, "text"))
        return true;
    cli_usage(cli, "--format is text or json, not \"" STR_FMT "\"",
              STR_ARG(format));
    return false;
}

void cli_help(const struct command *cmd) {
    printf("usage: guanxi %s%s%s%s\n\n%s\n", cmd->name,
           cmd->args[0] != '\0' ? " " : "", cmd->args,
           cmd->n_options > 0 ? " [options]" : "", cmd->doc);
    if (cmd->more != NULL)
        printf("\n%s\n", cmd->more);
    if (cmd->n_options > 0)
        printf("\noptions:\n");
    for (size_t i = 0; i < cmd->n_options; i++) {
        const struct cli_option *o = &cmd->options[i];
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name,
                 o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
        printf("  %-24s %s\n", left, o->doc);
    }
}

static bool repeats(const struct command *cmd, const struct cli_option *o) {
    return cmd->repeats != NULL && str_eqc(str_of(o->name), cmd->repeats);
}

/* One "--name", "--name=value" or "--name value". */
static bool take_option(struct cli *cli, int argc, char **argv, int *at) {
    struct str word = str_of(argv[*at] + 2), name = word;
    size_t equals = str_find(word, S("="));
    if (equals != SIZE_MAX)
        name = str_sub(word, 0, equals);
    size_t i = place(cli->command, name);
    if (i == SIZE_MAX) {
        cli_usage(cli, "there is no option --" STR_FMT, STR_ARG(name));
        return false;
    }
    const struct cli_option *o = &cli->command->options[i];
    if (cli->values[i] != NULL && !repeats(cli->command, o)) {
        cli_usage(cli, "--%s is given twice", o->name);
        return false;
    }
    if (o->arg == NULL && equals == SIZE_MAX) {
        cli->values[i] = "";
        return true;
    }
    if (o->arg == NULL || (equals == SIZE_MAX && *at + 1 >= argc)) {
        cli_usage(cli, "--%s %s", o->name,
                  o->arg == NULL ? "takes no value" : "needs a value");
        return false;
    }
    const char *value = equals != SIZE_MAX ? word.p + equals + 1 : argv[++*at];
    if (cli->values[i] != NULL)
        value = str_cstr(cli->c->arena, str_fmt(cli->c->arena, "%s\n%s",
                                                cli->values[i], value));
    cli->values[i] = value;
    return true;
}

static bool take_words(struct cli *cli, int argc, char **argv,
                       enum cli_exit *exit_out) {
    bool only_args = false;
    *exit_out = CLI_USAGE;
    for (int i = 2; i < argc; i++) {
        struct str word = str_of(argv[i]);
        if (!only_args && str_eqc(word, "--")) {
            only_args = true;
        } else if (!only_args &&
                   (str_eqc(word, "--help") || str_eqc(word, "-h"))) {
            cli_help(cli->command);
            *exit_out = CLI_OK;
            return false;
        } else if (!only_args && str_starts(word, S("--"))) {
            if (!take_option(cli, argc, argv, &i))
                return false;
        } else if (cli->n_args == CLI_ARGS_MAX ||
                   cli->n_args == cli->command->max_args) {
            cli_usage(cli, "\"%s\" is one word too many", argv[i]);
            return false;
        } else {
            cli->args[cli->n_args++] = argv[i];
        }
    }
    return true;
}

bool cli_parse(struct cli *cli, int argc, char **argv,
               enum cli_exit *exit_out) {
    if (cli->command->n_options > CLI_OPTIONS_MAX)
        die("%s has too many options", cli->command->name);
    if (!take_words(cli, argc, argv, exit_out))
        return false;
    if (cli->n_args >= cli->command->min_args)
        return true;
    cli_usage(cli, "%s is missing", cli->command->args);
    return false;
}

static void complain(const struct cli *cli, const char *fmt, va_list ap)
    PRINTF_LIKE(2, 0);
static void complain(const struct cli *cli, const char *fmt, va_list ap) {
    fflush(stdout);
    fprintf(stderr, "guanxi %s: ", cli->command->name);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
}

enum cli_exit cli_usage(const struct cli *cli, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    complain(cli, fmt, ap);
    va_end(ap);
    fprintf(stderr, "see: guanxi %s --help\n", cli->command->name);
    return CLI_USAGE;
}

enum cli_exit cli_failed(const struct cli *cli, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    complain(cli, fmt, ap);
    va_end(ap);
    return CLI_FAILED;
}

enum cli_exit cli_error(const struct cli *cli, enum err e) {
    struct ctx *c = cli->c;
    if (e == OK)
        return CLI_OK;
    if (c->problems.n == 0)
        return cli_failed(cli, "%s", err_code(e));
    for (size_t i = 0; i < c->problems.n; i++) {
        const struct problem *p = &c->problems.p[i];
        struct buf b;
        buf_init(&b, c->arena, 64 * 1024);
        message_problem(&b, c->lang, p);
        struct str text = buf_view(&b);
        cli_failed(cli, STR_FMT "%s" STR_FMT, STR_ARG(p->field),
                   p->field.n > 0 ? ": " : "", STR_ARG(text));
    }
    return CLI_FAILED;
}
