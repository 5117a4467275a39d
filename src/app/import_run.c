/* The job of an import: chunks of rows, each one transaction. Owns: the copy
 * of the file it reads. Threads: the runner's; write functions run on the
 * writer's. Invariant: position, counts, errors file and rows written are of
 * one and the same chunk. */
#include "app/import_ahead.h"

#include "app/grade.h"
#include "app/import_sample.h"
#include "app/ladder.h"
#include "base/time.h"
#include "store/bulk.h"
#include "store/file.h"
#include "store/lookup.h"

#include <unistd.h>

#define CONFLICT_TRIES 3
#define SKIP_BATCH 4096
#define CHUNK_LEAST 32                         /* rows */
#define BATCH_BYTES ((size_t)16 * 1024 * 1024) /* what it holds counts */

/* --- decoding ------------------------------------------------------------ */

static void unread(struct ctx *c, struct import_work *w,
                   const struct import_row *r) {
    import_error(c, w, r, SIZE_MAX, r->problem, NO_ARGS);
    if (w->kind->unread != NULL)
        w->kind->unread(w, r);
}

static enum err decode(struct ctx *c, struct import_work *w,
                       const struct import_chunk *k) {
    w->chunk = (struct import_counts){.dated = false};
    import_aside_begin(c, w);
    w->kind->begin(c, w);
    for (size_t i = 0; i < k->n; i++) {
        const struct import_row *r = &k->rows[i];
        if (import_is_blank(w->im, r))
            continue;
        w->chunk.n[COUNT_LINES]++;
        if (r->problem == NULL)
            TRY(w->kind->row(c, w, r));
        else
            unread(c, w, r);
    }
    if (w->kind->rows_end != NULL)
        TRY(w->kind->rows_end(c, w));
    return import_aside_end(c, w);
}

/* --- writing ------------------------------------------------------------- */

static void add_counts(struct import_counts *to,
                       const struct import_counts *from) {
    for (size_t i = 0; i < IMPORT_COUNTS; i++)
        to->n[i] += from->n[i];
    to->sales += from->sales;
    if (from->dated) {
        import_counts_day(to, from->first_day);
        import_counts_day(to, from->last_day);
    }
}

static struct str cursor_text(struct ctx *c, const struct import_work *w,
                              const struct import_counts *k) {
    struct buf b;
    struct jw j;
    buf_init(&b, c->arena, 16 * 1024);
    jw_init(&j, &b);
    jw_object(&j);
    jw_ki64(&j, S("rows"), w->rows);
    jw_key(&j, S("counts"));
    import_counts_save(&j, k);
    jw_object_end(&j);
    return buf_view(&b);
}

static enum err set_import(struct ctx *c, int64_t id, const char *field,
                           struct val v) {
    const struct entity_info *i = registry_find(c->registry, S("import"));
    struct record *r = record_new(c, i);
    record_set(r, str_of(field), v);
    return record_set_computed(c, i, id, r);
}

struct writing {
    struct import_work *w;
    struct import_counts total; /* with this chunk */
    struct job_step step;
    int64_t error_file_id; /* made by this chunk, or the one there */
    int64_t us;            /* it took in the transaction */
};

static enum err write_aside(struct ctx *c, struct writing *x) {
    struct import_work *w = x->w;
    x->error_file_id = w->error_file_id;
    if (w->aside.n == 0)
        return OK;
    if (x->error_file_id == 0) {
        struct buf head;
        struct file_new f = {.name = S("errors.csv"),
                             .media_type = S("text/csv"),
                             .entity = S("import")};
        buf_init(&head, c->arena, 1024 * 1024);
        import_aside_head(c, w, &head);
        TRY(file_create(c, &f, &x->error_file_id));
        TRY(file_append(c, x->error_file_id, buf_view(&head)));
        TRY(set_import(c, w->im->id, "error_file_id", V(x->error_file_id)));
    }
    return file_append(c, x->error_file_id, buf_view(&w->aside));
}

static enum err write_chunk(struct ctx *c, void *arg) {
    struct writing *x = arg;
    int64_t begun = clock_monotonic_us();
    if (!x->w->dry)
        TRY(x->w->kind->write(c, x->w));
    x->total = x->w->total;
    add_counts(&x->total, &x->w->chunk);
    TRY(write_aside(c, x));
    x->step.cursor = cursor_text(c, x->w, &x->total);
    enum err e = job_chunk(c, x->w->run, &x->step);
    x->us = clock_monotonic_us() - begun;
    return e;
}

