/* guanxi init: a new company with its first administrator. */
#include "cli/commands.h"

#include "app/company.h"
#include "app/password.h"
#include "app/users.h"
#include "base/json.h"
#include "cli/company.h"

static enum err write_company(struct ctx *c, void *arg) {
    return company_init(c, arg);
}

static enum err hash_password(const struct cli *cli, struct str password,
                              struct company_new *n) {
    TRY(password_check(
        cli->c, "password", password,
        &(struct password_about){.login = n->login, .company = n->name}));
    struct password_gate *gate = password_gate_new();
    enum err e = password_hash(cli->c, gate, password, &n->password_hash);
    password_gate_free(gate);
    return e;
}

static void report(const struct cli *cli, bool json, struct str login) {
    struct str db = cli_db(cli);
    if (!json) {
        printf("The company is ready; its administrator is " STR_FMT ".\n"
               "Start it with: guanxi serve --db " STR_FMT "\n",
               STR_ARG(login), STR_ARG(db));
        return;
    }
    struct buf b;
    struct jw w;
    buf_init(&b, cli->c->arena, 65536);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("db"), db);
    jw_kstr(&w, S("admin"), login);
    jw_object_end(&w);
    printf(STR_FMT "\n", STR_ARG(buf_view(&b)));
}

static enum cli_exit init(struct cli *cli) {
    struct ctx *c = cli->c;
    struct str password;
    struct cli_migrated m = {0};
    bool json;
    struct company_new n = {
        .name = cli_text(cli, "company"),
        .currency = cli_text(cli, "currency"),
        .zone = cli_text(cli, "zone"),
        .language = cli_text(cli, "language"),
        .login = login_normal(c, cli_text(cli, "admin")),
    };
    if (!cli_json(cli, &json))
        return CLI_USAGE;
    if (n.login.n == 0)
        return cli_usage(cli, "--admin LOGIN is missing");
    if (!cli_new_password(cli, "GUANXI_ADMIN_PASSWORD", &password))
        return CLI_USAGE;
    enum err e = hash_password(cli, password, &n);
    if (e != OK)
        return cli_error(cli, e);
    if (!cli_make_folders(cli, cli_db(cli)))
        return CLI_FAILED;
    e = cli_migrate(cli, cli_db(cli), CLI_MIGRATE_FRESH, &m);
    if (e != OK)
        return cli_error(cli, e);
    struct store *s = cli_open(cli, STORE_WRITE);
    if (s == NULL)
        return CLI_FAILED;
    e = cli_write(cli, write_company, &n);
    if (e == OK)
        report(cli, json, n.login);
    else
        cli_error(cli, e);
    store_close(s);
    return e == OK ? CLI_OK : CLI_FAILED;
}

static const struct cli_option options[] = {
    CLI_DB_OPTION,
    {"admin", "LOGIN", "sign-in name of the first administrator"},
    {"company", "NAME", "name of the company"},
    {"currency", "CODE", "base currency, ISO 4217 (CNY)"},
    {"zone", "NAME", "time zone of the company's days (Asia/Shanghai)"},
    {"language", "zh|en", "default language (zh)"},
    CLI_FORMAT_OPTION,
};

const struct command init_command = {
    .name = "init",
    .args = "",
    .doc = "Make a company and its first administrator.",
    .more = "The password is taken from GUANXI_ADMIN_PASSWORD or asked "
            "without echo.\nCurrency and time zone are fixed once there are "
            "orders.",
    .options = options,
    .n_options = COUNT_OF(options),
    .fn = init,
};
