/* guanxi model: the entity definitions in this program, the check of one's own;
 * and the custom fields of a company, out of its database and into it. */
#include "cli/commands.h"

#include "app/custom.h"
#include "base/num.h"
#include "cli/company.h"
#include "model/diff.h"
#include "model/emit.h"
#include "model/parse.h"

#include <dirent.h>
#include <errno.h>

#define FILE_MAX_BYTES (8 << 20)
#define OUT_MAX_BYTES (64 << 20)
#define LOCK "model/model.lock.json"

static bool read_file(const struct cli *cli, const char *path,
                      struct str *out) {
    FILE *f = fopen(path, "rb");
    struct buf b;
    char part[8192];
    size_t n;
    if (f == NULL) {
        cli_failed(cli, "%s: %s", path, strerror(errno));
        return false;
    }
    buf_init(&b, cli->c->arena, FILE_MAX_BYTES);
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        buf_str(&b, (struct str){part, n});
    bool good = !ferror(f) && buf_ok(&b);
    fclose(f);
    if (!good)
        cli_failed(cli, "%s: not readable, or over 8 MiB", path);
    *out = buf_view(&b);
    return good;
}

static bool write_file(const struct cli *cli, const char *path,
                       struct str text) {
    FILE *f = fopen(path, "wb");
    bool good = f != NULL && fwrite(text.p, 1, text.n, f) == text.n;
    if (f != NULL && fclose(f) != 0)
        good = false;
    if (!good)
        cli_failed(cli, "%s: %s", path, strerror(errno));
    return good;
}

static enum cli_exit print(const struct cli *cli, const struct buf *b) {
    struct str text = buf_view(b);
    if (!buf_ok(b) || fwrite(text.p, 1, text.n, stdout) != text.n)
        return cli_failed(cli, "can't write the output");
    return CLI_OK;
}

/* --- export ------------------------------------------------------------- */

static void emit_sqlite(const struct model *m, struct buf *b) {
    emit_ddl(m, DDL_SQLITE, b);
}

static void emit_postgres(const struct model *m, struct buf *b) {
    emit_ddl(m, DDL_POSTGRES, b);
}

static void emit_editor_schema(const struct model *m, struct buf *b) {
    emit_json_schema(b);
}

static const struct form {
    const char *name;
    void (*emit)(const struct model *m, struct buf *b);
} forms[] = {
    {"json", emit_lock},
    {"typescript", emit_ts},
    {"schema", emit_editor_schema},
    {"sqlite", emit_sqlite},
    {"postgresql", emit_postgres},
};

/* The custom fields of a company. */
static enum cli_exit export_custom(struct cli *cli) {
    struct store *s = cli_open(cli, STORE_READ);
    struct buf b;
    struct jw w;
    if (s == NULL)
        return CLI_FAILED;
    buf_init(&b, cli->c->arena, OUT_MAX_BYTES);
    jw_init(&w, &b);
    enum err e = custom_export(cli->c, &w);
    buf_byte(&b, '\n');
    store_close(s);
    return e == OK ? print(cli, &b) : cli_error(cli, e);
}

static enum cli_exit export_model(struct cli *cli) {
    struct str as = cli_text(cli, "as");
    struct buf b;
    if (str_eqc(as, "custom"))
        return export_custom(cli);
    buf_init(&b, cli->c->arena, OUT_MAX_BYTES);
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (!str_eqc(as.n > 0 ? as : S("json"), forms[i].name))
            continue;
        forms[i].emit(&builtin_model, &b);
        return print(cli, &b);
    }
    return cli_usage(cli, "--as is json, typescript, schema, sqlite, "
                          "postgresql or custom");
}

/* --- import ------------------------------------------------------------- */

static enum cli_exit import_custom(struct cli *cli) {
    struct ctx *c = cli->c;
    struct str text;
    json_t *file;
    int64_t changed = 0;
    if (cli->n_args != 2)
        return cli_usage(cli, "import FILE is missing");
    if (!read_file(cli, cli->args[1], &text))
        return CLI_FAILED;
    struct store *s = cli_open(cli, STORE_WRITE);
    if (s == NULL)
        return CLI_FAILED;
    enum err e = json_read(c, text, &file);
    if (e == OK)
        e = custom_import(c, file, &changed);
    store_close(s);
    printf("%lld custom field%s taken over\n", (long long)changed,
           changed == 1 ? "" : "s");
    return cli_error(cli, e);
}

/* --- check -------------------------------------------------------------- */

/* The definitions given together with the built-in ones, of which those of the
 * same name are replaced. */
static enum err check_all(const struct cli *cli, struct entity *given,
                          size_t n) {
    struct ctx *c = cli->c;
    size_t count = 0;
    struct entity *all =
        NEW_ARRAY(c->arena, struct entity, builtin_model.n + n);
    for (size_t i = 0; i < builtin_model.n; i++) {
        bool replaced = false;
        for (size_t k = 0; k < n; k++)
            replaced |= str_eq(given[k].name, builtin_model.entities[i].name);
        if (!replaced)
            all[count++] = builtin_model.entities[i];
    }
    for (size_t k = 0; k < n; k++)
        all[count++] = given[k];
    struct model m = {all, count};
    return model_check(c, &m);
}

