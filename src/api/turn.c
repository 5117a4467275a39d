/* A request on the thread it was handed to. Owns nothing but what is in the
 * request's arena.
 * Threads: a turn belongs to one at a time; nothing of it is touched after it
 * has been handed to another or resumed. */
#include "api/turn.h"

#include "api/caller.h"
#include "api/identify.h"
#include "api/limit.h"
#include "api/once.h"
#include "api/params.h"
#include "api/reply.h"
#include "base/fault.h"
#include "base/time.h"
#include "base/work.h"
#include "http/field.h"
#include "store/registry.h"

#define ANSWER_MAX (64 * 1024 * 1024)
/* On PostgreSQL, counted in statements. */
#define READ_BUDGET_MS 250
#define HEAVY_BUDGET_MS 5000

void turn_clock(struct turn *t) {
    t->begun_us = clock_monotonic_us();
    ctx_now(&t->c);
}

void turn_init(struct turn *t, struct server *s, struct http_request *rq) {
    t->server = s;
    t->rq = rq;
    t->begun_us = clock_monotonic_us();
    rq->user = t;
    ctx_init(&t->c, rq->arena);
    t->c.store = server_store(s);
    t->c.registry = store_registry(t->c.store, rq->arena);
    t->c.zone = store_zone(t->c.store);
    t->c.lang = accept_lang(http_header_get(rq, "Accept-Language"), LANG_ZH);
    t->c.request_id = server_request_id(s, rq->arena);
    t->call.server = s;
    t->call.rq = rq;
}

static bool is_json_type(struct str type) {
    struct str media;
    return str_cut(&type, ';', &media) &&
           str_eq_nocase(str_trim(media), S("application/json"));
}

enum err turn_read_body(struct ctx *c, struct call *call) {
    if (call->route->body != BODY_JSON || call->json != NULL)
        return OK;
    if (!is_json_type(http_header_get(call->rq, "Content-Type")))
        return fail(c, ERR_MEDIA_TYPE, "Content-Type", "not_json");
    TRY(json_read(c, call->rq->body, &call->json));
    if (!json_is_object(call->json))
        return fail(c, ERR_MALFORMED, "", "not_object");
    return OK;
}

enum err turn_let_in(struct turn *t) {
    struct ctx *c = &t->c;
    struct limits *l = server_limits(t->server);
    bool trusted = server_options(t->server)->trusted_proxy;
    TRY(limits_refresh(c, l));
    enum err e = caller_sign_in(c, &t->call);
    if (!str_starts(t->rq->path, S("/api/")))
        return e;
    if (e == OK)
        e = params_check(c, &t->call);
    struct ctx own = *c; /* a refusal goes before what was noted */
    own.problems.n = 0;
    own.problems.cap = 0;
    own.problems.p = NULL;
    enum err often =
        limits_take(&own, l, identify_address(t->rq, trusted), &t->call.limit);
    if (often == OK)
        return e;
    *c = own;
    return often;
}

enum err turn_handle(struct ctx *c, void *arg) {
    struct turn *t = arg;
    t->call.status = 0;
    t->call.problem_results = S("");
    t->rq->reply.n_headers = 0;
    buf_init(&t->call.out, c->arena, ANSWER_MAX);
    jw_init(&t->call.w, &t->call.out);
    return once_wanted(c, &t->call) ? once_run(c, &t->call, t->call.route->fn)
                                    : t->call.route->fn(c, &t->call);
}

void turn_finish(struct turn *t, enum err e) {
    reply_finish(&t->c, &t->call, e);
    t->actor_id = t->c.actor == NULL ? 0 : t->c.actor->user_id;
    t->us = clock_monotonic_us() - t->begun_us;
}

/* The pattern: an address may hold what was looked for. */
static struct str route_text(const struct turn *t) {
    return t->call.route != NULL ? str_of(t->call.route->pattern) : S("");
}

void turn_answer(struct turn *t, enum err e) {
    if (e == ERR_INTERNAL || e == ERR_IO || e == ERR_UNAVAILABLE) {
        struct str code = t->c.problems.n > 0 ? t->c.problems.p[0].code : S("");
        LOG(server_log(t->server), LEVEL_ERROR, "request failed",
            {"route", V(route_text(t))}, {"code", V(code)},
            {"request_id", V(t->c.request_id)});
    }
    turn_finish(t, e);
}

