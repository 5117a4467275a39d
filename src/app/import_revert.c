/* The job that takes an import back. Owns nothing but its memory. Threads: the
 * runner's; write functions run on the writer's. Invariant: what a chunk of the
 * import did is taken back, told and remembered in one transaction. */
#include "app/import_revert.h"

#include "app/grade.h"
#include "app/import_revert_work.h"
#include "app/ladder.h"
#include "base/ids.h"
#include "store/bulk.h"
#include "store/file.h"
#include "store/trail.h"
#include "store/undo.h"

#define KEPT_MAX ((size_t)64 * 1024 * 1024)
#define CONFLICT_TRIES 5

static const struct entity_info *import_info(const struct ctx *c) {
    return registry_find(c->registry, S("import"));
}

/* --- starting ------------------------------------------------------------ */

static enum err check_state(struct ctx *c, const struct import *im) {
    static const char *const running[] = {"running", "dry_running",
                                          "reverting"};
    for (size_t i = 0; i < COUNT_OF(running); i++)
        if (str_eqc(im->state, running[i]))
            return fail(c, ERR_CONFLICT, "", "import_running");
    if (str_eqc(im->state, "reverted"))
        return fail(c, ERR_CONFLICT, "", "import_reverted");
    if (str_eqc(im->state, "new") || str_eqc(im->state, "checked"))
        return fail(c, ERR_CONFLICT, "", "import_not_run");
    return OK;
}

static enum err check_rights(struct ctx *c, const struct import *im) {
    struct scope s;
    const struct entity_info *i = registry_plural(c->registry, im->entity);
    TRY(scope_make(c, i->e, ACT_UPDATE, &s));
    return scope_make(c, i->e, ACT_DELETE, &s);
}

enum err import_revert_start(struct ctx *c, int64_t id, int64_t *job_id_out) {
    struct scope s;
    struct record *r, *set = record_new(c, import_info(c));
    struct import im;
    struct job former;
    bool found = false;
    TRY(record_lock(c, import_info(c)->e, id));
    TRY(scope_make(c, import_info(c)->e, ACT_UPDATE, &s));
    TRY(record_load(c, &s, id, false, &r));
    TRY(import_of_record(c, r, &im));
    TRY(check_state(c, &im));
    TRY(check_rights(c, &im));
    struct job_new n = {
        .kind = S("import_revert"),
        .args =
            str_fmt(c->arena, "{\"import_id\":%lld,\"was\":\"" STR_FMT "\"}",
                    (long long)id, STR_ARG(im.state)),
        .owner_id = c->actor->user_id,
    };
    int64_t before = record_i64(r, S("revert_job_id"));
    if (before != 0)
        TRY(job_find(c, before, &former, &found));
    if (found)
        n.cursor = former.cursor;
    TRY(job_create(c, &n, job_id_out));
    record_set(set, S("revert_job_id"), V(*job_id_out));
    record_set(set, S("state"), V(S("reverting")));
    return record_set_computed(c, import_info(c), id, set);
}

/* --- position ------------------------------------------------------------ */

static void counts_json(struct jw *w, const struct revert_counts *k) {
    jw_ki64(w, S("rows"), k->rows);
    jw_ki64(w, S("deleted"), k->deleted);
    jw_ki64(w, S("restored"), k->restored);
    jw_ki64(w, S("kept"), k->kept);
}

static struct str report(struct ctx *c, const struct revert_counts *k) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 4096);
    jw_init(&w, &b);
    jw_object(&w);
    counts_json(&w, k);
    jw_object_end(&w);
    return buf_view(&b);
}

/* Of all the orders told of, those that chunks still to come have: the position
 * is written with each chunk. */
static struct bulk_ids kept_after(struct ctx *c, struct revert *x) {
    struct bulk_ids out = {0};
    revert_sort(&x->over);
    for (size_t i = 0; i < x->kept_orders.n; i++)
        if (!ids_have(x->over.p, x->over.n, x->kept_orders.p[i]))
            *VEC_PUSH(c->arena, &out) = x->kept_orders.p[i];
    for (size_t i = 0; i < x->keeps.n; i++)
        *VEC_PUSH(c->arena, &out) = x->keeps.p[i];
    revert_sort(&out);
    return out;
}

static enum err cursor_text(struct ctx *c, const struct revert *x,
                            struct str *out) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, KEPT_MAX);
    jw_init(&w, &b);
    jw_object(&w);
    jw_ki64(&w, S("entry"), x->entry);
    jw_ki64(&w, S("operation"), x->operation);
    jw_key(&w, S("kept_orders"));
    jw_array(&w);
    for (size_t i = 0; i < x->kept_orders.n; i++)
        jw_i64(&w, x->kept_orders.p[i]);
    jw_array_end(&w);
    counts_json(&w, &x->total);
    jw_object_end(&w);
    *out = buf_view(&b);
    return buf_ok(&b) ? OK : fail(c, ERR_TOO_LARGE, "", "row_too_long");
}

