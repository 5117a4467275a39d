/* One job at work: its kinds, progress, end. Owns nothing; a job belongs to
 * one thread. Invariant: what a job has written is in the row's cursor, because
 * both are saved in one transaction. */
#include "app/job.h"

#include "app/awaiting.h"
#include "app/backup.h"
#include "app/export.h"
#include "app/grade.h"
#include "app/import.h"
#include "app/import_revert.h"
#include "app/job_beat.h"
#include "app/ladder.h"
#include "app/loss_find.h"
#include "app/nightly.h"
#include "app/policies.h"
#include "app/purge.h"
#include "app/restore.h"
#include "base/message.h"
#include "base/time.h"
#include "store/actor.h"

#include <string.h>

#define TICK_MS 1000
#define ERROR_BYTES 1900

static enum err run_grade(struct ctx *c, struct job_run *run,
                          struct job_end *end);

static const struct kind {
    const char *name;
    job_fn fn;
    job_ended_fn ended; /* may be NULL */
    bool whole;         /* counts are of the whole, whatever step it is at */
} kinds[] = {
    {"import_dry", import_job, import_job_ended, true},
    {"import_run", import_job, import_job_ended, true},
    {"import_revert", import_revert_job, import_revert_ended, true},
    {"export", export_job, NULL, false},
    {"grade", run_grade, NULL, false},
    {"check", nightly_job, NULL, false},
    {"bin_purge", purge_job, NULL, false},
    {"backup", backup_job, NULL, false},
    {"backup_check", backup_check_job, NULL, false},
    {"restore", restore_job, NULL, false},
    {"plan_tasks", plan_tasks_job, NULL, false},
};

