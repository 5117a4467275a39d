/* What a subcommand is: a row of the table in main.c, and what it gets when it
 * is run. Options, help and the check of usage come from the row. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/ctx.h"

enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1, /* the work could not be done */
    CLI_USAGE = 2,  /* called wrongly */
};

struct cli_option {
    const char *name; /* without the dashes */
    const char *arg;  /* name of the value in help; NULL: a switch */
    const char *doc;
};

#define CLI_OPTIONS_MAX 40
#define CLI_ARGS_MAX 16

struct cli;

struct command {
    const char *name;
    const char *args; /* "add|list|password …" or "FILE", for help; may be "" */
    const char *doc;  /* one line */
    const char *more; /* further lines of its help, or NULL */
    const struct cli_option *options;
    size_t n_options;
    /* An option that may be given again, or NULL: values joined by newlines. */
    const char *repeats;
    size_t min_args, max_args;
    enum cli_exit (*fn)(struct cli *cli);
};

/* One call. */
struct cli {
    struct ctx *c; /* no database yet; the language is the terminal's */
    const struct command *command;
    const char *values[CLI_OPTIONS_MAX]; /* by place in command->options */
    const char *args[CLI_ARGS_MAX];
    size_t n_args;
    bool beside;       /* the store is opened beside a running server */
    struct str socket; /* … which listens here; or empty */
};

#define CLI_DB_OPTION                                                          \
    {                                                                          \
        "db", "URL",                                                           \
            "sqlite:PATH or postgresql://… (GUANXI_DB; "                     \
            "sqlite:./data/guanxi.db)"                                         \
    }
#define CLI_FORMAT_OPTION                                                      \
    { "format", "text|json", "form of the output" }

/* Value of an option, or NULL when it was not given; a switch gives "". Dies
 * when the command has no such option. */
const char *cli_option(const struct cli *cli, const char *name);
/* The same as a slice, empty when not given. */
struct str cli_text(const struct cli *cli, const char *name);
/* A whole number within limits, or fallback; prints what is wrong and returns
 * false otherwise. */
bool cli_number(const struct cli *cli, const char *name, int64_t min,
                int64_t max, int64_t fallback, int64_t *out) MUST_CHECK;
/* --format json? False and a message for anything but text and json. */
bool cli_json(const struct cli *cli, bool *out) MUST_CHECK;

/* Reads argv[2…] by the command's row. False: *exit_out is the exit code, help
 * or a message has been printed. */
bool cli_parse(struct cli *cli, int argc, char **argv,
               enum cli_exit *exit_out) MUST_CHECK;
/* Prints a command's help. */
void cli_help(const struct command *command);

/* Prints "guanxi NAME: " and the message to stderr, returns CLI_USAGE. */
enum cli_exit cli_usage(const struct cli *cli, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
/* The same for work that failed, returns CLI_FAILED. */
enum cli_exit cli_failed(const struct cli *cli, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
/* What fail() noted, as messages; returns CLI_FAILED, CLI_OK for OK. */
enum cli_exit cli_error(const struct cli *cli, enum err e);

#endif
