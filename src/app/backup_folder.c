/* The folder of backups. Owns nothing: files are opened and closed within a
 * call. Threads: any; a manifest appears under its name when it is whole.
 * Invariant: a name that comes from outside is one of ours (letters, digits,
 * dashes, one of two endings), so it can't leave the folder. */
#include "app/backup.h"

#include "app/settings.h"
#include "base/io.h"
#include "base/zone.h"
#include "store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST_MAX (256 * 1024)
#define NAME_MAX_BYTES 100
#define COPY_BYTES (256 * 1024)

static enum err io(struct ctx *c, const char *what) {
    enum err e = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
    return failv(c, e, S(""), "backup_folder",
                 ARGS(V(backup_folder(c)), V(what), V(strerror(errno))));
}

static bool is_name(struct str s) {
    struct str stem = str_sub(s, 0,
                              s.n - (str_ends(s, S(".db"))     ? 3
                                     : str_ends(s, S(".dump")) ? 5
                                                               : 0));
    bool good =
        stem.n < s.n && s.n < NAME_MAX_BYTES && str_starts(s, S("guanxi-"));
    for (size_t i = 0; good && i < stem.n; i++)
        good = (stem.p[i] >= 'a' && stem.p[i] <= 'z') || stem.p[i] == '-' ||
               (stem.p[i] >= '0' && stem.p[i] <= '9') || stem.p[i] == 'T' ||
               stem.p[i] == 'Z';
    return good;
}

struct str backup_path(struct ctx *c, struct str name) {
    struct str folder = str_cat(c->arena, backup_folder(c), S("/"));
    return str_cat(c->arena, folder, name);
}

static const char *manifest_path(struct ctx *c, struct str name) {
    return str_cstr(c->arena,
                    str_cat(c->arena, backup_path(c, name), S(".json")));
}

enum err backup_make_folder(struct ctx *c) {
    struct str folder = backup_folder(c);
    for (size_t i = 1; i <= folder.n; i++) {
        if (i < folder.n && folder.p[i] != '/')
            continue;
        const char *part = str_cstr(c->arena, str_sub(folder, 0, i));
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return io(c, part);
    }
    return OK;
}

/* --- manifests ---------------------------------------------------------- */

static struct str text(const json_t *j, const char *key) {
    const json_t *v = json_object_get(j, key);
    return json_is_string(v) ? json_str(v) : S("");
}

static int64_t number(const json_t *j, const char *key) {
    return json_integer_value(json_object_get(j, key));
}

enum err backup_read_json(struct ctx *c, struct str name, json_t **out) {
    char *bytes = arena_alloc(c->arena, MANIFEST_MAX);
    int fd =
        open(str_cstr(c->arena, backup_path(c, name)), O_RDONLY | O_CLOEXEC);
    *out = NULL;
    if (fd < 0)
        return errno == ENOENT ? OK : io(c, "open");
    ssize_t n = read(fd, bytes, MANIFEST_MAX);
    close(fd);
    if (n < 0)
        return io(c, "read");
    return json_read(c, (struct str){bytes, (size_t)n}, out);
}

static enum err read_manifest(struct ctx *c, struct str name, json_t **out) {
    TRY(backup_read_json(c, str_cat(c->arena, name, S(".json")), out));
    return *out != NULL ? OK : fail(c, ERR_NOT_FOUND, "", "not_found");
}

static void fill(const json_t *j, struct str name, struct backup *b) {
    *b = (struct backup){
        .name = name,
        .kind = text(j, "kind"),
        .engine = text(j, "engine"),
        .state = text(j, "state"),
        .sha256 = text(j, "sha256"),
        .wrong = text(j, "wrong"),
        .created_at = number(j, "created_at"),
        .verified_at = number(j, "verified_at"),
        .size = number(j, "size"),
        .schema = number(j, "schema"),
        .rows = number(j, "rows"),
        .ms = number(j, "ms"),
    };
}

enum err backup_find(struct ctx *c, struct str name, struct backup *out) {
    json_t *j;
    if (!is_name(name))
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    TRY(read_manifest(c, name, &j));
    fill(j, name, out);
    return OK;
}

