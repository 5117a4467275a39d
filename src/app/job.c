/* The runner of jobs. Owns: its threads, each with one connection and one
 * arena. Threads: jobs_wake and jobs_stop from any; a job belongs to one
 * runner. Invariant: what a job has written is in the row's cursor, because
 * both are saved in one transaction. */
#include "app/job.h"

#include "app/export.h"
#include "app/grade.h"
#include "app/import.h"
#include "base/die.h"
#include "base/log.h"
#include "base/message.h"
#include "base/time.h"
#include "db/db.h"
#include "store/actor.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 1000
#define POLL_MS 1000
#define RUNNERS_MAX 8
#define ERROR_BYTES 1900

static enum err run_grade(struct ctx *c, struct job_run *run,
                          struct job_end *end);

static const struct kind {
    const char *name;
    job_fn fn;
    job_ended_fn ended; /* may be NULL */
} kinds[] = {
    {"import_dry", import_job, import_job_ended},
    {"import_run", import_job, import_job_ended},
    {"export", export_job, NULL},
    {"grade", run_grade, NULL},
};

static const struct kind *kind_of(struct str name) {
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eqc(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}

static int64_t clock_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- progress
 * ------------------------------------------------------------------ */

enum err job_chunk(struct ctx *c, struct job_run *run,
                   const struct job_step *s) {
    bool cancel;
    TRY(job_save(c, &run->job, s, &cancel));
    run->asked = cancel;
    return OK;
}

enum err job_chunk_done(struct ctx *c, struct job_run *run,
                        const struct job_step *s) {
    run->saved_ms = clock_ms();
    if (run->watch != NULL)
        run->watch(run->arg, s);
    run->cancel = run->asked || (run->stop != NULL && *run->stop);
    return run->cancel ? fail(c, ERR_CANCELLED, "", "cancelled") : OK;
}

struct tick {
    struct job_run *run;
    const struct job_step *step;
};

static enum err write_tick(struct ctx *c, void *arg) {
    struct tick *t = arg;
    return job_chunk(c, t->run, t->step);
}

enum err job_tick(struct ctx *c, struct job_run *run,
                  const struct job_step *s) {
    if (clock_ms() - run->saved_ms < TICK_MS)
        return OK;
    struct tick t = {run, s};
    struct arena *a = arena_new();
    struct ctx own = *c;
    own.arena = a;
    fail_clear(&own);
    ctx_now(&own);
    enum err e = store_write(&own, LANE_JOB, write_tick, &t);
    if (e != OK) {
        fail_keep(&own, c->arena);
        c->failed = own.failed;
        c->problems.p = own.problems.p;
        c->problems.n = own.problems.n;
        c->problems.cap = own.problems.cap;
    }
    arena_free(a);
    return e != OK ? e : job_chunk_done(c, run, s);
}

/* --- grading
 * ---------------------------------------------------------------------- */

struct grading {
    struct ctx *c;
    struct job_run *run;
};

/* An outcome other than OK shows in run->cancel, which grade_run looks at. */
static void on_graded(void *arg, int64_t done, int64_t total) {
    struct grading *g = arg;
    struct job_step s = {.done = done, .total = total};
    if (job_tick(g->c, g->run, &s) != OK) {
        g->run->cancel = true;
        fail_clear(g->c);
    }
}

static enum err run_grade(struct ctx *c, struct job_run *run,
                          struct job_end *end) {
    struct grading g = {c, run};
    struct grade_result r;
    struct buf b;
    struct jw w;
    TRY(grade_run(c, on_graded, &g, &r));
    buf_init(&b, c->arena, 4096);
    jw_init(&w, &b);
    jw_object(&w);
    jw_ki64(&w, S("run_id"), r.run_id);
    jw_kstr(&w, S("as_of"), day_text(c->arena, r.as_of));
    jw_ki64(&w, S("customers"), r.customers);
    jw_ki64(&w, S("changed"), r.changed);
    jw_object_end(&w);
    end->result = buf_view(&b);
    return OK;
}

/* --- one job
 * --------------------------------------------------------------------- */

static struct str error_text(struct ctx *c, enum err e) {
    struct buf b;
    buf_init(&b, c->arena, 64 * 1024);
    for (size_t i = 0; i < c->problems.n && b.n < ERROR_BYTES / 2; i++) {
        if (i > 0)
            buf_byte(&b, ' ');
        message_problem(&b, c->lang, &c->problems.p[i]);
    }
    if (b.n == 0)
        message_title(&b, c->lang, e);
    struct str s = buf_view(&b);
    return s.n <= ERROR_BYTES ? s : str_sub(s, 0, ERROR_BYTES);
}

struct ending {
    const struct job *job;
    const struct kind *kind; /* may be NULL */
    struct job_end end;
};

static enum err write_end(struct ctx *c, void *arg) {
    struct ending *x = arg;
    if (x->kind != NULL && x->kind->ended != NULL)
        TRY(x->kind->ended(c, x->job, &x->end));
    return job_finish(c, x->job, &x->end);
}

static enum err write_release(struct ctx *c, void *arg) {
    return job_release(c, arg);
}

static enum err conclude(struct ctx *c, struct job_run *run,
                         const struct kind *kind, struct job_end *end,
                         enum err e) {
    struct ending x = {&run->job, kind, *end};
    if (e == ERR_CANCELLED && !run->asked && !run->stop_cancels) {
        fail_clear(c);
        return store_write(c, LANE_INTERACTIVE, write_release, &run->job);
    }
    x.end.state = e == OK              ? S("done")
                  : e == ERR_CANCELLED ? S("cancelled")
                                       : S("failed");
    if (e != OK && e != ERR_CANCELLED)
        x.end.error = error_text(c, e);
    fail_clear(c);
    return store_write(c, LANE_INTERACTIVE, write_end, &x);
}

static enum err act_for_owner(struct ctx *c, const struct job *j) {
    if (c->actor != NULL && c->actor->user_id == j->owner_id)
        return OK;
    if (j->owner_id == 0) {
        c->actor = actor_console(c);
        return OK;
    }
    struct actor *a;
    TRY(actor_load(c, j->owner_id, &a));
    c->actor = a;
    c->lang = a->lang;
    return OK;
}

static enum err work(struct ctx *c, struct job_run *run,
                     const struct kind *kind, struct job_end *end) {
    if (kind == NULL)
        return failv(c, ERR_INVALID, S("kind"), "job_unknown",
                     ARGS(V(run->job.kind)));
    if (run->job.attempt > JOB_ATTEMPTS)
        return fail(c, ERR_INTERNAL, "", "job_crashed");
    TRY(act_for_owner(c, &run->job));
    run->asked = run->job.cancel;
    if (run->asked)
        return fail(c, ERR_CANCELLED, "", "cancelled");
    return kind->fn(c, run, end);
}

static enum err run_claimed(struct ctx *c, struct job_run *run) {
    const struct kind *kind = kind_of(run->job.kind);
    struct job_end end = {0};
    run->saved_ms = clock_ms();
    c->cancelled = &run->cancel;
    enum err e = work(c, run, kind, &end);
    ctx_now(c);
    e = conclude(c, run, kind, &end, e);
    c->cancelled = NULL;
    return e;
}

struct claim {
    int64_t id;
    struct str holder;
    struct job job;
    bool found;
};

static enum err write_claim(struct ctx *c, void *arg) {
    struct claim *k = arg;
    return job_claim(c, k->id, k->holder, &k->job, &k->found);
}

static enum err claim(struct ctx *c, int64_t id, struct claim *k) {
    *k = (struct claim){
        .id = id, .holder = str_fmt(c->arena, "%lld", (long long)getpid())};
    return store_write(c, LANE_INTERACTIVE, write_claim, k);
}

enum err job_run_now(struct ctx *c, int64_t id, const struct job_run *like) {
    struct claim k;
    TRY(claim(c, id, &k));
    if (!k.found)
        return fail(c, ERR_CONFLICT, "", "job_lost");
    struct job_run run = *like;
    run.job = k.job;
    return run_claimed(c, &run);
}

/* --- telling
 * --------------------------------------------------------------------- */

static void instant(struct ctx *c, struct jw *w, struct str key, int64_t ms) {
    jw_key(w, key);
    if (ms == 0)
        jw_null(w);
    else
        jw_str(w, instant_text(c->arena, ms));
}

static void raw_or_null(struct jw *w, struct str key, struct str json) {
    jw_key(w, key);
    if (json.n == 0)
        jw_null(w);
    else
        jw_raw(w, json);
}

static void id_or_null(struct jw *w, struct str key, int64_t id) {
    jw_key(w, key);
    if (id == 0)
        jw_null(w);
    else
        jw_i64(w, id);
}

/* Units a second since the start, and seconds left at that pace. */
static void pace(struct ctx *c, struct jw *w, const struct job *j) {
    int64_t until = j->finished_at != 0 ? j->finished_at : c->now_ms;
    int64_t ms = j->started_at == 0 ? 0 : until - j->started_at;
    int64_t rate = ms > 0 ? j->done * 1000 / ms : 0;
    jw_ki64(w, S("rate"), rate);
    jw_key(w, S("eta_s"));
    if (rate > 0 && j->total >= j->done && j->finished_at == 0)
        jw_i64(w, (j->total - j->done + rate - 1) / rate);
    else
        jw_null(w);
}

void job_to_json(struct ctx *c, struct jw *w, const struct job *j) {
    jw_object(w);
    jw_ki64(w, S("id"), j->id);
    jw_kstr(w, S("kind"), j->kind);
    jw_kstr(w, S("state"), j->state);
    jw_ki64(w, S("done"), j->done);
    id_or_null(w, S("total"), j->total);
    pace(c, w, j);
    jw_kbool(w, S("cancel"), j->cancel);
    raw_or_null(w, S("result"), j->result);
    jw_key(w, S("error"));
    if (j->error.n > 0)
        jw_str(w, j->error);
    else
        jw_null(w);
    id_or_null(w, S("file_id"), j->file_id);
    id_or_null(w, S("owner_id"), j->owner_id);
    instant(c, w, S("created_at"), j->created_at);
    instant(c, w, S("started_at"), j->started_at);
    instant(c, w, S("finished_at"), j->finished_at);
    jw_object_end(w);
}

enum err job_read(struct ctx *c, int64_t id, struct job *out) {
    bool found;
    TRY(job_find(c, id, out, &found));
    if (!found || (!c->actor->admin && out->owner_id != c->actor->user_id))
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    return OK;
}

/* --- threads
 * --------------------------------------------------------------------- */

struct jobs {
    struct store *store;
    pthread_t threads[RUNNERS_MAX];
    int n;
    pthread_mutex_t lock; /* wakes */
    pthread_cond_t wake;
    unsigned wakes;
    volatile bool stop;
    struct log log;
};

struct runner {
    struct jobs *jobs;
    struct arena *arena;
    struct db_conn *conn; /* NULL while the database is away */
};

static void runner_ctx(struct runner *r, struct ctx *c) {
    ctx_init(c, r->arena);
    c->store = r->jobs->store;
    c->registry = store_registry(c->store);
    c->zone = store_zone(c->store);
    c->db = r->conn;
}

static bool runner_connect(struct runner *r) {
    struct ctx c;
    if (r->conn != NULL)
        return true;
    ctx_init(&c, r->arena);
    struct store *s = r->jobs->store;
    enum db_role role = store_one_writer(s) ? DB_READER : DB_WRITER;
    if (db_connect(&c, store_db(s), role, &r->conn) != OK)
        r->conn = NULL;
    return r->conn != NULL;
}

static void complain(struct runner *r, struct ctx *c, enum err e) {
    struct str code =
        c->problems.n > 0 ? c->problems.p[0].code : str_of(err_code(e));
    LOG(&r->jobs->log, LEVEL_ERROR, "job runner", {"code", V(code)});
}

/* True when there was one. */
static bool run_next(struct runner *r) {
    struct ctx c;
    struct claim k = {.found = false};
    bool waiting = false;
    if (!runner_connect(r))
        return false;
    runner_ctx(r, &c);
    enum err e = job_waiting(&c, &waiting);
    if (e == OK && waiting)
        e = claim(&c, 0, &k);
    if (e == OK && k.found) {
        struct job_run run = {.job = k.job, .stop = &r->jobs->stop};
        e = run_claimed(&c, &run);
    }
    if (e != OK)
        complain(r, &c, e);
    db_detach(&c);
    if (e == ERR_UNAVAILABLE) {
        db_disconnect(r->conn);
        r->conn = NULL;
    }
    arena_reset(r->arena);
    return e == OK && k.found;
}

static void rest(struct jobs *j, unsigned *seen) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += POLL_MS / 1000;
    pthread_mutex_lock(&j->lock);
    int rc = 0;
    while (*seen == j->wakes && !j->stop && rc == 0)
        rc = pthread_cond_timedwait(&j->wake, &j->lock, &until);
    *seen = j->wakes;
    pthread_mutex_unlock(&j->lock);
}

