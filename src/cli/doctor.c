/* guanxi doctor: is everything well with a company's database? Reads only,
 * beside a running server too. */
#include "cli/commands.h"

#include "app/company.h"
#include "base/json.h"
#include "cli/company.h"
#include "db/migrate.h"
#include "store/audit_seal.h"
#include "store/audit_verify.h"
#include "store/check.h"
#include "store/mirror.h"
#include "store/user.h"

#include <sys/statvfs.h>

#define REPORT_MAX (64 * 1024)
#define MIB (1024.0 * 1024.0)
#define MIN_FREE_MIB 200.0

/* One look at one thing: writes what it saw to out, *good tells. */
struct look {
    const char *name;
    enum err (*fn)(const struct cli *cli, struct buf *out, bool *good);
    const char *option; /* only when this is given; NULL: always */
};

static enum err versions(const struct cli *cli, struct buf *out, bool *good) {
    struct str engine;
    TRY(db_version(cli->c, &engine));
    buf_cstr(out, "guanxi " GUANXI_VERSION ", ");
    buf_str(out, engine);
    return OK;
}

static enum err schema(const struct cli *cli, struct buf *out, bool *good) {
    struct migrate_state m;
    TRY(migrate_status(cli->c, migration_files, &m));
    buf_fmt(out, "version %lld of %lld", (long long)m.current,
            (long long)m.newest);
    *good = m.pending == 0;
    return OK;
}

/* A check that writes a line for each thing wrong. */
static enum err lines(struct ctx *c, struct buf *out, bool *good,
                      enum err (*fn)(struct ctx *c, struct buf *out)) {
    TRY(fn(c, out));
    *good = out->n == 0;
    if (*good)
        buf_cstr(out, "sound");
    return OK;
}

static enum err pages(const struct cli *cli, struct buf *out, bool *good) {
    return lines(cli->c, out, good, db_check_pages);
}

static enum err keys(const struct cli *cli, struct buf *out, bool *good) {
    return lines(cli->c, out, good, db_check_keys);
}

static enum err drift(const struct cli *cli, struct buf *out, bool *good) {
    return lines(cli->c, out, good, check_drift);
}

static enum err statistics(const struct cli *cli, struct buf *out, bool *good) {
    int64_t wrong;
    TRY(check_statistics(cli->c, &wrong));
    *good = wrong == 0;
    buf_fmt(out, "%lld customers differ from a recount", (long long)wrong);
    return OK;
}

static enum err mirror(const struct cli *cli, struct buf *out, bool *good) {
    int64_t wrong;
    TRY(mirror_check(cli->c, &wrong));
    *good = wrong == 0;
    buf_fmt(out, "%lld orders differ from the columns", (long long)wrong);
    return OK;
}

static enum err teams(const struct cli *cli, struct buf *out, bool *good) {
    int64_t wrong;
    TRY(check_teams(cli->c, &wrong));
    *good = wrong == 0;
    buf_fmt(out, "%lld out of place", (long long)wrong);
    return OK;
}

static enum err people(const struct cli *cli, struct buf *out, bool *good) {
    int64_t admins;
    bool any, demo;
    TRY(user_any(cli->c, &any));
    TRY(user_count_admins(cli->c, &admins));
    TRY(company_is_demo(cli->c, &demo));
    *good = !any || admins > 0;
    buf_fmt(out, "%lld active%s", (long long)admins,
            demo  ? "; demonstration data with published passwords"
            : any ? ""
                  : "; serve prints the code for the first");
    return OK;
}

static enum err disk(const struct cli *cli, struct buf *out, bool *good) {
    struct str file = cli_db_file(cli_db(cli));
    struct statvfs fs;
    if (file.n == 0) {
        buf_cstr(out, "is the database server's");
        return OK;
    }
    if (statvfs(str_cstr(cli->c->arena, file), &fs) != 0)
        return fail(cli->c, ERR_IO, "", "io");
    double free_mib = (double)fs.f_bavail * (double)fs.f_frsize / MIB;
    *good = free_mib >= MIN_FREE_MIB;
    buf_fmt(out, "%.0f MiB free", free_mib);
    return OK;
}

