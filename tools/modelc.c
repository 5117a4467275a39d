/* modelc: reads the entity definitions of a folder and writes what is derived
 * from them. A build tool: one process, one thread, memory in one arena.
 *     modelc c|ts|ddl-sqlite|ddl-postgres|schema|lock MODEL_DIR [--depfile F]
 *     modelc check MODEL_DIR
 *     modelc diff OLD.lock MODEL_DIR
 * Exit: 0 good, 1 a definition is wrong, 2 wrong usage. */
#include "base/ctx.h"
#include "base/message.h"
#include "model/diff.h"
#include "model/emit.h"
#include "model/parse.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX_BYTES (8 << 20)
#define OUT_MAX_BYTES (64 << 20)

struct job {
    struct ctx *c;
    const char *dir;
    const char *depfile; /* or NULL */
    VEC(struct str) files;
    struct model model;
};

static int usage(void) {
    fputs("usage: modelc c|ts|ddl-sqlite|ddl-postgres|schema|lock|check "
          "MODEL_DIR [--depfile FILE]\n"
          "       modelc diff OLD.lock MODEL_DIR\n",
          stderr);
    return 2;
}

/* --- input --------------------------------------------------------------- */

static bool read_file(struct arena *a, const char *path, struct str *out) {
    FILE *f = fopen(path, "rb");
    struct buf b;
    char part[8192];
    size_t n;
    if (f == NULL) {
        fprintf(stderr, "modelc: %s: %s\n", path, strerror(errno));
        return false;
    }
    buf_init(&b, a, FILE_MAX_BYTES);
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        buf_str(&b, (struct str){part, n});
    bool good = !ferror(f) && buf_ok(&b);
    fclose(f);
    if (!good)
        fprintf(stderr, "modelc: %s: not readable, or over 8 MiB\n", path);
    *out = buf_view(&b);
    return good;
}

