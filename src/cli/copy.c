/* guanxi copy: a whole company into an empty database of either kind. Owns the
 * two stores while it works. */
#include "cli/commands.h"

#include "app/hooks.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/company.h"
#include "cli/progress.h"
#include "db/lock.h"
#include "store/actor.h"
#include "store/copy.h"

#include <unistd.h>

/* One of the two ends. */
struct end {
    struct str url;
    struct ctx c;
    struct store *store;
    struct db_lock *lock;
    struct db_conn *own; /* of the store; the target's writes use another */
};

static bool on_step(void *arg, int64_t done, int64_t total) {
    struct progress *p = arg;
    progress_step(p, done, total);
    return !p->stop;
}

/* A SQLite file must not be in use: what is written behind our back would be
 * missing. */
static enum err lock(struct end *e) {
    struct str file = cli_db_file(e->url);
    return file.n == 0 ? OK
                       : db_lock_acquire(&e->c, file, S(""), &e->lock, NULL);
}

static enum err open_end(struct end *e) {
    struct str file = cli_db_file(e->url);
    if (file.n > 0 && access(str_cstr(e->c.arena, file), F_OK) != 0)
        return failv(&e->c, ERR_NOT_FOUND, S("db"), "import_no_database",
                     ARGS(V(file)));
    TRY(lock(e));
    e->c.actor = actor_console(&e->c);
    TRY(app_open(&e->c, e->url, STORE_READ, &e->store));
    e->own = e->c.db;
    return OK;
}

static enum err open_target(struct end *e) {
    TRY(open_end(e));
    return db_connect(&e->c, store_db(e->store), DB_WRITER, &e->c.db);
}

static void close_end(struct end *e) {
    if (e->store != NULL && e->c.db != e->own)
        db_disconnect(e->c.db);
    store_close(e->store);
    db_lock_release(e->lock);
}

/* --- what came of it ----------------------------------------------------- */

static struct str hex(struct ctx *c, const unsigned char *bytes) {
    return hex_text(c->arena, (struct str){(const char *)bytes, 16});
}

static void print_json(struct ctx *c, const struct copy_report *r) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 1 << 20);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kbool(&w, S("equal"), r->equal);
    jw_ki64(&w, S("rows"), r->rows);
    jw_ki64(&w, S("ms"), r->ms);
    jw_key(&w, S("tables"));
    jw_array(&w);
    for (size_t i = 0; i < r->v.n; i++) {
        const struct copy_table *t = &r->v.p[i];
        jw_object(&w);
        jw_kstr(&w, S("name"), t->name);
        jw_ki64(&w, S("rows"), t->rows);
        jw_ki64(&w, S("rows_there"), t->to_rows);
        jw_kstr(&w, S("hash"), hex(c, t->from));
        jw_kstr(&w, S("hash_there"), hex(c, t->to));
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    struct str s = buf_view(&b);
    printf(STR_FMT "\n", STR_ARG(s));
}

static void print_text(struct ctx *c, const struct copy_report *r) {
    for (size_t i = 0; i < r->v.n; i++) {
        const struct copy_table *t = &r->v.p[i];
        bool equal =
            t->rows == t->to_rows && memcmp(t->from, t->to, sizeof t->to) == 0;
        struct str from = hex(c, t->from), to = hex(c, t->to);
        printf("%-5s %-18.*s %10lld rows  " STR_FMT, equal ? "ok" : "WRONG",
               STR_ARG(t->name), (long long)t->rows, STR_ARG(from));
        if (!equal)
            printf("  there %lld rows  " STR_FMT, (long long)t->to_rows,
                   STR_ARG(to));
        printf("\n");
    }
    printf("%lld rows in %.1f s; %s\n", (long long)r->rows,
           (double)r->ms / 1000,
           r->equal ? "both sides are equal" : "the sides differ");
}

/* --- the work ------------------------------------------------------------ */

static enum cli_exit move(struct cli *cli, struct end *from, struct end *to,
                          struct progress *p, bool json) {
    struct copy_report r;
    int64_t begun_ms = clock_monotonic_ms();
    enum err e = copy_company(&from->c, &to->c, on_step, p, &r);
    progress_end(p);
    r.ms = clock_monotonic_ms() - begun_ms;
    if (e == ERR_CANCELLED)
        return cli_failed(cli, r.written
                                   ? "cancelled while comparing; the copy is "
                                     "whole, but not proved"
                                   : "cancelled; the target is empty");
    if (e != OK) {
        fail_move(cli->c, &from->c);
        return cli_error(cli, e);
    }
    if (json)
        print_json(cli->c, &r);
    else
        print_text(cli->c, &r);
    return r.equal ? CLI_OK : CLI_FAILED;
}

static enum err prepare_target(const struct cli *cli, struct end *to) {
    struct cli_migrated m = {0};
    TRY(cli_migrate(cli, to->url, CLI_MIGRATE_FRESH, &m));
    return open_target(to);
}

static enum cli_exit copy(struct cli *cli) {
    struct ctx *c = cli->c;
    struct end from = {.url = cli_text(cli, "from")},
               to = {.url = cli_text(cli, "to")};
    bool json;
    if (!cli_json(cli, &json))
        return CLI_USAGE;
    if (from.url.n == 0 || to.url.n == 0)
        return cli_usage(cli, "--from URL and --to URL are needed");
    if (str_eq(from.url, to.url))
        return cli_usage(cli, "both are the same database");
    if (!cli_make_folders(cli, to.url))
        return CLI_FAILED;
    ctx_init(&from.c, c->arena);
    ctx_init(&to.c, c->arena);
    from.c.lang = to.c.lang = c->lang;
    /* Before the target's schema is made: half of one could not be used. */
    struct progress p;
    progress_start(&p);
    enum err e = open_end(&from);
    if (e == OK)
        e = prepare_target(cli, &to);
    enum cli_exit code = CLI_FAILED;
    if (e == OK) {
        code = move(cli, &from, &to, &p, json);
    } else {
        progress_end(&p);
        fail_move(c, &from.c);
        fail_move(c, &to.c);
        cli_error(cli, e);
    }
    close_end(&to);
    close_end(&from);
    return code;
}

static const struct cli_option options[] = {
    {"from", "URL", "the company, sqlite:PATH or postgresql://…"},
    {"to", "URL", "an empty database; a SQLite file is made"},
    CLI_FORMAT_OPTION,
};

const struct command copy_command = {
    .name = "copy",
    .args = "",
    .doc = "Move a company into another database, of the other kind too.",
    .more = "Everything goes: ids, custom fields, files, audit, change log, "
            "sign-ins. No server\nmay write to either meanwhile. Counts and "
            "hashes of all rows are compared; ends with\n1 when they differ. "
            "Ctrl-C leaves the target empty, or whole once both sides are "
            "being compared.",
    .options = options,
    .n_options = COUNT_OF(options),
    .fn = copy,
};