void turn_answer_later(struct turn *t, enum err e) {
    turn_answer(t, e);
    http_resume(t->rq);
}

/* All answers of a group are made before the first one wakes the loop, which
 * would else take turns with the writer. */
static void make_answer(struct write_job *job) {
    turn_answer(job->user, job->result);
}

static void written(struct write_job *job) {
    struct turn *t = job->user;
    http_resume(t->rq);
}

void turn_enqueue(struct turn *t) {
    t->job = (struct write_job){.c = &t->c,
                                .fn = turn_handle,
                                .arg = t,
                                .lane = LANE_INTERACTIVE,
                                .made = make_answer,
                                .done = written,
                                .user = t};
    enum err e = store_write_async(t->c.store, &t->job);
    if (e != OK)
        turn_answer_later(t, e);
}

static enum err run_here(struct turn *t) {
    struct ctx *c = &t->c;
    switch (t->call.route->run) {
    case RUN_FAST:
    case RUN_QUICK:
    case RUN_SLOW:
    case RUN_HEAVY: {
        db_budget(c, t->call.route->run == RUN_HEAVY ? HEAVY_BUDGET_MS
                     : FAULT("read.budget")          ? 1
                                                     : READ_BUDGET_MS);
        enum err e = turn_handle(c, t);
        db_budget(c, 0);
        return e;
    }
    case RUN_WRITE:
        return store_write(c, LANE_INTERACTIVE, turn_handle, t);
    case RUN_BARE:
    case RUN_HASH:
    case RUN_FREE:
        return turn_handle(c, t);
    }
    return ERR_INTERNAL;
}

/* Whoever has given up by now, or will come again, would be answered in the
 * time of those who wait behind. */
void turn_late(void *state, void *arg) {
    struct turn *t = arg;
    turn_answer_later(t, fail(&t->c, ERR_BUSY, "", "busy"));
}

void turn_on_worker(void *state, void *arg) {
    struct worker *w = state;
    struct turn *t = arg;
    enum err e;
    if (!worker_connect(w)) {
        e = fail(&t->c, ERR_UNAVAILABLE, "", "database_away");
    } else {
        t->c.db = w->conn;
        e = OK;
        if (!store_one_writer(t->c.store) && !t->admitted)
            e = turn_let_in(t);
        if (e == OK)
            e = turn_read_body(&t->c, &t->call);
        if (e == OK)
            e = run_here(t);
        db_detach(&t->c);
        t->c.db = NULL;
    }
    turn_answer_later(t, e);
}

int64_t turn_patience(const struct turn *t) {
    if (!str_starts(t->rq->path, S("/api/")))
        return 0;
    return limits_wait_us(server_limits(t->server));
}

/* A cheap read that the loop thread had no time for, on a busy machine, doesn't
 * wait behind those that take long by themselves. */
static bool put(struct turn *t) {
    struct work w = {turn_on_worker, turn_late, t, turn_patience(t)};
    switch (t->call.route->run) {
    case RUN_HASH:
        w.wait_us = 0; /* the queue is as long as people wait to sign in */
        return server_put_hash(t->server, &w);
    case RUN_FAST:
        return server_put_prompt(t->server, &w);
    default:
        return server_put(t->server, &w);
    }
}

enum http_turn turn_to_pool(struct turn *t) {
    t->c.db = NULL;
    http_suspend(t->rq);
    if (!put(t))
        turn_answer_later(t, fail(&t->c, ERR_BUSY, "", "busy"));
    return HTTP_PENDING;
}

enum err turn_try_read(struct turn *t, int budget_ms) {
    struct ctx *c = &t->c;
    c->hasty = true;
    db_budget(c, budget_ms);
    enum err e = turn_handle(c, t);
    db_budget(c, 0);
    db_detach(c);
    c->hasty = false;
    if (e == ERR_TOO_BROAD)
        fail_clear(c);
    return e;
}
