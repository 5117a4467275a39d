/* Making backups and looking into them. Owns nothing but the files it makes;
 * a failed one leaves none. Threads: a job's.
 * Invariant: a backup counts as verified only after the copy itself was read
 * to its end and held what the company held. */
#include "app/backup.h"

#include "app/due.h"
#include "app/settings.h"
#include "base/hash.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/backup.h"
#include "store/trail.h"

#include <sys/stat.h>
#include <unistd.h>

#define SCHEDULE "backup"
#define LATE_MS (6 * 3600 * 1000) /* a server started later leaves it out */

/* --- what is told of it ------------------------------------------------- */

struct event {
    struct str action, name;
};

static enum err write_event(struct ctx *c, void *arg) {
    const struct event *e = arg;
    return backup_event(c, e->action, e->name);
}

struct str backup_name_json(struct ctx *c, struct str name) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 1024);
    jw_init(&w, &b);
    jw_object(&w);
    jw_kstr(&w, S("name"), name);
    jw_object_end(&w);
    return buf_view(&b);
}

enum err backup_event(struct ctx *c, struct str action, struct str name) {
    return trail_event(c, action, S("backup"), 0, backup_name_json(c, name));
}

enum err backup_fetch(struct ctx *c, struct str name, int *fd_out) {
    struct event e = {S("backup_download"), name};
    struct backup b;
    TRY(backup_find(c, name, &b));
    TRY(store_write(c, LANE_INTERACTIVE, write_event, &e));
    return backup_open(c, name, fd_out);
}

/* The entry goes first: a file may be there still that an entry says has been
 * deleted, never the other way round. */
enum err backup_delete(struct ctx *c, struct str name) {
    struct event e = {S("backup_delete"), name};
    TRY(backup_exists(c, name));
    TRY(store_write(c, LANE_INTERACTIVE, write_event, &e));
    return backup_unlink(c, name);
}

/* --- asking for one ----------------------------------------------------- */

enum err backup_request(struct ctx *c, int64_t *job_id_out) {
    TRY(job_queued(c, S("backup"), job_id_out));
    if (*job_id_out != 0)
        return OK;
    struct job_new n = {.kind = S("backup"),
                        .args = S("{\"kind\":\"manual\"}"),
                        .owner_id = c->actor->user_id};
    return job_create(c, &n, job_id_out);
}

enum err backup_request_check(struct ctx *c, struct str name,
                              int64_t *job_id_out) {
    struct backup b;
    TRY(backup_find(c, name, &b));
    struct job_new n = {.kind = S("backup_check"),
                        .args = backup_name_json(c, name),
                        .owner_id = c->actor->user_id};
    return job_create(c, &n, job_id_out);
}

/* --- by the calendar ---------------------------------------------------- */

enum err backup_next(struct ctx *c, int64_t *out) {
    int32_t today = zone_day(c->zone, c->now_ms);
    TRY(due_on(c, SETTING_BACKUP_TIME, today, out));
    return *out != 0 && *out <= c->now_ms
               ? due_on(c, SETTING_BACKUP_TIME, today + 1, out)
               : OK;
}

static enum err plan(struct ctx *c, void *arg) {
    const int64_t *due_ms = arg;
    struct job_new n = {.kind = S("backup"),
                        .args = S("{\"kind\":\"scheduled\"}")};
    return job_plan(c, &n, S(SCHEDULE), *due_ms);
}

enum err backup_plan(struct ctx *c) {
    int64_t due_ms;
    TRY(due_on(c, SETTING_BACKUP_TIME, zone_day(c->zone, c->now_ms), &due_ms));
    if (due_ms == 0 || c->now_ms < due_ms || c->now_ms > due_ms + LATE_MS)
        return OK;
    return store_write(c, LANE_JOB, plan, &due_ms);
}

/* --- making one --------------------------------------------------------- */

struct making {
    struct ctx *c;
    struct job_run *run;
    enum err e;
};

static bool on_step(void *arg, int64_t done, int64_t total) {
    struct making *m = arg;
    struct job_step s = {.done = done, .total = total};
    m->e = job_tick(m->c, m->run, &s);
    return m->e == OK;
}