static enum err write_trust(struct ctx *c, void *arg) {
    return seal_trust(c);
}

/* Only with --verify: it reads every entry of the audit trail. */
static enum err audit(const struct cli *cli, struct buf *out, bool *good) {
    struct audit_report r;
    TRY(audit_verify(cli->c, &r));
    bool trust = cli_option(cli, "trust") != NULL;
    if (r.head_only && trust) {
        TRY(cli_write(cli, write_trust, NULL));
        r.broken = S("");
        buf_cstr(out, "the chain is whole, its head is signed anew; ");
    }
    *good = r.broken.n == 0;
    buf_fmt(out, "%lld entries in %lld seals, %lld not sealed yet",
            (long long)r.sealed, (long long)r.seals, (long long)r.unsealed);
    if (!*good)
        buf_fmt(out, "; first broken place: " STR_FMT, STR_ARG(r.broken));
    return OK;
}

static const struct look looks[] = {
    {"versions", versions, NULL},     {"schema", schema, NULL},
    {"columns", drift, NULL},         {"pages", pages, NULL},
    {"references", keys, NULL},       {"statistics", statistics, NULL},
    {"mirror", mirror, NULL},         {"teams", teams, NULL},
    {"administrators", people, NULL}, {"disk", disk, NULL},
    {"audit", audit, "verify"},
};

static void print_json(struct jw *w, const char *name, bool good,
                       struct str seen) {
    jw_object(w);
    jw_kstr(w, S("name"), str_of(name));
    jw_kbool(w, S("ok"), good);
    jw_kstr(w, S("detail"), seen);
    jw_object_end(w);
}

/* True when all is well. */
static bool look_at_all(const struct cli *cli, struct jw *w, bool json) {
    bool all = true;
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        struct buf b;
        bool good = true;
        const char *option = looks[i].option;
        if (option != NULL && cli_option(cli, option) == NULL)
            continue;
        buf_init(&b, cli->c->arena, REPORT_MAX);
        enum err e = looks[i].fn(cli, &b, &good);
        if (e != OK) {
            cli_error(cli, e);
            fail_clear(cli->c);
            good = false;
        }
        struct str seen = str_trim(buf_view(&b));
        if (json)
            print_json(w, looks[i].name, good, seen);
        else
            printf("%-5s %-15s " STR_FMT "\n", good ? "ok" : "WRONG",
                   looks[i].name, STR_ARG(seen));
        all = all && good;
    }
    return all;
}

static enum cli_exit doctor(struct cli *cli) {
    struct buf b;
    struct jw w;
    bool json;
    if (!cli_json(cli, &json))
        return CLI_USAGE;
    bool trust = cli_option(cli, "trust") != NULL;
    struct store *s = trust ? cli_open_shared(cli) : cli_open(cli, STORE_READ);
    if (s == NULL)
        return CLI_FAILED;
    buf_init(&b, cli->c->arena, COUNT_OF(looks) * REPORT_MAX);
    jw_init(&w, &b);
    jw_object(&w);
    jw_key(&w, S("checks"));
    jw_array(&w);
    bool all = look_at_all(cli, &w, json);
    jw_array_end(&w);
    jw_kbool(&w, S("ok"), all);
    jw_object_end(&w);
    struct str text = buf_view(&b);
    if (json)
        printf(STR_FMT "\n", STR_ARG(text));
    store_close(s);
    return all ? CLI_OK : CLI_FAILED;
}

static const struct cli_option options[] = {
    CLI_DB_OPTION,
    CLI_FORMAT_OPTION,
    {"verify", NULL, "also recompute the audit trail's chain of hashes"},
    {"trust", NULL,
     "with --verify: sign the end of a whole chain with this master key"},
};

const struct command doctor_command = {
    .name = "doctor",
    .args = "",
    .doc = "Check a database: versions, schema, pages, references, figures.",
    .more = "Ends with 1 when something is wrong. Reads everything; may run "
            "beside a server.\n--trust is for a company restored without its "
            "old key; look at --verify first.",
    .options = options,
    .n_options = COUNT_OF(options),
    .fn = doctor,
};
