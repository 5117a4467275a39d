/* guanxi user: people and tokens from the command line. What a server of this
 * machine has open is changed through it (cli/user_there.h). */
#include "cli/commands.h"

#include "app/auth.h"
#include "app/settings.h"
#include "app/users.h"
#include "base/json.h"
#include "base/time.h"
#include "base/zone.h"
#include "cli/company.h"
#include "cli/user_there.h"
#include "store/session.h"
#include "store/trail.h"
#include "store/user.h"

#define PASSWORD_VARIABLE "GUANXI_USER_PASSWORD"
#define DAYS_MAX 36500

/* What a verb works with. */
struct job {
    struct cli *cli;
    bool json;
    struct user user;          /* of --login, for all verbs but add and list */
    struct str password, hash; /* hash: not when a server makes it */
    struct user_new add;
    struct api_token token;
    struct str text; /* out: the token */
    int64_t id;      /* out */
};

static void print(const struct buf *b) {
    struct str s = buf_view(b);
    printf(STR_FMT "\n", STR_ARG(s));
}

/* Is it a server's to write? */
static bool is_there(const struct job *j) {
    return j->cli->socket.n > 0;
}

static bool read_password(struct job *j, const struct user *u) {
    struct ctx *c = j->cli->c;
    if (!cli_new_password(j->cli, PASSWORD_VARIABLE, &j->password))
        return false;
    enum err e = user_check_password(c, u, j->password);
    if (e == OK && !is_there(j)) {
        struct password_gate *gate = password_gate_new();
        e = password_hash(c, gate, j->password, &j->hash);
        password_gate_free(gate);
    }
    return cli_error(j->cli, e) == CLI_OK;
}

/* --- add, list ---------------------------------------------------------- */

static enum err write_user(struct ctx *c, void *arg) {
    struct job *j = arg;
    return user_add(c, &j->add, &j->id);
}

static enum err add_there(struct job *j) {
    struct ctx *c = j->cli->c;
    int64_t role_id;
    TRY(role_by_key(c, j->add.role_key, &role_id));
    if (role_id == 0)
        return failv(c, ERR_INVALID, S("role"), "role_unknown",
                     ARGS(V(j->add.role_key)));
    TRY(settings_text(c, SETTING_COMPANY_LANGUAGE, &j->add.language));
    return user_there_add(j->cli, &j->add, role_id, j->password, &j->id);
}

static enum cli_exit add(struct job *j) {
    struct cli *cli = j->cli;
    j->add.login = login_normal(cli->c, cli_text(cli, "login"));
    j->add.name = cli_text(cli, "name");
    j->add.role_key = cli_text(cli, "role");
    if (j->add.role_key.n == 0)
        j->add.role_key = S("sales");
    if (j->add.login.n == 0)
        return cli_usage(cli, "--login NAME is missing");
    struct user u = {.login = j->add.login, .name = j->add.name};
    if (!read_password(j, &u))
        return CLI_FAILED;
    j->add.password_hash = j->hash;
    enum err e = is_there(j) ? add_there(j) : cli_write(cli, write_user, j);
    if (e != OK && j->id != 0)
        fprintf(stderr, "user " STR_FMT " was added without a password\n",
                STR_ARG(j->add.login));
    if (e != OK)
        return cli_error(cli, e);
    if (j->json)
        printf("{\"id\":%lld}\n", (long long)j->id);
    else
        printf("User " STR_FMT " added.\n", STR_ARG(j->add.login));
    return CLI_OK;
}

static void user_json(struct ctx *c, struct jw *w, const struct user *u) {
    jw_object(w);
    jw_ki64(w, S("id"), u->id);
    jw_kstr(w, S("login"), u->login);
    jw_kstr(w, S("name"), u->name);
    jw_kstr(w, S("role"), u->role_key);
    jw_kbool(w, S("active"), u->active);
    jw_key(w, S("last_login_at"));
    if (u->signed_in_at == 0)
        jw_null(w);
    else
        jw_str(w, instant_text(c->arena, u->signed_in_at));
    jw_object_end(w);
}

static enum cli_exit list(struct job *j) {
    struct ctx *c = j->cli->c;
    struct user *u;
    size_t n;
    struct buf b;
    struct jw w;
    enum err e = user_list(c, &u, &n);
    if (e != OK)
        return cli_error(j->cli, e);
    buf_init(&b, c->arena, 16 << 20);
    jw_init(&w, &b);
    jw_array(&w);
    for (size_t i = 0; i < n; i++) {
        if (j->json)
            user_json(c, &w, &u[i]);
        else
            printf("%-24.*s %-10.*s %-8s " STR_FMT "\n", STR_ARG(u[i].login),
                   STR_ARG(u[i].role_key), u[i].active ? "active" : "off",
                   STR_ARG(u[i].name));
    }
    jw_array_end(&w);
    if (j->json)
        print(&b);
    return CLI_OK;
}

/* --- on one user -------------------------------------------------------- */

static enum err write_password(struct ctx *c, void *arg) {
    const struct job *j = arg;
    TRY(user_set_password(c, j->user.id, j->hash));
    TRY(session_delete_user(c, j->user.id, 0));
    return trail_event(c, S("password"), S("user"), j->user.id, S("{}"));
}