static int64_t expected_rows(const struct import_work *w,
                             const struct import_chunk *k) {
    if (k->total == 0 || k->done == 0 || k->done >= k->total)
        return w->rows;
    double rows = (double)k->until * (double)k->total / (double)k->done;
    return (int64_t)rows;
}

static bool is_lost(const struct ctx *c) {
    return c->problems.n > 0 && str_eqc(c->problems.p[0].code, "job_lost");
}

static enum err settle(struct ctx *c, struct import_work *w,
                       const struct writing *x) {
    w->total = x->total;
    w->error_file_id = x->error_file_id;
    w->kind->accept(w);
    return job_chunk_done(c, w->run, &x->step);
}

static void expect(const struct import_work *w, const struct import_chunk *k,
                   struct writing *x) {
    x->step.done = w->rows;
    x->step.total = k->last ? w->rows : expected_rows(w, k);
}

/* Whole chunks are quickest; beside others who write, as many rows as the one
 * writer takes in the time of a slice. */
static void adapt(const struct ctx *c, struct import_work *w, size_t n,
                  int64_t us) {
    uint64_t awaited = store_awaited(c->store);
    bool alone = awaited == w->awaited || us <= 0;
    double fit = alone ? 0 : (double)n * STORE_SLICE_US * 0.7 / (double)us;
    w->awaited = awaited;
    w->at_once = alone || fit > (double)w->kind->chunk ? w->kind->chunk
                 : fit < CHUNK_LEAST                   ? CHUNK_LEAST
                                                       : (size_t)fit;
}

/* Decodes and writes; again when a key was taken by somebody meanwhile. After
 * an error nothing of it has happened. */
static enum err try_chunk(struct ctx *c, struct import_work *w,
                          const struct import_chunk *k) {
    enum err e = OK;
    struct writing x = {.w = w};
    w->rows += (int64_t)k->n;
    expect(w, k, &x);
    ctx_now(c);
    for (int i = 0; i < CONFLICT_TRIES; i++) {
        fail_clear(c);
        e = decode(c, w, k);
        if (e == OK)
            e = store_write(c, LANE_JOB, write_chunk, &x);
        if (e != ERR_CONFLICT || is_lost(c))
            break;
        w->kind->forget(w);
    }
    if (e == OK)
        adapt(c, w, k->n, x.us);
    if (e == OK)
        return settle(c, w, &x);
    w->rows -= (int64_t)k->n;
    w->kind->forget(w);
    return e;
}

/* The database would not have this row: it is set aside with what it said. */
static enum err refuse(struct ctx *c, struct import_work *w,
                       const struct import_chunk *k) {
    struct writing x = {.w = w};
    w->chunk = (struct import_counts){.n[COUNT_LINES] = 1};
    import_aside_begin(c, w);
    w->kind->begin(c, w);
    import_refused(c, w, &k->rows[0]);
    TRY(import_aside_end(c, w));
    w->rows++;
    expect(w, k, &x);
    TRY(store_write(c, LANE_JOB, write_chunk, &x));
    return settle(c, w, &x);
}

static struct import_chunk piece(const struct import_chunk *k, size_t from,
                                 size_t most) {
    struct import_chunk p = *k;
    p.rows = k->rows + from;
    p.n = k->n - from < most ? k->n - from : most;
    p.last = k->last && from + p.n == k->n;
    return p;
}

/* A chunk that was refused is taken row by row, so that only those rows stay
 * out that the refusal is about. */
static enum err do_chunk(struct ctx *c, struct import_work *w,
                         const struct import_chunk *k) {
    enum err e = try_chunk(c, w, k);
    if ((e != ERR_CONFLICT && e != ERR_INVALID) || is_lost(c) || w->dry)
        return e;
    for (size_t i = 0; i < k->n; i++) {
        struct import_chunk one = piece(k, i, 1);
        e = try_chunk(c, w, &one);
        if ((e == ERR_CONFLICT || e == ERR_INVALID) && !is_lost(c))
            e = refuse(c, w, &one);
        TRY(e);
    }
    return OK;
}

/* --- the whole ----------------------------------------------------------- */

