/* Between two rounds of serving: the company is closed, another one put in its
 * place, and looked at before anybody is let in. Owns nothing. Threads: the
 * main one; the pages are answered by api/maintenance.c.
 * Invariant: when a step fails, what was there before is there again. */
#include "cli/serve.h"

#include "api/maintenance.h"
#include "app/backup.h"
#include "app/hooks.h"
#include "app/restore.h"
#include "base/log.h"
#include "base/message.h"
#include "store/actor.h"
#include "store/restore.h"

#define ERROR_BYTES 2000

struct work {
    const struct cli *cli;
    struct restored told;
    struct str backup, safety; /* paths */
};

/* Nothing of a closed company is used again. */
static void forget(struct ctx *c) {
    c->store = NULL;
    c->db = NULL;
    c->registry = NULL;
    c->zone = NULL;
}

static enum err open_again(struct ctx *c, const struct cli *cli,
                           struct store **out) {
    struct cli_migrated m = {0};
    TRY(cli_migrate(cli, cli_db(cli), CLI_MIGRATE_ALL, &m));
    c->actor = actor_console(c);
    return app_open(c, cli_db(cli), STORE_WRITE, out);
}

/* Is it a company that can be served? Then it is made ready for it. */
static enum err try_new(struct work *w) {
    struct ctx *c = w->cli->c;
    struct store *s;
    enum err e = open_again(c, w->cli, &s);
    if (e == OK) {
        e = restore_finish(c, &w->told);
        store_close(s);
    }
    forget(c);
    return e;
}

static void note(struct work *w, enum err e) {
    struct ctx *c = w->cli->c;
    if (w->told.error.n == 0)
        w->told.error = message_errors(c, e, ERROR_BYTES);
    fail_clear(c);
}

static enum err replace(struct work *w) {
    struct ctx *c = w->cli->c;
    TRY(restore_company(c, cli_db(w->cli), w->backup));
    enum err e = try_new(w);
    if (e == OK)
        return OK;
    note(w, e);
    TRY(restore_company(c, cli_db(w->cli), w->safety));
    return e;
}

/* The last word, in whatever company there is now. */
static enum cli_exit tell(struct work *w) {
    struct ctx *c = w->cli->c;
    struct store *s;
    struct log log;
    log_init(&log);
    enum err e = open_again(c, w->cli, &s);
    if (e == OK) {
        e = restore_tell(c, &w->told);
        store_close(s);
    }
    forget(c);
    if (w->told.error.n > 0)
        LOG(&log, LEVEL_ERROR, "backup not put back", {"name", V(w->told.name)},
            {"error", V(w->told.error)});
    else
        LOG(&log, LEVEL_WARN, "backup put back", {"name", V(w->told.name)},
            {"by", V(w->told.by)});
    return cli_error(w->cli, e);
}

enum cli_exit serve_restore(const struct cli *cli, struct store *s,
                            const struct server_options *o) {
    struct ctx *c = cli->c;
    struct work w = {.cli = cli};
    struct http_server *pages;
    struct str name, by;
    c->actor = actor_console(c);
    if (!store_restore_asked(s, &name, &by))
        return CLI_OK;
    if (maintenance_start(c, o, &pages) != OK) {
        pages = NULL; /* then nobody answers for a while */
        fail_clear(c);
    }
    w.told.name = str_dup(c->arena, name);
    w.told.by = str_dup(c->arena, by);
    w.backup = backup_path(c, w.told.name);
    enum err e = backup_safety(c, &w.told.safety);
    if (e == OK)
        w.safety = backup_path(c, w.told.safety);
    store_close(s);
    forget(c);
    if (e == OK)
        e = replace(&w);
    if (e != OK)
        note(&w, e);
    enum cli_exit code = tell(&w);
    maintenance_stop(pages);
    return code;
}
