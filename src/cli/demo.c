/* guanxi demo: a believable company to look at. */
#include "cli/commands.h"

#include "app/demo.h"
#include "cli/company.h"

#include <unistd.h>

#define CUSTOMERS_MAX 5000

static void progress(void *arg, int64_t done, int64_t total) {
    const bool *terminal = arg;
    if (*terminal)
        fprintf(stderr, "\rcustomers %lld of %lld%s", (long long)done,
                (long long)total, done == total ? "\n" : "");
}

static enum cli_exit demo(struct cli *cli) {
    bool json, terminal = isatty(STDERR_FILENO) == 1;
    struct cli_migrated m = {0};
    struct demo_options o = {.progress = progress, .arg = &terminal};
    if (!cli_json(cli, &json) ||
        !cli_number(cli, "customers", 10, CUSTOMERS_MAX, DEMO_CUSTOMERS,
                    &o.customers))
        return CLI_USAGE;
    if (!cli_make_folders(cli, cli_db(cli)))
        return CLI_FAILED;
    enum err e = cli_migrate(cli, cli_db(cli), CLI_MIGRATE_FRESH, &m);
    if (e != OK)
        return cli_error(cli, e);
    struct store *s = cli_open(cli, STORE_WRITE);
    if (s == NULL)
        return CLI_FAILED;
    e = demo_make(cli->c, &o);
    if (e != OK)
        cli_error(cli, e);
    else if (json)
        printf("{\"customers\":%lld,\"login\":\"" DEMO_ADMIN
               "\",\"password\":\"" DEMO_PASSWORD "\"}\n",
               (long long)o.customers);
    else
        printf("The demonstration company is ready.\nSign in as " DEMO_ADMIN
               ", chenjing, liwei, zhangmin or zhaolei; the password "
               "is " DEMO_PASSWORD ".\n");
    store_close(s);
    return e == OK ? CLI_OK : CLI_FAILED;
}

static const struct cli_option options[] = {
    CLI_DB_OPTION,
    {"customers", "N", "how many customers (300)"},
    CLI_FORMAT_OPTION,
};

const struct command demo_command = {
    .name = "demo",
    .args = "",
    .doc = "Fill an empty database with a demonstration company.",
    .more = "Its passwords are published, so it is served on this machine "
            "only.",
    .options = options,
    .n_options = COUNT_OF(options),
    .fn = demo,
};