static enum err restore(struct ctx *c, struct import_work *w) {
    json_t *j;
    if (w->run->job.cursor.n == 0)
        return OK;
    TRY(json_read(c, w->run->job.cursor, &j));
    w->rows = json_integer_value(json_object_get(j, "rows"));
    import_counts_restore(json_object_get(j, "counts"), &w->total);
    w->error_file_id = w->im->error_file_id;
    return OK;
}

/* Past the header and the rows of former chunks. */
static enum err skip(struct ctx *c, const struct import_work *w,
                     struct table *t) {
    struct arena *outer = c->arena, *batch = arena_new();
    struct table_row row;
    bool more = true;
    enum err e = OK;
    c->arena = batch;
    for (int64_t i = 0; e == OK && more && i <= w->rows; i++) {
        e = table_next(c, t, &row, &more);
        if (e == OK && i % SKIP_BATCH == 0)
            arena_reset(batch);
    }
    c->arena = outer;
    if (e != OK)
        fail_keep(c, outer);
    arena_free(batch);
    return e;
}

/* A chunk as it was read, in pieces of as many rows as suit the writer. */
static enum err write_all(struct ctx *c, struct import_work *w,
                          const struct import_chunk *k) {
    struct arena *outer = c->arena;
    enum err e = OK;
    size_t at = 0;
    c->arena = w->batch;
    do {
        struct import_chunk some = piece(k, at, w->at_once);
        if (some.n > 0 || some.last)
            e = do_chunk(c, w, &some);
        at += some.n;
        if (e != OK)
            fail_keep(c, outer);
        arena_reset(w->batch);
    } while (e == OK && at < k->n);
    c->arena = outer;
    return e;
}

static enum err chunks(struct ctx *c, struct import_work *w, struct table *t) {
    struct import_ahead *ahead = import_ahead_start(c, w, t);
    const struct import_chunk *k;
    w->batch = arena_new_sized(BATCH_BYTES);
    w->at_once = w->kind->chunk;
    w->awaited = store_awaited(c->store);
    enum err e;
    do {
        e = import_ahead_take(c, ahead, &k);
        if (e == OK)
            e = write_all(c, w, k);
    } while (e == OK && !k->last);
    import_ahead_end(ahead);
    arena_free(w->batch);
    return e;
}

/* In an arena of its own: the thread that reads ahead may make it grow. */
static enum err open_table(struct ctx *c, struct import_work *w, int fd,
                           struct arena *own, struct table **out) {
    struct table_opts opts = {.max_cells = COLUMNS_MAX};
    struct arena *outer = c->arena;
    c->arena = own;
    enum err e = table_open(c, fd, &opts, out);
    if (e == OK)
        e = skip(c, w, *out);
    if (e != OK)
        fail_keep(c, outer);
    c->arena = outer;
    return e;
}

static enum err read_file(struct ctx *c, struct import_work *w, int fd) {
    struct arena *own = arena_new();
    struct table *t;
    enum err e = open_table(c, w, fd, own, &t);
    if (e == OK)
        e = w->kind->open(c, w);
    if (e == OK) {
        e = chunks(c, w, t);
        w->kind->close(w);
    }
    arena_free(own);
    return e;
}

static enum err write_graded(struct ctx *c, void *arg) {
    struct import_work *w = arg;
    struct job_step s = {.done = w->rows, .total = w->rows};
    s.cursor = cursor_text(c, w, &w->total);
    return job_chunk(c, w->run, &s);
}

/* New sales move everybody's rank: a new ruler, then who of ours has a grade.
 */
static enum err grade(struct ctx *c, struct import_work *w) {
    struct job_step rows = {.done = w->rows, .total = w->rows};
    struct grade_result r;
    int64_t moved;
    if (w->dry || w->kind != &import_orders || w->total.n[COUNT_SALE] == 0)
        return OK;
    w->run->counts = &rows;
    enum err e = grade_run(c, &r);
    if (e == OK)
        e = ladder_run(c, &moved);
    w->run->counts = NULL;
    TRY(e);
    TRY(lookup_graded(c, w->im->id, &w->total.n[COUNT_GRADED]));
    ctx_now(c);
    return store_write(c, LANE_JOB, write_graded, w);
}