static const struct kind *kind_of(struct str name) {
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_eqc(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}

/* --- progress ------------------------------------------------------------ */

/* A lease counts from here on: what stands before it in the transaction may
 * have taken longer than a lease lasts. */
enum err job_chunk(struct ctx *c, struct job_run *run,
                   const struct job_step *s) {
    bool cancel;
    ctx_now(c);
    TRY(job_save(c, &run->job, s, &cancel));
    if (cancel)
        atomic_store(&run->asked, true);
    return OK;
}

enum err job_chunk_done(struct ctx *c, struct job_run *run,
                        const struct job_step *s) {
    run->saved_ms = clock_monotonic_ms();
    if (run->watch != NULL)
        run->watch(run->arg, s);
    if (atomic_load(&run->asked) ||
        (run->stop != NULL && atomic_load(run->stop)))
        atomic_store(&run->work.stop, true);
    return atomic_load(&run->work.stop)
               ? fail(c, ERR_CANCELLED, "", "cancelled")
               : OK;
}

struct tick {
    struct job_run *run;
    const struct job_step *step;
};

static enum err write_tick(struct ctx *c, void *arg) {
    struct tick *t = arg;
    return job_chunk(c, t->run, t->step);
}

static enum err save(struct ctx *c, struct job_run *run,
                     const struct job_step *s) {
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

enum err job_tick(struct ctx *c, struct job_run *run,
                  const struct job_step *s) {
    return clock_monotonic_ms() - run->saved_ms < TICK_MS ? OK
                                                          : save(c, run, s);
}

/* Counts are saved once a second, a new step by the heartbeat at once. */
static enum err tell(struct ctx *c, void *arg, const char *step, int64_t done,
                     int64_t total) {
    struct job_run *run = arg;
    struct job_step s = {.done = done, .total = total};
    if (run->stop != NULL && atomic_load(run->stop)) {
        atomic_store(&run->work.stop, true);
        return OK;
    }
    if (run->counts != NULL)
        s = *run->counts;
    s.step = str_of(step);
    atomic_store(&run->step, step);
    if (clock_monotonic_ms() - run->saved_ms < TICK_MS)
        return OK;
    return save(c, run, &s);
}

/* --- grading ------------------------------------------------------------- */

static enum err run_grade(struct ctx *c, struct job_run *run,
                          struct job_end *end) {
    struct grade_result r;
    struct policies_done done;
    struct loss_found losses;
    int64_t moved;
    struct buf b;
    struct jw w;
    TRY(grade_run(c, &r));
    TRY(ladder_follow(c, &moved));
    TRY(policies_act(c, 0, &done));
    TRY(loss_find(c, &losses));
    buf_init(&b, c->arena, 4096);
    jw_init(&w, &b);
    jw_object(&w);
    jw_ki64(&w, S("run_id"), r.run_id);
    jw_kstr(&w, S("as_of"), day_text(c->arena, r.as_of));
    jw_ki64(&w, S("customers"), r.customers);
    jw_ki64(&w, S("changed"), r.changed);
    jw_ki64(&w, S("moved"), moved);
    jw_ki64(&w, S("tasks"), done.tasks);
    jw_ki64(&w, S("assigned"), done.assigned);
    jw_ki64(&w, S("plans"), done.plans);
    jw_ki64(&w, S("losses"), losses.opened);
    jw_ki64(&w, S("returned"), losses.returned);
    jw_object_end(&w);
    end->total = r.customers;
    end->result = buf_view(&b);
    return OK;
}

/* --- one job ------------------------------------------------------------- */

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

/* The end of what ran before may still reach this write: once more then. */
static enum err write_last(struct ctx *c, write_fn fn, void *arg) {
    enum err e = store_write(c, LANE_INTERACTIVE, fn, arg);
    if (e != ERR_CANCELLED)
        return e;
    fail_clear(c);
    return store_write(c, LANE_INTERACTIVE, fn, arg);
}

static enum err conclude(struct ctx *c, struct job_run *run,
                         const struct kind *kind, struct job_end *end,
                         enum err e) {
    struct ending x = {&run->job, kind, *end};
    bool asked = atomic_load(&run->asked);
    if (e == ERR_CANCELLED && !asked && !run->stop_cancels) {
        fail_clear(c);
        return write_last(c, write_release, &run->job);
    }
    x.end.state = e == OK              ? S("done")
                  : e == ERR_CANCELLED ? S("cancelled")
                                       : S("failed");
    if (e != OK && e != ERR_CANCELLED)
        x.end.error = message_errors(c, e, ERROR_BYTES);
    fail_clear(c);
    return write_last(c, write_end, &x);
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
    if (run->job.attempt % JOB_SERIES > JOB_ATTEMPTS)
        return fail(c, ERR_INTERNAL, "", "job_crashed");
    TRY(act_for_owner(c, &run->job));
    atomic_store(&run->asked, run->job.cancel);
    if (run->job.cancel)
        return fail(c, ERR_CANCELLED, "", "cancelled");
    return kind->fn(c, run, end);
}

enum err job_run_now(struct ctx *c, struct job_run *run) {
    const struct kind *kind = kind_of(run->job.kind);
    struct job_end end = {0};
    run->saved_ms = clock_monotonic_ms();
    run->work.tell = tell;
    run->work.arg = run;
    c->work = &run->work;
    struct job_beat b;
    job_beat_start(c, run, &b);
    enum err e = work(c, run, kind, &end);
    job_beat_stop(&b);
    c->work = NULL;
    ctx_now(c);
    if (c->actor == NULL) /* given up before anybody could act */
        c->actor = actor_console(c);
    return conclude(c, run, kind, &end, e);
}

/* --- telling ------------------------------------------------------------- */

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

/* Do the counts belong to the step it is at, and not to the whole? */
static bool by_steps(const struct job *j) {
    const struct kind *k = kind_of(j->kind);
    return j->message.n > 0 && (k == NULL || !k->whole);
}

/* Units a second since the start, and seconds left at that pace. */
static void pace(struct ctx *c, struct jw *w, const struct job *j) {
    if (by_steps(j)) {
        jw_key(w, S("rate"));
        jw_null(w);
        jw_key(w, S("eta_s"));
        jw_null(w);
        return;
    }
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
    jw_key(w, S("message"));
    if (j->message.n > 0)
        jw_str(w, j->message);
    else
        jw_null(w);
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

enum err job_again(struct ctx *c, int64_t id) {
    struct job j;
    TRY(job_read(c, id, &j));
    bool imports = str_starts(j.kind, S("import"));
    if (kind_of(j.kind) == NULL || imports)
        return failv(c, ERR_CONFLICT, S(""), "job_no_retry", ARGS(V(j.kind)));
    return job_retry(c, id);
}