/* The fragments in the folder beside a definition, as the product keeps its
 * own: FOLDER/fragments/NAME.json. */
static enum err read_fragments(const struct cli *cli, const char *path,
                               struct fragments *out) {
    struct ctx *c = cli->c;
    VEC(struct fragment) v = {0};
    const char *slash = strrchr(path, '/');
    struct str folder = slash == NULL ? S("fragments")
                                      : str_fmt(c->arena, "%.*s/fragments",
                                                (int)(slash - path), path);
    DIR *d = opendir(str_cstr(c->arena, folder));
    const struct dirent *entry;
    enum err e = OK;
    while (e == OK && d != NULL && (entry = readdir(d)) != NULL) {
        struct str text, name = str_of(entry->d_name);
        if (!str_ends(name, S(".json")))
            continue;
        struct str file = str_fmt(c->arena, STR_FMT "/" STR_FMT,
                                  STR_ARG(folder), STR_ARG(name));
        e = read_file(cli, str_cstr(c->arena, file), &text)
                ? fragment_parse(c, file, text, VEC_PUSH(c->arena, &v))
                : ERR_IO;
    }
    if (d != NULL)
        closedir(d);
    *out = (struct fragments){v.p, v.n};
    return e;
}

static enum cli_exit check(struct cli *cli) {
    struct ctx *c = cli->c;
    size_t n = cli->n_args - 1;
    struct entity *given = NEW_ARRAY(c->arena, struct entity, n + 1);
    if (n == 0)
        return cli_usage(cli, "check FILE… is missing");
    for (size_t i = 0; i < n; i++) {
        const char *path = cli->args[i + 1];
        struct fragments fragments;
        struct str text;
        if (!read_file(cli, path, &text))
            return CLI_FAILED;
        enum err e = read_fragments(cli, path, &fragments);
        if (e == OK)
            e = entity_parse_with(c, str_of(path), text, fragments, &given[i]);
        if (e != OK)
            return cli_error(cli, e);
    }
    enum err e = check_all(cli, given, n);
    if (e == OK)
        printf("%zu definition%s, nothing wrong\n", n, n == 1 ? "" : "s");
    return cli_error(cli, e);
}

/* --- diff --------------------------------------------------------------- */

/* migrations/NNNN_draft.sql with the number after the highest there is. */
static const char *next_migration(const struct cli *cli) {
    DIR *d = opendir("migrations");
    const struct dirent *e;
    int64_t highest = 0, n;
    while (d != NULL && (e = readdir(d)) != NULL) {
        struct str head = str_sub(str_of(e->d_name), 0, 4);
        if (num_parse(head, 0, NUM_EXACT, &n) == NUM_OK && n > highest)
            highest = n;
    }
    if (d != NULL)
        closedir(d);
    struct str p = str_fmt(cli->c->arena, "migrations/%04lld_draft.sql",
                           (long long)highest + 1);
    return str_cstr(cli->c->arena, p);
}

static enum cli_exit diff(struct cli *cli) {
    struct ctx *c = cli->c;
    struct str text;
    struct model old;
    struct buf draft, lock;
    if (!read_file(cli, LOCK, &text))
        return CLI_FAILED;
    enum err e = lock_parse(c, S(LOCK), text, &old);
    if (e != OK)
        return cli_error(cli, e);
    buf_init(&draft, c->arena, OUT_MAX_BYTES);
    emit_migration(&old, &builtin_model, &draft);
    if (cli_option(cli, "write") == NULL || draft.n == 0)
        return print(cli, &draft);
    const char *path = next_migration(cli);
    buf_init(&lock, c->arena, OUT_MAX_BYTES);
    emit_lock(&builtin_model, &lock);
    if (!write_file(cli, path, buf_view(&draft)) ||
        !write_file(cli, LOCK, buf_view(&lock)))
        return CLI_FAILED;
    printf("%s\n" LOCK "\n", path);
    return CLI_OK;
}

static enum cli_exit model(struct cli *cli) {
    struct str verb = str_of(cli->args[0]);
    if (str_eqc(verb, "check"))
        return check(cli);
    if (str_eqc(verb, "import"))
        return import_custom(cli);
    if (cli->n_args > 1)
        return cli_usage(cli, "\"%s\" is one word too many", cli->args[1]);
    if (str_eqc(verb, "export"))
        return export_model(cli);
    if (str_eqc(verb, "diff"))
        return diff(cli);
    return cli_usage(cli, "there is no \"model %s\"", cli->args[0]);
}

static const struct cli_option options[] = {
    CLI_DB_OPTION,
    {"as", "FORM",
     "export: json, typescript, schema, sqlite, postgresql, or custom: the "
     "company's own fields (json)"},
    {"write", NULL, "diff: write the draft and the new lock"},
};

const struct command model_command = {
    .name = "model",
    .args = "export|import FILE|check FILE…|diff",
    .doc = "Show the entity definitions, check one's own, draft a migration.",
    .more = "check: definitions in JSON, together with the built-in ones.\n"
            "import: custom fields, as \"export --as custom\" wrote them.\n"
            "diff: what leads from " LOCK " to this program's model.",
    .options = options,
    .n_options = COUNT_OF(options),
    .min_args = 1,
    .max_args = CLI_ARGS_MAX,
    .fn = model,
};