static enum cli_exit password(struct job *j) {
    if (!read_password(j, &j->user))
        return CLI_FAILED;
    return cli_error(j->cli,
                     is_there(j)
                         ? user_there_password(j->cli, j->user.id, j->password)
                         : cli_write(j->cli, write_password, j));
}

static enum err write_active(struct ctx *c, struct job *j, bool active) {
    const struct entity_info *info = registry_find(c->registry, S("user"));
    struct record *r = record_new(c, info), *after;
    record_set(r, S("active"), V(active));
    return record_update(c, info, j->user.id, 0, r, &after);
}

static enum err write_disable(struct ctx *c, void *arg) {
    return write_active(c, arg, false);
}

static enum err write_enable(struct ctx *c, void *arg) {
    return write_active(c, arg, true);
}

static enum cli_exit disable(struct job *j) {
    return cli_error(j->cli, is_there(j)
                                 ? user_there_active(j->cli, j->user.id, false)
                                 : cli_write(j->cli, write_disable, j));
}

static enum cli_exit enable(struct job *j) {
    return cli_error(j->cli, is_there(j)
                                 ? user_there_active(j->cli, j->user.id, true)
                                 : cli_write(j->cli, write_enable, j));
}

static enum err write_token(struct ctx *c, void *arg) {
    struct job *j = arg;
    return auth_new_token(c, &j->token, &j->text, &j->id);
}

/* For somebody who has lost the app and the recovery codes. */
static enum err write_second_off(struct ctx *c, void *arg) {
    const struct job *j = arg;
    return two_factor_drop(c, j->user.id, S("two_factor_reset"));
}

static enum cli_exit second_off(struct job *j) {
    return cli_error(j->cli, is_there(j)
                                 ? user_there_second_off(j->cli, j->user.id)
                                 : cli_write(j->cli, write_second_off, j));
}

/* Prints the token alone, so that T=$(guanxi user token …) works. */
static enum cli_exit token(struct job *j) {
    struct ctx *c = j->cli->c;
    struct str name = cli_text(j->cli, "name");
    int64_t days;
    if (!cli_number(j->cli, "days", 1, DAYS_MAX, 0, &days))
        return CLI_USAGE;
    if (!j->user.active)
        return cli_failed(j->cli, "the user is disabled");
    j->token = (struct api_token){
        .user_id = j->user.id,
        .name = name.n > 0 ? name : S("command line"),
        .expires_on =
            days > 0 ? zone_day(c->zone, c->now_ms) + days : API_TOKEN_NO_END,
    };
    enum err e = is_there(j)
                     ? user_there_token(j->cli, &j->token, &j->text, &j->id)
                     : cli_write(j->cli, write_token, j);
    if (e != OK)
        return cli_error(j->cli, e);
    if (j->json)
        printf("{\"id\":%lld,\"token\":\"" STR_FMT "\"}\n", (long long)j->id,
               STR_ARG(j->text));
    else
        printf(STR_FMT "\n", STR_ARG(j->text));
    return CLI_OK;
}

/* --- verbs -------------------------------------------------------------- */

static const struct verb {
    const char *name;
    bool on_user;
    enum cli_exit (*fn)(struct job *j);
} verbs[] = {
    {"add", false, add},
    {"list", false, list},
    {"password", true, password},
    {"disable", true, disable},
    {"enable", true, enable},
    {"token", true, token},
    {"second-step-off", true, second_off},
};

static enum cli_exit find_user(struct job *j) {
    struct ctx *c = j->cli->c;
    struct str login = login_normal(c, cli_text(j->cli, "login"));
    bool found;
    if (login.n == 0)
        return cli_usage(j->cli, "--login NAME is missing");
    enum err e = user_by_login(c, login, &j->user, &found);
    if (e != OK)
        return cli_error(j->cli, e);
    if (!found)
        return cli_failed(j->cli, "there is no user \"" STR_FMT "\"",
                          STR_ARG(login));
    return CLI_OK;
}

static enum cli_exit user(struct cli *cli) {
    struct job j = {.cli = cli};
    const struct verb *verb = NULL;
    if (!cli_json(cli, &j.json))
        return CLI_USAGE;
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (str_eqc(str_of(cli->args[0]), verbs[i].name))
            verb = &verbs[i];
    if (verb == NULL)
        return cli_usage(cli, "there is no \"user %s\"", cli->args[0]);
    struct store *s = cli_open_shared(cli);
    if (s == NULL)
        return CLI_FAILED;
    enum cli_exit code = verb->on_user ? find_user(&j) : CLI_OK;
    if (code == CLI_OK)
        code = verb->fn(&j);
    store_close(s);
    return code;
}

static const struct cli_option options[] = {
    CLI_DB_OPTION,
    {"login", "NAME", "sign-in name of the user"},
    {"name", "TEXT", "add: full name; token: what it is for"},
    {"role", "KEY", "add: admin, manager, sales, service, analyst (sales)"},
    {"days", "N", "token: days it works (no end)"},
    CLI_FORMAT_OPTION,
};

const struct command user_command = {
    .name = "user",
    .args = "add|list|password|disable|enable|token|second-step-off",
    .doc = "Add and list users, set passwords, make tokens for programs.",
    .more = "Passwords are taken from " PASSWORD_VARIABLE
            " or asked without echo.\n\"user token\" prints the token alone.",
    .options = options,
    .n_options = COUNT_OF(options),
    .min_args = 1,
    .max_args = 1,
    .fn = user,
};