enum err backup_tables(struct ctx *c, struct str name, json_t **out) {
    json_t *j;
    TRY(read_manifest(c, name, &j));
    *out = json_object_get(j, "tables");
    return OK;
}

static void write_manifest(struct jw *w, const struct backup *b,
                           const json_t *tables, struct arena *a) {
    jw_object(w);
    jw_kstr(w, S("kind"), b->kind);
    jw_kstr(w, S("engine"), b->engine);
    jw_kstr(w, S("state"), b->state);
    jw_kstr(w, S("sha256"), b->sha256);
    jw_kstr(w, S("wrong"), b->wrong);
    jw_ki64(w, S("created_at"), b->created_at);
    jw_ki64(w, S("verified_at"), b->verified_at);
    jw_ki64(w, S("size"), b->size);
    jw_ki64(w, S("schema"), b->schema);
    jw_ki64(w, S("rows"), b->rows);
    jw_ki64(w, S("ms"), b->ms);
    jw_key(w, S("tables"));
    jw_raw(w, json_compact(a, tables));
    jw_object_end(w);
}

static bool write_all(int fd, struct str s) {
    while (s.n > 0) {
        ssize_t n = io_write(fd, s.p, s.n);
        if (n <= 0)
            return false;
        s = str_sub(s, (size_t)n, s.n);
    }
    return fsync(fd) == 0;
}

enum err backup_write_json(struct ctx *c, struct str name, struct str json) {
    const char *path = str_cstr(c->arena, backup_path(c, name));
    const char *part =
        str_cstr(c->arena, str_cat(c->arena, str_of(path), S(".part")));
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return io(c, "open");
    bool good = write_all(fd, json);
    good = close(fd) == 0 && good && rename(part, path) == 0;
    return good ? OK : io(c, "write");
}

enum err backup_save(struct ctx *c, const struct backup *b,
                     const json_t *tables) {
    struct buf out;
    struct jw w;
    buf_init(&out, c->arena, MANIFEST_MAX);
    jw_init(&w, &out);
    write_manifest(&w, b, tables, c->arena);
    return backup_write_json(c, str_cat(c->arena, b->name, S(".json")),
                             buf_view(&out));
}

/* --- the list ----------------------------------------------------------- */

static int by_age(const void *x, const void *y) {
    const struct backup *a = x, *b = y;
    if (a->created_at != b->created_at)
        return a->created_at < b->created_at ? 1 : -1;
    return str_cmp(b->name, a->name);
}

/* A manifest that can't be read says so instead of hiding its backup. */
static void add(struct ctx *c, struct str name, struct backups *out) {
    struct backup *b = VEC_PUSH(c->arena, &out->v);
    if (backup_find(c, name, b) == OK)
        return;
    fail_clear(c);
    *b = (struct backup){.name = name,
                         .kind = S("manual"),
                         .engine = str_of(backup_engine(name)),
                         .state = S("failed"),
                         .wrong = S("manifest")};
}

enum err backup_list(struct ctx *c, struct backups *out) {
    *out = (struct backups){0};
    DIR *d = opendir(str_cstr(c->arena, backup_folder(c)));
    if (d == NULL)
        return errno == ENOENT ? OK : io(c, "open");
    const struct dirent *e;
    while ((e = readdir(d)) != NULL) {
        struct str file = str_of(e->d_name);
        struct str name = str_sub(file, 0, file.n - (file.n > 5 ? 5 : 0));
        if (str_ends(file, S(".json")) && is_name(name))
            add(c, str_dup(c->arena, name), out);
    }
    closedir(d);
    if (out->v.n > 1)
        qsort(out->v.p, out->v.n, sizeof *out->v.p, by_age);
    return OK;
}

static void instant(struct ctx *c, struct jw *w, struct str key, int64_t ms) {
    jw_key(w, key);
    if (ms == 0)
        jw_null(w);
    else
        jw_str(w, instant_text(c->arena, ms));
}