/* guanxi-20260321T030000Z-17.db: sorts by age, says which job made it. */
static struct str new_name(struct ctx *c, struct str tail) {
    struct str at = instant_text(c->arena, c->now_ms - c->now_ms % 1000);
    struct buf b;
    buf_init(&b, c->arena, 128);
    buf_cstr(&b, "guanxi-");
    for (size_t i = 0; i < at.n; i++)
        if (at.p[i] != '-' && at.p[i] != ':')
            buf_byte(&b, at.p[i]);
    struct str end = backup_suffix(c);
    buf_fmt(&b, "-" STR_FMT "." STR_FMT, STR_ARG(tail), STR_ARG(end));
    return buf_view(&b);
}

static void release(void *arg) {
    json_decref(arg);
}

/* {"customer":[rows, last]} */
static json_t *tables_json(struct ctx *c, const struct db_counts *counts,
                           int64_t *rows_out) {
    json_t *all = json_object();
    arena_defer(c->arena, release, all);
    *rows_out = 0;
    for (size_t i = 0; i < counts->v.n; i++) {
        const struct db_count *t = &counts->v.p[i];
        json_t *pair = json_array();
        json_array_append_new(pair, json_integer(t->rows));
        json_array_append_new(pair, json_integer(t->last));
        json_object_setn_new(all, t->table.p, t->table.n, pair);
        *rows_out += t->rows;
    }
    return all;
}

static enum err read_file(struct ctx *c, struct backup *b) {
    struct stat st;
    int fd;
    TRY(backup_open(c, b->name, &fd));
    bool good =
        fstat(fd, &st) == 0 && hash_sha256_file(c->arena, fd, &b->sha256);
    close(fd);
    b->size = good ? st.st_size : 0;
    return good ? OK : fail(c, ERR_IO, "", "io");
}

enum err backup_good(struct ctx *c, const struct backup *b) {
    struct str rest = b->wrong, first = {0};
    if (rest.n == 0 || !str_cut(&rest, '\n', &first))
        return OK;
    return failv(c, ERR_IO, S(""), "backup_bad", ARGS(V(b->name), V(first)));
}

static enum err tell(struct ctx *c, const struct backup *b,
                     struct job_end *end) {
    struct buf out;
    struct jw w;
    buf_init(&out, c->arena, 256 * 1024);
    jw_init(&w, &out);
    backup_to_json(c, &w, b);
    end->result = buf_view(&out);
    return backup_good(c, b);
}

static void judge(struct ctx *c, struct backup *b, const struct buf *wrong) {
    ctx_now(c);
    b->verified_at = c->now_ms;
    b->wrong = buf_view(wrong);
    b->state = b->wrong.n == 0 ? S("verified") : S("failed");
}

static struct str kind_of(struct ctx *c, const struct job *j) {
    json_t *args;
    if (json_read(c, j->args, &args) != OK)
        return S("manual");
    const json_t *kind = json_object_get(args, "kind");
    return json_is_string(kind) ? json_str(kind) : S("manual");
}

/* Makes it as named, reads it back, writes its manifest. */
static enum err make(struct ctx *c, struct backup *b, db_progress progress,
                     void *arg) {
    struct backup_report report;
    TRY(backup_make_folder(c));
    TRY(backup_make(c, backup_path(c, b->name), progress, arg, &report));
    b->schema = report.schema;
    json_t *tables = tables_json(c, &report.counts, &b->rows);
    TRY(read_file(c, b));
    judge(c, b, &report.wrong);
    b->ms = c->now_ms - b->created_at;
    return backup_save(c, b, tables);
}

static struct backup new_backup(struct ctx *c, struct str kind,
                                struct str tail) {
    return (struct backup){.kind = kind,
                           .name = new_name(c, tail),
                           .engine = backup_engine_of(c),
                           .created_at = c->now_ms};
}

enum err backup_job(struct ctx *c, struct job_run *run, struct job_end *end) {
    struct making m = {c, run, OK};
    struct backup b =
        new_backup(c, kind_of(c, &run->job),
                   str_fmt(c->arena, "%lld", (long long)run->job.id));
    enum err e = make(c, &b, on_step, &m);
    if (e == ERR_CANCELLED && m.e != OK && m.e != ERR_CANCELLED)
        e = m.e; /* why the step stopped it */
    TRY(e);
    TRY(backup_prune(c));
    return tell(c, &b, end);
}