static void read_counts(const json_t *j, struct revert_counts *k) {
    k->rows = json_integer_value(json_object_get(j, "rows"));
    k->deleted = json_integer_value(json_object_get(j, "deleted"));
    k->restored = json_integer_value(json_object_get(j, "restored"));
    k->kept = json_integer_value(json_object_get(j, "kept"));
}

static enum err restore(struct ctx *c, struct revert *x) {
    json_t *j;
    c->random(&x->operation, sizeof x->operation);
    x->operation &= ((int64_t)1 << 52) - 1;
    if (x->run->job.cursor.n == 0)
        return OK;
    TRY(json_read(c, x->run->job.cursor, &j));
    x->entry = json_integer_value(json_object_get(j, "entry"));
    x->operation = json_integer_value(json_object_get(j, "operation"));
    const json_t *kept = json_object_get(j, "kept_orders");
    for (size_t i = 0; i < json_array_size(kept); i++)
        *VEC_PUSH(x->memory, &x->kept_orders) =
            json_integer_value(json_array_get(kept, i));
    revert_sort(&x->kept_orders);
    read_counts(j, &x->total);
    return OK;
}

/* --- one chunk ----------------------------------------------------------- */

static enum err members(struct ctx *c, struct revert *x, json_t *lists,
                        bool changed) {
    const char *plural;
    json_t *list;
    json_object_foreach(lists, plural, list) {
        const struct entity_info *i =
            registry_plural(c->registry, str_of(plural));
        if (i == NULL || !json_is_array(list) ||
            str_eqc(i->e->plural, "orders"))
            continue;
        TRY(changed ? revert_changed(c, x, i, list)
                    : revert_created(c, x, i, list));
    }
    return OK;
}

/* Orders first: customers and products may go once they are gone. */
static enum err take_back(struct ctx *c, struct revert *x, json_t *details) {
    x->chunk = (struct revert_counts){
        .rows = json_integer_value(json_object_get(details, "rows"))};
    x->keeps = x->over = (struct bulk_ids){0};
    buf_init(&x->kept, c->arena, KEPT_MAX);
    buf_init(&x->deleted, c->arena, KEPT_MAX);
    buf_init(&x->restored, c->arena, KEPT_MAX);
    TRY(members(c, x, json_object_get(details, "changed"), true));
    TRY(revert_orders(c, x, json_object_get(details, "orders")));
    TRY(members(c, x, details, false));
    bool good = buf_ok(&x->kept) && buf_ok(&x->deleted) && buf_ok(&x->restored);
    return good ? OK : fail(c, ERR_TOO_LARGE, "", "row_too_long");
}

static enum err write_kept(struct ctx *c, struct revert *x, int64_t *file_id) {
    *file_id = x->kept_file_id;
    if (x->kept.n == 0)
        return OK;
    if (*file_id == 0) {
        struct file_new f = {.name = S("kept.jsonl"),
                             .media_type = S("application/x-ndjson"),
                             .entity = S("import")};
        struct record *r = record_new(c, import_info(c));
        TRY(file_create(c, &f, file_id));
        record_set(r, S("kept_file_id"), V(*file_id));
        TRY(record_set_computed(c, import_info(c), x->im->id, r));
    }
    return file_append(c, *file_id, buf_view(&x->kept));
}

static enum err write_trail(struct ctx *c, const struct revert *x,
                            int64_t entry) {
    struct buf b;
    buf_init(&b, c->arena, 2 * KEPT_MAX);
    buf_fmt(&b, "{\"entry\":%lld,\"kept\":%lld", (long long)entry,
            (long long)x->chunk.kept);
    if (x->deleted.n > 0)
        buf_fmt(&b, ",\"deleted\":" STR_FMT "}",
                STR_ARG(buf_view(&x->deleted)));
    if (x->restored.n > 0)
        buf_fmt(&b, ",\"restored\":" STR_FMT "}",
                STR_ARG(buf_view(&x->restored)));
    buf_byte(&b, '}');
    return trail_event(c, S("import_revert"), S("import"), x->im->id,
                       buf_view(&b));
}

struct writing {
    struct revert *x;
    struct undo_entry entry;
    json_t *details;
    struct revert after; /* position behind this chunk */
    struct job_step step;
};

static void add(struct revert_counts *to, const struct revert_counts *from) {
    to->rows += from->rows;
    to->deleted += from->deleted;
    to->restored += from->restored;
    to->kept += from->kept;
}

static enum err write_chunk(struct ctx *c, void *arg) {
    struct writing *w = arg;
    TRY(take_back(c, w->x, w->details));
    w->after = *w->x;
    TRY(write_kept(c, w->x, &w->after.kept_file_id));
    TRY(write_trail(c, w->x, w->entry.id));
    w->after.entry = w->entry.id;
    add(&w->after.total, &w->x->chunk);
    w->step.done = w->after.total.rows;
    w->after.kept_orders = kept_after(c, w->x);
    TRY(cursor_text(c, &w->after, &w->step.cursor));
    return job_chunk(c, w->x->run, &w->step);
}

