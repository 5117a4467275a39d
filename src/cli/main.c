/* The program: finds the subcommand, reads its words, runs it. */
#include "cli/commands.h"

#include <signal.h>
#include <sodium.h>

static const struct command *const commands[] = {
    &serve_command,   &init_command,    &demo_command,    &user_command,
    &import_command,  &export_command,  &analyze_command, &backup_command,
    &restore_command, &migrate_command, &doctor_command,  &model_command,
    &openapi_command, &copy_command,
};

static void overview(FILE *to) {
    fprintf(to, "usage: guanxi COMMAND [options]\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->doc);
    fprintf(to, "\nguanxi COMMAND --help tells more. "
                "guanxi --version prints the version.\n");
}

static const struct command *find(struct str name) {
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (str_eqc(name, commands[i]->name))
            return commands[i];
    return NULL;
}

/* The language of messages: that of the terminal. */
static enum lang terminal_language(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct str v = str_of(getenv(names[i]));
        if (v.n > 0)
            return str_starts(v, S("zh")) ? LANG_ZH : LANG_EN;
    }
    return LANG_EN;
}

static enum cli_exit run(const struct command *cmd, int argc, char **argv) {
    struct arena *arena = arena_new();
    struct ctx c;
    enum cli_exit code;
    ctx_init(&c, arena);
    c.lang = terminal_language();
    struct cli cli = {.c = &c, .command = cmd};
    if (cli_parse(&cli, argc, argv, &code))
        code = cmd->fn(&cli);
    arena_free(arena);
    if (fflush(stdout) != 0 && code == CLI_OK)
        code = CLI_FAILED;
    return code;
}

int main(int argc, char **argv) {
    struct str word = argc > 1 ? str_of(argv[1]) : S("");
    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0) {
        fprintf(stderr, "guanxi: no cryptography on this system\n");
        return CLI_FAILED;
    }
    if (str_eqc(word, "--version") || str_eqc(word, "version")) {
        printf("guanxi %s\n", GUANXI_VERSION);
        return CLI_OK;
    }
    if (str_eqc(word, "--help") || str_eqc(word, "-h") ||
        (str_eqc(word, "help") && argc == 2)) {
        overview(stdout);
        return CLI_OK;
    }
    bool help = str_eqc(word, "help");
    const struct command *cmd = find(help ? str_of(argv[2]) : word);
    if (cmd == NULL) {
        if (word.n > 0)
            fprintf(stderr, "guanxi: there is no command \"%s\"\n\n",
                    help ? argv[2] : argv[1]);
        overview(stderr);
        return CLI_USAGE;
    }
    if (help) {
        cli_help(cmd);
        return CLI_OK;
    }
    return (int)run(cmd, argc, argv);
}