static void *run_thread(void *arg) {
    struct runner r = {.jobs = arg, .arena = arena_new()};
    unsigned seen = 0;
    while (!r.jobs->stop)
        if (!run_next(&r))
            rest(r.jobs, &seen);
    db_disconnect(r.conn);
    arena_free(r.arena);
    return NULL;
}

static enum err write_release_all(struct ctx *c, void *arg) {
    return job_release_all(c);
}

/* With one writer nobody else can be running what is marked as running. */
static void release_orphans(struct jobs *j) {
    struct arena *a = arena_new();
    struct ctx c;
    ctx_init(&c, a);
    c.store = j->store;
    if (store_one_writer(j->store) &&
        store_write(&c, LANE_INTERACTIVE, write_release_all, NULL) != OK)
        LOG(&j->log, LEVEL_WARN, "jobs could not be queued again",
            {"code", V("write_failed")});
    arena_free(a);
}

struct jobs *jobs_start(struct store *s, int n) {
    struct jobs *j = calloc(1, sizeof *j);
    if (j == NULL || n > RUNNERS_MAX)
        die("can't start %d job runners", n);
    j->store = s;
    log_init(&j->log);
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->wake, NULL);
    release_orphans(j);
    for (; j->n < n; j->n++)
        if (pthread_create(&j->threads[j->n], NULL, run_thread, j) != 0)
            die("can't start a job runner");
    return j;
}

void jobs_wake(struct jobs *j) {
    if (j == NULL)
        return;
    pthread_mutex_lock(&j->lock);
    j->wakes++;
    pthread_cond_broadcast(&j->wake);
    pthread_mutex_unlock(&j->lock);
}

void jobs_stop(struct jobs *j) {
    if (j == NULL)
        return;
    pthread_mutex_lock(&j->lock);
    j->stop = true;
    pthread_cond_broadcast(&j->wake);
    pthread_mutex_unlock(&j->lock);
    for (int i = 0; i < j->n; i++)
        pthread_join(j->threads[i], NULL);
    pthread_cond_destroy(&j->wake);
    pthread_mutex_destroy(&j->lock);
    free(j);
}