static int by_name(const void *x, const void *y) {
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* Names of the .json files of a folder that hold definitions, sorted. */
static bool list_dir(struct job *j, const char *dir, struct str **out,
                     size_t *n_out) {
    VEC(struct str) v = {0};
    struct dirent *d;
    DIR *open = opendir(dir);
    if (open == NULL) {
        *n_out = 0;
        return errno == ENOENT;
    }
    while ((d = readdir(open)) != NULL) {
        struct str s = str_of(d->d_name);
        if (str_ends(s, S(".json")) && !str_ends(s, S(".lock.json")) &&
            s.p[0] != '_' && s.p[0] != '.')
            *VEC_PUSH(j->c->arena, &v) = str_dup(j->c->arena, s);
    }
    closedir(open);
    if (v.n > 0)
        qsort(v.p, v.n, sizeof *v.p, by_name);
    *VEC_PUSH(j->c->arena, &j->files) = str_dup(j->c->arena, str_of(dir));
    *out = v.p;
    *n_out = v.n;
    return true;
}

static bool load_file(struct job *j, const char *dir, struct str name,
                      struct str *out) {
    struct str path = str_fmt(j->c->arena, "%s/%.*s", dir, STR_ARG(name));
    *VEC_PUSH(j->c->arena, &j->files) = path;
    return read_file(j->c->arena, str_cstr(j->c->arena, path), out);
}

static bool load_fragments(struct job *j, struct fragments *out) {
    struct str dir = str_fmt(j->c->arena, "%s/fragments", j->dir);
    const char *path = str_cstr(j->c->arena, dir);
    struct str *names = NULL, text;
    size_t n = 0;
    bool good = list_dir(j, path, &names, &n);
    struct fragment *p = NEW_ARRAY(j->c->arena, struct fragment, n);
    for (size_t i = 0; i < n; i++) {
        struct str file = str_cat(j->c->arena, S("fragments/"), names[i]);
        good = load_file(j, path, names[i], &text) &&
               fragment_parse(j->c, file, text, &p[i]) == OK && good;
    }
    *out = (struct fragments){p, n};
    return good;
}

/* A definition stands in the file of its name, so that it is found. */
static bool name_fits(struct job *j, struct str file, const struct entity *e) {
    if (str_eq(str_cat(j->c->arena, e->name, S(".json")), file))
        return true;
    fprintf(stderr, "modelc: %.*s: defines \"%.*s\"\n", STR_ARG(file),
            STR_ARG(e->name));
    return false;
}

static bool load_model(struct job *j) {
    struct fragments fragments;
    struct str *names = NULL, text;
    size_t n = 0;
    if (!load_fragments(j, &fragments) || !list_dir(j, j->dir, &names, &n))
        return false;
    struct entity *e = NEW_ARRAY(j->c->arena, struct entity, n);
    bool good = n > 0;
    if (n == 0)
        fprintf(stderr, "modelc: %s: no definitions\n", j->dir);
    for (size_t i = 0; i < n; i++)
        good =
            load_file(j, j->dir, names[i], &text) &&
            entity_parse_with(j->c, names[i], text, fragments, &e[i]) == OK &&
            name_fits(j, names[i], &e[i]) && good;
    j->model = (struct model){e, n};
    return good && model_check(j->c, &j->model) == OK &&
           model_check_product(j->c, &j->model) == OK;
}

/* --- output -------------------------------------------------------------- */

static void print_problems(const struct ctx *c) {
    struct buf b;
    buf_init(&b, c->arena, 1 << 20);
    for (size_t i = 0; i < c->problems.n; i++) {
        const struct problem *p = &c->problems.p[i];
        buf_fmt(&b, "%.*s: ", STR_ARG(p->field));
        message_problem(&b, LANG_EN, p);
        buf_fmt(&b, " [%.*s]\n", STR_ARG(p->code));
    }
    struct str s = buf_view(&b);
    if (s.n > 0)
        fwrite(s.p, 1, s.n, stderr);
}

static bool write_depfile(struct job *j) {
    if (j->depfile == NULL)
        return true;
    FILE *f = fopen(j->depfile, "w");
    if (f == NULL) {
        fprintf(stderr, "modelc: %s: %s\n", j->depfile, strerror(errno));
        return false;
    }
    fputs("model_gen:", f);
    for (size_t i = 0; i < j->files.n; i++)
        fprintf(f, " %.*s", STR_ARG(j->files.p[i]));
    fputc('\n', f);
    return fclose(f) == 0;
}

static bool emit(struct job *j, struct str what, struct buf *b) {
    if (str_eqc(what, "c"))
        emit_c(&j->model, b);
    else if (str_eqc(what, "ts"))
        emit_ts(&j->model, b);
    else if (str_eqc(what, "ddl-sqlite"))
        emit_ddl(&j->model, DDL_SQLITE, b);
    else if (str_eqc(what, "ddl-postgres"))
        emit_ddl(&j->model, DDL_POSTGRES, b);
    else if (str_eqc(what, "schema"))
        emit_json_schema(b);
    else if (str_eqc(what, "lock"))
        emit_lock(&j->model, b);
    else
        return str_eqc(what, "check");
    return true;
}

static bool emit_diff(struct job *j, const char *lock, struct buf *b) {
    struct str text;
    struct model old;
    if (!read_file(j->c->arena, lock, &text) ||
        lock_parse(j->c, str_of(lock), text, &old) != OK)
        return false;
    emit_migration(&old, &j->model, b);
    return true;
}

static int run(struct job *j, const char *what, const char *lock) {
    struct buf b;
    buf_init(&b, j->c->arena, OUT_MAX_BYTES);
    if (!load_model(j)) {
        print_problems(j->c);
        return 1;
    }
    if (lock != NULL ? !emit_diff(j, lock, &b) : !emit(j, str_of(what), &b)) {
        print_problems(j->c);
        return lock != NULL ? 1 : usage();
    }
    if (!buf_ok(&b) || !write_depfile(j))
        return 1;
    struct str out = buf_view(&b);
    if (out.n > 0 && fwrite(out.p, 1, out.n, stdout) != out.n)
        return 1;
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
    struct arena *a = arena_new();
    struct ctx c;
    struct job j = {.c = &c};
    const char *lock = NULL;
    ctx_init(&c, a);
    if (argc == 4 && str_eqc(str_of(argv[1]), "diff")) {
        lock = argv[2];
        j.dir = argv[3];
    } else if (argc == 3 ||
               (argc == 5 && str_eqc(str_of(argv[3]), "--depfile"))) {
        j.dir = argv[2];
        j.depfile = argc == 5 ? argv[4] : NULL;
    } else {
        arena_free(a);
        return usage();
    }
    int status = run(&j, argv[1], lock);
    arena_free(a);
    return status;
}