enum err backup_safety(struct ctx *c, struct str *name_out) {
    ctx_now(c);
    struct backup b = new_backup(c, S("safety"), S("safety"));
    TRY(make(c, &b, NULL, NULL));
    *name_out = b.name;
    return backup_good(c, &b);
}

/* --- looking once more --------------------------------------------------- */

static void read_counts(struct ctx *c, const json_t *tables,
                        struct db_counts *out) {
    const char *name;
    const json_t *pair;
    *out = (struct db_counts){0};
    json_object_foreach((json_t *)(uintptr_t)tables, name, pair) {
        *VEC_PUSH(c->arena, &out->v) = (struct db_count){
            .table = str_dup(c->arena, str_of(name)),
            .rows = json_integer_value(json_array_get(pair, 0)),
            .last = json_integer_value(json_array_get(pair, 1))};
    }
}

/* What came from outside is not known before it is read. */
static enum err first_look(struct ctx *c, struct backup *b, json_t **tables,
                           struct buf *wrong) {
    struct db_counts have;
    TRY(backup_read(c, backup_path(c, b->name), &have, &b->schema, wrong));
    *tables = tables_json(c, &have, &b->rows);
    return OK;
}

static enum err look(struct ctx *c, struct backup *b, json_t **tables,
                     struct buf *wrong) {
    struct db_counts want;
    struct str before = b->sha256;
    TRY(read_file(c, b));
    if (!str_eq(before, b->sha256))
        buf_cstr(wrong, "sha256\n");
    if (b->schema == 0 && str_eqc(b->kind, "uploaded")) {
        TRY(first_look(c, b, tables, wrong));
    } else {
        read_counts(c, *tables, &want);
        TRY(backup_check(c, backup_engine(b->name), backup_path(c, b->name),
                         &want, wrong));
    }
    b->sha256 = before;
    return OK;
}

enum err backup_look(struct ctx *c, struct str name, struct backup *out) {
    json_t *tables;
    struct buf wrong;
    buf_init(&wrong, c->arena, 64 * 1024);
    TRY(backup_find(c, name, out));
    TRY(backup_tables(c, name, &tables));
    TRY(look(c, out, &tables, &wrong));
    judge(c, out, &wrong);
    return backup_save(c, out, tables);
}

enum err backup_check_job(struct ctx *c, struct job_run *run,
                          struct job_end *end) {
    json_t *args;
    struct backup b;
    TRY(json_read(c, run->job.args, &args));
    TRY(backup_look(c, json_str(json_object_get(args, "name")), &b));
    return tell(c, &b, end);
}

/* --- from outside ------------------------------------------------------- */

static enum err check_kind(struct ctx *c, int fd) {
    static const struct str sqlite = S_INIT("SQLite format 3");
    static const struct str dump = S_INIT("PGDMP");
    char head[16];
    ssize_t n = pread(fd, head, sizeof head, 0);
    struct str s = {head, n < 0 ? 0 : (size_t)n};
    bool file = str_starts(s, sqlite);
    if (!file && !str_starts(s, dump))
        return fail(c, ERR_INVALID, "", "backup_no_such_file");
    bool ours = str_eqc(backup_engine_of(c), file ? "sqlite" : "postgresql");
    return ours ? OK : fail(c, ERR_INVALID, "", "backup_other_engine");
}

struct taking {
    struct str name;
    int64_t job_id;
};

static enum err write_taken(struct ctx *c, void *arg) {
    struct taking *t = arg;
    TRY(backup_event(c, S("backup_upload"), t->name));
    return backup_request_check(c, t->name, &t->job_id);
}

enum err backup_take(struct ctx *c, int fd, int64_t *job_id_out) {
    uint32_t id;
    struct taking t;
    TRY(check_kind(c, fd));
    TRY(backup_make_folder(c));
    c->random(&id, sizeof id);
    struct backup b = new_backup(c, S("uploaded"),
                                 str_fmt(c->arena, "upload%08x", (unsigned)id));
    b.state = S("unchecked");
    TRY(backup_put(c, b.name, fd));
    TRY(read_file(c, &b));
    json_t *none = json_object();
    arena_defer(c->arena, release, none);
    TRY(backup_save(c, &b, none));
    t.name = b.name;
    TRY(store_write(c, LANE_INTERACTIVE, write_taken, &t));
    *job_id_out = t.job_id;
    return OK;
}