static enum err do_chunk(struct ctx *c, struct revert *x,
                         const struct undo_entry *entry, int64_t total) {
    struct writing w = {.x = x, .entry = *entry, .step.total = total};
    enum err e = OK;
    TRY(json_read(c, entry->details, &w.details));
    ctx_now(c);
    for (int i = 0; i < CONFLICT_TRIES; i++) {
        fail_clear(c);
        e = store_write(c, LANE_JOB, write_chunk, &w);
        bool lost =
            c->problems.n > 0 && str_eqc(c->problems.p[0].code, "job_lost");
        if (e != ERR_CONFLICT || lost)
            break;
    }
    TRY(e);
    x->kept_orders.n = 0;
    for (size_t i = 0; i < w.after.kept_orders.n; i++)
        *VEC_PUSH(x->memory, &x->kept_orders) = w.after.kept_orders.p[i];
    x->total = w.after.total;
    x->entry = w.after.entry;
    x->kept_file_id = w.after.kept_file_id;
    return job_chunk_done(c, x->run, &w.step);
}

/* --- the whole ----------------------------------------------------------- */

static enum err chunks(struct ctx *c, struct revert *x, int64_t total) {
    struct arena *outer = c->arena, *batch = arena_new();
    bool found = true;
    enum err e = OK;
    while (e == OK && found) {
        struct undo_entry entry;
        c->arena = batch;
        e = undo_entry(c, x->im->id, x->entry, &entry, &found);
        if (e == OK && found)
            e = do_chunk(c, x, &entry, total);
        c->arena = outer;
        if (e != OK)
            fail_keep(c, outer);
        arena_reset(batch);
    }
    arena_free(batch);
    return e;
}

/* Ranks move for everybody when sales are gone. */
static enum err grade(struct ctx *c, const struct revert *x) {
    struct job_step rows = {.done = x->total.rows, .total = x->total.rows};
    struct grade_result r;
    if (!x->orders || x->total.deleted + x->total.restored == 0)
        return OK;
    int64_t moved;
    x->run->counts = &rows;
    enum err e = grade_run(c, &r);
    if (e == OK)
        e = ladder_run(c, &moved);
    x->run->counts = NULL;
    return e;
}

static enum err args_of(struct ctx *c, const struct job *j, json_t **out) {
    return json_read(c, j->args, out);
}

static enum err load(struct ctx *c, const struct job *j, struct record **out,
                     json_t **args) {
    struct scope all = {
        .e = import_info(c)->e, .act = ACT_READ, .level = LEVEL_ALL};
    TRY(args_of(c, j, args));
    return record_load(c, &all,
                       json_integer_value(json_object_get(*args, "import_id")),
                       false, out);
}

enum err import_revert_job(struct ctx *c, struct job_run *run,
                           struct job_end *end) {
    struct import im;
    struct revert x = {.im = &im, .run = run};
    struct record *r;
    json_t *args;
    TRY(load(c, &run->job, &r, &args));
    TRY(import_of_record(c, r, &im));
    x.orders = str_eqc(im.entity, "orders");
    x.kept_file_id = record_i64(r, S("kept_file_id"));
    x.began = record_i64(r, S("created_at"));
    x.memory = arena_new();
    enum err e = restore(c, &x);
    if (e == OK)
        e = chunks(c, &x, record_i64(r, S("rows_total")));
    arena_free(x.memory);
    TRY(e);
    TRY(grade(c, &x));
    ctx_now(c);
    end->result = report(c, &x.total);
    return OK;
}

enum err import_revert_ended(struct ctx *c, const struct job *j,
                             const struct job_end *end) {
    struct record *r, *set = record_new(c, import_info(c));
    struct revert_counts k = {0};
    struct job now;
    json_t *args, *cursor;
    bool found;
    if (load(c, j, &r, &args) != OK) {
        fail_clear(c); /* deleted meanwhile */
        return OK;
    }
    TRY(job_find(c, j->id, &now, &found));
    if (now.cursor.n > 0) {
        TRY(json_read(c, now.cursor, &cursor));
        read_counts(cursor, &k);
    }
    struct str was = json_str(json_object_get(args, "was"));
    struct str state = str_eqc(end->state, "done") ? S("reverted")
                       : now.cursor.n > 0          ? S("done")
                                                   : was;
    record_set(set, S("state"), V(state));
    record_set(set, S("reverted"), V(report(c, &k)));
    int64_t kept = record_i64(r, S("kept_file_id"));
    if (kept != 0)
        TRY(file_finish(c, kept, S("")));
    return record_set_computed(c, import_info(c), record_id(r), set);
}
