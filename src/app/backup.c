/* Making backups and looking into them. Owns nothing but the files it makes;
 * a failed one leaves none. Threads: a job's.
 * Invariant: a backup counts as verified only after the copy itself was read
 * to its end and held what the company held. */
#include "app/backup.h"

#include "app/settings.h"
#include "base/hash.h"
#include "base/zone.h"
#include "store/actor.h"
#include "store/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#define SCHEDULE "backup"
#define LATE_MS (6 * 3600 * 1000) /* a server started later leaves it out */
#define MINUTE_MS 60000

/* --- asking for one ----------------------------------------------------------
 */

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
    struct buf args;
    struct jw w;
    TRY(backup_find(c, name, &b));
    buf_init(&args, c->arena, 1024);
    jw_init(&w, &args);
    jw_object(&w);
    jw_kstr(&w, S("name"), name);
    jw_object_end(&w);
    struct job_new n = {.kind = S("backup_check"),
                        .args = buf_view(&args),
                        .owner_id = c->actor->user_id};
    return job_create(c, &n, job_id_out);
}

/* --- by the calendar ---------------------------------------------------------
 */

/* The instant of the setting's time on a day; 0: none is wanted. */
static enum err due_on(struct ctx *c, int32_t day, int64_t *out) {
    struct str at;
    *out = 0;
    TRY(settings_text(c, SETTING_BACKUP_TIME, &at));
    if (at.n != 5)
        return OK;
    int32_t minutes = ((at.p[0] - '0') * 10 + at.p[1] - '0') * 60 +
                      (at.p[3] - '0') * 10 + at.p[4] - '0';
    *out = zone_instant(c->zone, day, minutes * MINUTE_MS);
    return OK;
}

enum err backup_next(struct ctx *c, int64_t *out) {
    int32_t today = zone_day(c->zone, c->now_ms);
    TRY(due_on(c, today, out));
    return *out != 0 && *out <= c->now_ms ? due_on(c, today + 1, out) : OK;
}

static enum err plan(struct ctx *c, void *arg) {
    const int64_t *due_ms = arg;
    struct job_new n = {.kind = S("backup"),
                        .args = S("{\"kind\":\"scheduled\"}")};
    return job_plan(c, &n, S(SCHEDULE), *due_ms);
}

enum err backup_plan(struct ctx *c) {
    int64_t due_ms;
    TRY(due_on(c, zone_day(c->zone, c->now_ms), &due_ms));
    if (due_ms == 0 || c->now_ms < due_ms || c->now_ms > due_ms + LATE_MS)
        return OK;
    return store_write(c, LANE_JOB, plan, &due_ms);
}

/* --- making one --------------------------------------------------------------
 */

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
static struct str file_name(struct ctx *c, const struct job *j) {
    struct str at = instant_text(c->arena, c->now_ms - c->now_ms % 1000);
    struct buf b;
    buf_init(&b, c->arena, 128);
    buf_cstr(&b, "guanxi-");
    for (size_t i = 0; i < at.n; i++)
        if (at.p[i] != '-' && at.p[i] != ':')
            buf_byte(&b, at.p[i]);
    struct str end = backup_suffix(c);
    buf_fmt(&b, "-%lld." STR_FMT, (long long)j->id, STR_ARG(end));
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

static enum err tell(struct ctx *c, const struct backup *b,
                     struct job_end *end) {
    struct buf out;
    struct jw w;
    buf_init(&out, c->arena, 256 * 1024);
    jw_init(&w, &out);
    backup_to_json(c, &w, b);
    end->result = buf_view(&out);
    if (b->wrong.n == 0)
        return OK;
    struct str rest = b->wrong, first = {0};
    return str_cut(&rest, '\n', &first) ? failv(c, ERR_IO, S(""), "backup_bad",
                                                ARGS(V(b->name), V(first)))
                                        : OK;
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

enum err backup_job(struct ctx *c, struct job_run *run, struct job_end *end) {
    struct making m = {c, run, OK};
    struct backup_report report;
    struct backup b = {.kind = kind_of(c, &run->job),
                       .name = file_name(c, &run->job),
                       .engine = backup_engine_of(c),
                       .created_at = c->now_ms};
    TRY(backup_make_folder(c));
    enum err e = backup_make(c, backup_path(c, b.name), on_step, &m, &report);
    if (e == ERR_CANCELLED && m.e != OK && m.e != ERR_CANCELLED)
        e = m.e; /* why the step stopped it */
    TRY(e);
    b.schema = report.schema;
    json_t *tables = tables_json(c, &report.counts, &b.rows);
    TRY(read_file(c, &b));
    judge(c, &b, &report.wrong);
    b.ms = c->now_ms - b.created_at;
    TRY(backup_save(c, &b, tables));
    TRY(backup_prune(c));
    return tell(c, &b, end);
}

/* --- looking once more
 * -------------------------------------------------------- */

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

static enum err look(struct ctx *c, struct backup *b, const json_t *tables,
                     struct buf *wrong) {
    struct db_counts want;
    struct str before = b->sha256;
    TRY(read_file(c, b));
    if (!str_eq(before, b->sha256))
        buf_cstr(wrong, "sha256\n");
    read_counts(c, tables, &want);
    TRY(backup_check(c, backup_engine(b->name), backup_path(c, b->name), &want,
                     wrong));
    b->sha256 = before;
    return OK;
}

enum err backup_check_job(struct ctx *c, struct job_run *run,
                          struct job_end *end) {
    json_t *args, *tables;
    struct backup b;
    struct buf wrong;
    buf_init(&wrong, c->arena, 64 * 1024);
    TRY(json_read(c, run->job.args, &args));
    TRY(backup_find(c, json_str(json_object_get(args, "name")), &b));
    TRY(backup_tables(c, b.name, &tables));
    TRY(look(c, &b, tables, &wrong));
    judge(c, &b, &wrong);
    TRY(backup_save(c, &b, tables));
    return tell(c, &b, end);
}
