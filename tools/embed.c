/* embed: turns the files of a folder into a C table of struct embed_file.
 *     embed --symbol NAME --dir DIR [--ext .sql] [--depfile FILE] OUT.c
 * OUT.c defines `const struct embed_files NAME`. The bytes themselves come in
 * by .incbin, which takes megabytes in no time; the depfile names each file
 * and folder, so that the table is made again when one is added or changed.
 * A build tool: one thread, memory in one arena. Exit: 0, 1 trouble, 2 usage.
 */
#include "base/buf.h"
#include "base/hash.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct item {
    struct str name; /* relative to the folder */
    const char *path;
    size_t size;
    struct str sha256;
};

struct job {
    struct arena *a;
    const char *symbol, *dir, *ext, *depfile, *out;
    VEC(struct item) items;
    VEC(const char *) folders;
};

static bool trouble(const char *what, const char *path) {
    fprintf(stderr, "embed: %s %s: %s\n", what, path, strerror(errno));
    return false;
}

static bool read_item(struct job *j, struct item *it) {
    FILE *f = fopen(it->path, "rb");
    if (f == NULL)
        return trouble("open", it->path);
    char *p = arena_alloc(j->a, it->size);
    bool good = fread(p, 1, it->size, f) == it->size && fgetc(f) == EOF;
    fclose(f);
    if (!good)
        return trouble("read", it->path);
    it->sha256 = hash_sha256_hex(j->a, (struct str){p, it->size});
    return true;
}

static bool add_file(struct job *j, const char *path, size_t size) {
    if (j->ext != NULL && !str_ends(str_of(path), str_of(j->ext)))
        return true;
    struct item *it = VEC_PUSH(j->a, &j->items);
    struct str whole = str_of(path);
    it->name = str_sub(whole, strlen(j->dir) + 1, whole.n);
    it->path = path;
    it->size = size;
    return read_item(j, it);
}

/* Names that would need escapes in C or in make are refused. */
static bool plain_name(const char *name) {
    for (const char *p = name; *p != '\0'; p++)
        if (*p == '"' || *p == '\\' || *p == ' ' || *p == '$' || *p == '#' ||
            *p == ':' || (unsigned char)*p < ' ')
            return false;
    return true;
}

/* All files below folder. Folders found are walked by the caller's loop. */
static bool walk(struct job *j, const char *folder) {
    DIR *d = opendir(folder);
    if (d == NULL)
        return trouble("open", folder);
    bool good = true;
    struct dirent *e;
    while (good && (e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        struct str s = str_fmt(j->a, "%s/%s", folder, e->d_name);
        const char *path = str_cstr(j->a, s);
        struct stat st;
        if (stat(path, &st) != 0) {
            good = trouble("stat", path);
        } else if (!plain_name(e->d_name)) {
            errno = EINVAL;
            good = trouble("name", path);
        } else if (S_ISDIR(st.st_mode)) {
            *VEC_PUSH(j->a, &j->folders) = path;
        } else if (S_ISREG(st.st_mode)) {
            good = add_file(j, path, (size_t)st.st_size);
        }
    }
    closedir(d);
    return good;
}

static int by_name(const void *x, const void *y) {
    return str_cmp(((const struct item *)x)->name,
                   ((const struct item *)y)->name);
}

static bool write_table(const struct job *j) {
    FILE *f = fopen(j->out, "w");
    if (f == NULL)
        return trouble("write", j->out);
    fprintf(f,
            "#include \"base/embed.h\"\n\n"
            "extern const struct embed_files %s;\n",
            j->symbol);
    for (size_t i = 0; i < j->items.n; i++) {
        const struct item *it = &j->items.p[i];
        fprintf(f,
                "__asm__(\".section .rodata\\n.balign 16\\n%s_%zu:\\n\"\n"
                "        \".incbin \\\"%s\\\"\\n.byte 0\\n.previous\\n\");\n"
                "extern const char %s_%zu[] __asm__(\"%s_%zu\");\n",
                j->symbol, i, it->path, j->symbol, i, j->symbol, i);
    }
    fprintf(f, "static const struct embed_file files[] = {\n");
    for (size_t i = 0; i < j->items.n; i++) {
        const struct item *it = &j->items.p[i];
        fprintf(f,
                "    {S_INIT(\"" STR_FMT "\"), {%s_%zu, %zu},\n"
                "     S_INIT(\"" STR_FMT "\")},\n",
                STR_ARG(it->name), j->symbol, i, it->size, STR_ARG(it->sha256));
    }
    fprintf(f,
            "    {{0, 0}, {0, 0}, {0, 0}}};\n"
            "const struct embed_files %s = {files, %zu};\n",
            j->symbol, j->items.n);
    return fclose(f) == 0 || trouble("write", j->out);
}

static bool write_depfile(const struct job *j) {
    FILE *f = fopen(j->depfile, "w");
    if (f == NULL)
        return trouble("write", j->depfile);
    fprintf(f, "%s:", j->out);
    for (size_t i = 0; i < j->folders.n; i++)
        fprintf(f, " %s", j->folders.p[i]);
    for (size_t i = 0; i < j->items.n; i++)
        fprintf(f, " %s", j->items.p[i].path);
    fputc('\n', f);
    return fclose(f) == 0 || trouble("write", j->depfile);
}

static bool parse_args(struct job *j, int argc, char **argv) {
    struct {
        const char *name, **place;
    } options[] = {{"--symbol", &j->symbol},
                   {"--dir", &j->dir},
                   {"--ext", &j->ext},
                   {"--depfile", &j->depfile}};
    for (int i = 1; i < argc; i++) {
        const char **place = NULL;
        for (size_t k = 0; k < COUNT_OF(options); k++)
            if (strcmp(argv[i], options[k].name) == 0)
                place = options[k].place;
        if (place != NULL && i + 1 < argc)
            *place = argv[++i];
        else if (place == NULL && argv[i][0] != '-' && j->out == NULL)
            j->out = argv[i];
        else
            return false;
    }
    return j->symbol != NULL && j->dir != NULL && j->out != NULL;
}

static bool run(struct job *j) {
    *VEC_PUSH(j->a, &j->folders) = j->dir;
    for (size_t i = 0; i < j->folders.n; i++)
        if (!walk(j, j->folders.p[i]))
            return false;
    if (j->items.n > 0)
        qsort(j->items.p, j->items.n, sizeof *j->items.p, by_name);
    return write_table(j) && (j->depfile == NULL || write_depfile(j));
}

int main(int argc, char **argv) {
    struct job j = {.a = arena_new()};
    int status = 2;
    if (parse_args(&j, argc, argv))
        status = run(&j) ? 0 : 1;
    else
        fputs("usage: embed --symbol NAME --dir DIR [--ext .sql] "
              "[--depfile FILE] OUT.c\n",
              stderr);
    arena_free(j.a);
    return status;
}