void backup_to_json(struct ctx *c, struct jw *w, const struct backup *b) {
    jw_object(w);
    jw_kstr(w, S("name"), b->name);
    jw_kstr(w, S("kind"), b->kind);
    jw_kstr(w, S("engine"), b->engine);
    jw_kstr(w, S("state"), b->state);
    instant(c, w, S("created_at"), b->created_at);
    instant(c, w, S("verified_at"), b->verified_at);
    jw_ki64(w, S("size"), b->size);
    jw_ki64(w, S("schema"), b->schema);
    jw_ki64(w, S("rows"), b->rows);
    jw_ki64(w, S("ms"), b->ms);
    jw_kstr(w, S("sha256"), b->sha256);
    jw_key(w, S("wrong"));
    if (b->wrong.n > 0)
        jw_str(w, b->wrong);
    else
        jw_null(w);
    jw_object_end(w);
}

enum err backup_open(struct ctx *c, struct str name, int *fd_out) {
    if (!is_name(name))
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    *fd_out = open(str_cstr(c->arena, backup_path(c, name)),
                   O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*fd_out >= 0)
        return OK;
    return errno == ENOENT ? fail(c, ERR_NOT_FOUND, "", "not_found")
                           : io(c, "open");
}

enum err backup_exists(struct ctx *c, struct str name) {
    struct stat st;
    if (is_name(name) &&
        (stat(str_cstr(c->arena, backup_path(c, name)), &st) == 0 ||
         stat(manifest_path(c, name), &st) == 0))
        return OK;
    return fail(c, ERR_NOT_FOUND, "", "not_found");
}

enum err backup_unlink(struct ctx *c, struct str name) {
    const char *const paths[] = {str_cstr(c->arena, backup_path(c, name)),
                                 manifest_path(c, name)};
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        if (unlink(paths[i]) != 0 && errno != ENOENT)
            return io(c, "unlink");
    return OK;
}

static bool copy_all(struct arena *a, int from, int to) {
    char *part = arena_alloc(a, COPY_BYTES);
    off_t at = 0;
    for (;;) {
        ssize_t n = pread(from, part, COPY_BYTES, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 && fsync(to) == 0;
        for (ssize_t done = 0; done < n;) {
            ssize_t put = io_write(to, part + done, (size_t)(n - done));
            if (put <= 0)
                return false;
            done += put;
        }
        at += n;
    }
}

enum err backup_put(struct ctx *c, struct str name, int fd) {
    const char *path = str_cstr(c->arena, backup_path(c, name));
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        return io(c, "open");
    bool good = copy_all(c->arena, fd, to);
    enum err e = good ? OK : io(c, "write");
    if (close(to) != 0 && e == OK)
        e = io(c, "write");
    if (e != OK)
        unlink(path);
    return e;
}

/* --- what is kept ------------------------------------------------------- */

struct keeping {
    int64_t days, weeks; /* still to be kept */
    int32_t day, week;   /* last ones that were; weeks by their Monday */
    bool good;           /* a newer one was verified */
};

/* In order, newest first: the newest of a day and the newest of a week. */
static bool keep(struct ctx *c, struct keeping *k, const struct backup *b) {
    if (!str_eqc(b->kind, "scheduled"))
        return true;
    if (!str_eqc(b->state, "verified"))
        return !k->good;
    int32_t day = zone_day(c->zone, b->created_at);
    int32_t week = day - day_weekday(day);
    bool by_day = day != k->day && k->days > 0;
    bool by_week = week != k->week && k->weeks > 0;
    k->days -= by_day;
    k->weeks -= by_week;
    if (by_day)
        k->day = day;
    if (by_week)
        k->week = week;
    k->good = true;
    return by_day || by_week;
}

enum err backup_prune(struct ctx *c) {
    struct backups all;
    struct keeping k = {.day = INT32_MIN, .week = INT32_MIN};
    TRY(settings_i64(c, SETTING_BACKUP_KEEP_DAILY, &k.days));
    TRY(settings_i64(c, SETTING_BACKUP_KEEP_WEEKLY, &k.weeks));
    TRY(backup_list(c, &all));
    for (size_t i = 0; i < all.v.n; i++)
        if (!keep(c, &k, &all.v.p[i]))
            TRY(backup_delete(c, all.v.p[i].name));
    return OK;
}