static enum err import_id_of(struct ctx *c, const struct job *j, int64_t *out) {
    json_t *args;
    TRY(json_read(c, j->args, &args));
    *out = json_integer_value(json_object_get(args, "import_id"));
    return OK;
}

/* Headers of the columns whose ids lost a ".0". */
static struct str trimmed(struct ctx *c, const struct import *im) {
    struct buf b;
    buf_init(&b, c->arena, 64 * 1024);
    for (size_t i = 0; i < im->columns.n; i++) {
        const struct column *col = &im->columns.p[i];
        if (!col->trim || col->target == NULL || !col->target->key)
            continue;
        buf_cstr(&b, b.n > 0 ? ", " : "");
        buf_str(&b, col->header);
    }
    return buf_view(&b);
}

static struct str report_text(struct ctx *c, const struct job *j,
                              const struct import *im,
                              const struct import_counts *k) {
    struct buf b;
    struct jw w;
    struct import_report r = {
        .orders = str_eqc(im->entity, "orders"),
        .dry = str_eqc(j->kind, "import_dry"),
        .currency = im->options.currency,
        .trimmed = trimmed(c, im),
        .ms = c->now_ms - j->started_at,
    };
    buf_init(&b, c->arena, 16 * 1024);
    jw_init(&w, &b);
    import_counts_report(c, &w, k, &r);
    return buf_view(&b);
}

enum err import_job(struct ctx *c, struct job_run *run, struct job_end *end) {
    struct import im;
    struct import_work w = {.im = &im, .run = run};
    int64_t id;
    int fd;
    TRY(import_id_of(c, &run->job, &id));
    TRY(import_load(c, id, &im));
    w.dry = str_eqc(run->job.kind, "import_dry");
    w.kind = str_eqc(im.entity, "orders") ? &import_orders : &import_records;
    TRY(restore(c, &w));
    TRY(file_open_copy(c, im.file_id, &fd));
    w.keep = arena_new();
    enum err e = read_file(c, &w, fd);
    arena_free(w.keep);
    close(fd);
    TRY(e);
    TRY(grade(c, &w));
    ctx_now(c);
    end->result = report_text(c, &run->job, &im, &w.total);
    return OK;
}

/* The report is of what was committed, however the job ended. */
enum err import_job_ended(struct ctx *c, const struct job *j,
                          const struct job_end *end) {
    const struct entity_info *info = registry_find(c->registry, S("import"));
    struct scope all = {.e = info->e, .act = ACT_READ, .level = LEVEL_ALL};
    struct record *r, *set = record_new(c, info);
    struct job now;
    json_t *cursor;
    bool found, dry = str_eqc(j->kind, "import_dry");
    int64_t id;
    TRY(import_id_of(c, j, &id));
    TRY(job_find(c, j->id, &now, &found));
    if (record_load(c, &all, id, false, &r) != OK) {
        fail_clear(c); /* deleted meanwhile */
        return OK;
    }
    struct import_counts k = {.dated = false};
    if (now.cursor.n > 0) {
        TRY(json_read(c, now.cursor, &cursor));
        import_counts_restore(json_object_get(cursor, "counts"), &k);
    }
    bool done = str_eqc(end->state, "done");
    bool unread = dry || now.cursor.n == 0;
    struct str state = done     ? (dry ? S("checked") : S("done"))
                       : unread ? S("new")
                                : end->state;
    record_set(set, S("state"), V(state));
    record_set(set, S("rows_total"), V(k.n[COUNT_LINES]));
    record_set(set, S("rows_bad"), V(import_counts_aside(&k)));
    record_set(set, S("rows_good"),
               V(k.n[COUNT_LINES] - import_counts_aside(&k)));
    record_set(set, S("records_created"),
               V(k.n[COUNT_CREATED] + k.n[COUNT_CUSTOMERS] + k.n[COUNT_ORDERS] +
                 k.n[COUNT_PRODUCTS]));
    record_set(set, S("records_updated"),
               V(k.n[COUNT_UPDATED] + k.n[COUNT_ORDERS_UPDATED]));
    struct import im;
    TRY(import_of_record(c, r, &im));
    record_set(set, S("report"), V(report_text(c, &now, &im, &k)));
    int64_t errors = record_i64(r, S("error_file_id"));
    if (errors != 0)
        TRY(file_finish(c, errors, S("")));
    return record_set_computed(c, info, id, set);
}
