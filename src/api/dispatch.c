/* The dispatcher enforces the columns of the route table: limits when the
 * headers are in, sign-in and rights before the handler, budget or
 * transaction around it. Nothing of a request is touched after it has been
 * handed to another thread or resumed. */
#include "api/dispatch.h"

#include "api/identify.h"
#include "api/limit.h"
#include "api/look.h"
#include "api/meter.h"
#include "api/once.h"
#include "api/reply.h"
#include "app/auth.h"
#include "base/time.h"
#include "http/asset.h"
#include "http/field.h"
#include "store/registry.h"
#include "store/user.h"

#include <stdatomic.h>

#define JSON_BODY_MAX (1024 * 1024)
/* More is taken only from who says who he is; more than LOOP_BODY is not read
 * as JSON on the loop thread. */
#define STRANGER_BODY (4 * 1024)
#define LOOP_BODY (64 * 1024)
#define ANSWER_MAX (64 * 1024 * 1024)
#define FAST_BUDGET_MS 2
#define QUICK_BUDGET_MS 1
/* What has taken so long goes to the pool, others wait for the loop; after a
 * while it is tried again. */
#define QUICK_US 1000
#define SLOW_FOR_MS 1000
#define READ_BUDGET_MS 250
#define HEAVY_BUDGET_MS 5000

static const char *const methods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                      "PATCH", "DELETE", "OPTIONS"};

/* One request; in its own arena. */
struct turn {
    struct server *server;
    struct http_request *rq;
    struct ctx c;
    struct call call;
    struct write_job job;
    int64_t begun_us, us; /* monotonic; what it took until the answer */
    int64_t actor_id;     /* 0: nobody, or the console */
    bool other_method;    /* no route, but one with another method */
};

/* --- route
 * -------------------------------------------------------------------- */

static bool is_api(struct str path) {
    return str_starts(path, S("/api/")) || str_eqc(path, "/healthz") ||
           str_eqc(path, "/readyz") || str_eqc(path, "/metrics");
}

/* Bytes a body may have. */
static uint64_t body_limit(const struct route *r) {
    return r == NULL || r->max_body == 0 ? JSON_BODY_MAX : r->max_body;
}

/* --- before the handler
 * ---------------------------------------------------------- */

static bool is_json_type(struct str type) {
    struct str media;
    return str_cut(&type, ';', &media) &&
           str_eq_nocase(str_trim(media), S("application/json"));
}

/* Once: on the loop thread, or by the worker. */
static enum err read_body(struct ctx *c, struct call *call) {
    if (call->route->body != BODY_JSON || call->json != NULL)
        return OK;
    if (!is_json_type(http_header_get(call->rq, "Content-Type")))
        return fail(c, ERR_MEDIA_TYPE, "Content-Type", "not_json");
    TRY(json_read(c, call->rq->body, &call->json));
    if (!json_is_object(call->json))
        return fail(c, ERR_MALFORMED, "", "not_object");
    return OK;
}

/* Looks the request's route up; a missing one is noted by prepare. */
static void find(struct turn *t) {
    t->call.route = route_find(t->rq, &t->call, &t->other_method);
}

static enum err prepare(struct ctx *c, struct call *call, bool other) {
    if (call->route == NULL)
        return fail(c, other ? ERR_METHOD : ERR_NOT_FOUND, "",
                    other ? "method_not_allowed" : "no_such_route");
    for (size_t i = 0; i < call->n_path; i++)
        TRY(url_decode(c, call->path[i], false, &call->path[i]));
    return url_query(c, call->rq->query, &call->params);
}

/* A process of our own user or of root, on this machine (DESIGN O1). */
static bool is_console(const struct http_request *rq) {
    return str_eqc(rq->peer, HTTP_LOCAL_PEER);
}

/* It acts as the console, or as the user it names. */
static enum err console_of(struct ctx *c, const struct http_request *rq) {
    struct str login = http_header_get(rq, "X-Guanxi-As");
    struct user u;
    struct actor *a;
    bool found;
    c->actor = actor_console(c);
    if (login.n == 0)
        return OK;
    TRY(user_by_login(c, login, &u, &found));
    if (!found)
        return failv(c, ERR_INVALID, S("as"), "import_no_user", ARGS(V(login)));
    TRY(actor_load(c, u.id, &a));
    c->actor = a;
    return OK;
}

static enum err check_admin(struct ctx *c, const struct call *call) {
    if (call->route->auth == AUTH_ADMIN && !c->actor->admin)
        return fail(c, ERR_FORBIDDEN, "", "forbidden");
    return OK;
}

static enum err sign_in_of(struct ctx *c, struct call *call) {
    const struct http_request *rq = call->rq;
    if (is_console(rq)) {
        TRY(console_of(c, rq));
        return check_admin(c, call);
    }
    struct auth_input in = {
        .session = identify_cookie(rq, server_secure(call->server, rq)),
        .bearer = identify_bearer(rq),
        .csrf = http_header_get(rq, "X-CSRF-Token"),
        .is_write = rq->method != HTTP_GET && rq->method != HTTP_HEAD &&
                    call->route->auth != AUTH_NONE,
    };
    if (call->route->auth == AUTH_NONE && in.session.n + in.bearer.n == 0)
        return OK;
    enum err e = auth_identify(c, server_auth(call->server), &in, &c->actor);
    if (call->route->auth == AUTH_NONE) {
        /* Nobody is fine here; a stale cookie must not stand in the way. */
        if (e != OK || c->actor->limited) {
            fail_clear(c);
            c->actor = NULL;
        }
        return OK;
    }
    TRY(e);
    if (c->actor->limited && call->route->auth != AUTH_HALF)
        return fail(c, ERR_FORBIDDEN, "", "two_factor_first");
    if (http_header_get(call->rq, "Accept-Language").n == 0)
        c->lang = c->actor->lang;
    TRY(look_as(c, call));
    return check_admin(c, call);
}

enum err call_id(struct ctx *c, const struct call *call, size_t i,
                 int64_t *out) {
    struct str s = call->path[i];
    int64_t n = 0;
    bool good = s.n > 0 && s.n < 17;
    for (size_t k = 0; good && k < s.n; k++) {
        good = s.p[k] >= '0' && s.p[k] <= '9';
        n = n * 10 + (s.p[k] - '0');
    }
    if (!good || n == 0)
        return fail(c, ERR_NOT_FOUND, "", "not_found");
    *out = n;
    return OK;
}

/* --- the handler
 * ------------------------------------------------------------------ */

/* May run a second time (budget, lost race): starts from a clean answer. */
static enum err handler(struct ctx *c, void *arg) {
    struct turn *t = arg;
    t->call.status = 0;
    t->call.problem_results = S("");
    t->rq->reply.n_headers = 0;
    buf_init(&t->call.out, c->arena, ANSWER_MAX);
    jw_init(&t->call.w, &t->call.out);
    return once_wanted(c, &t->call) ? once_run(c, &t->call, t->call.route->fn)
                                    : t->call.route->fn(c, &t->call);
}

/* Who is asking, and whether he may ask so often. */
static enum err let_in(struct turn *t) {
    struct ctx *c = &t->c;
    struct limits *l = server_limits(t->server);
    bool trusted = server_options(t->server)->trusted_proxy;
    TRY(limits_refresh(c, l));
    enum err e = sign_in_of(c, &t->call);
    if (!str_starts(t->rq->path, S("/api/")))
        return e;
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

/* Sets the answer and notes what the log will tell of it. */
static void finish(struct turn *t, enum err e) {
    reply_finish(&t->c, &t->call, e);
    t->actor_id = t->c.actor == NULL ? 0 : t->c.actor->user_id;
    t->us = clock_monotonic_us() - t->begun_us;
}

/* The pattern: an address may hold what was looked for. */
static struct str route_text(const struct turn *t) {
    return t->call.route != NULL ? str_of(t->call.route->pattern) : S("");
}

static void answer(struct turn *t, enum err e) {
    if (e == ERR_INTERNAL || e == ERR_IO || e == ERR_UNAVAILABLE) {
        struct str code = t->c.problems.n > 0 ? t->c.problems.p[0].code : S("");
        LOG(server_log(t->server), LEVEL_ERROR, "request failed",
            {"route", V(route_text(t))}, {"code", V(code)},
            {"request_id", V(t->c.request_id)});
    }
    finish(t, e);
}

static void answer_later(struct turn *t, enum err e) {
    answer(t, e);
    http_resume(t->rq);
}

static void written(struct write_job *job) {
    struct turn *t = job->user;
    answer_later(t, job->result);
}

/* SQLite: to the writer's queue. The request belongs to the writer then. */
static void enqueue_write(struct turn *t) {
    t->job = (struct write_job){.c = &t->c,
                                .fn = handler,
                                .arg = t,
                                .lane = LANE_INTERACTIVE,
                                .done = written,
                                .user = t};
    enum err e = store_write_async(t->c.store, &t->job);
    if (e != OK)
        answer_later(t, e);
}

static enum err run_here(struct turn *t) {
    struct ctx *c = &t->c;
    switch (t->call.route->run) {
    case RUN_FAST:
    case RUN_QUICK:
    case RUN_SLOW:
    case RUN_HEAVY: {
        db_budget(c, t->call.route->run == RUN_HEAVY ? HEAVY_BUDGET_MS
                                                     : READ_BUDGET_MS);
        enum err e = handler(c, t);
        db_budget(c, 0);
        return e;
    }
    case RUN_WRITE:
        return store_write(c, LANE_INTERACTIVE, handler, t);
    case RUN_BARE:
    case RUN_HASH:
    case RUN_FREE:
        return handler(c, t);
    }
    return ERR_INTERNAL;
}

static void on_worker(void *state, void *arg) {
    struct worker *w = state;
    struct turn *t = arg;
    enum err e;
    if (!worker_connect(w)) {
        e = fail(&t->c, ERR_UNAVAILABLE, "", "database_away");
    } else {
        t->c.db = w->conn;
        e = OK;
        if (!store_one_writer(t->c.store))
            e = let_in(t);
        if (e == OK)
            e = read_body(&t->c, &t->call);
        if (e == OK)
            e = run_here(t);
        db_detach(&t->c);
        t->c.db = NULL;
    }
    answer_later(t, e);
}

/* How long this request may have to wait; health and figures are told also by
 * a server that is busy. */
static int64_t patience(const struct turn *t) {
    if (!str_starts(t->rq->path, S("/api/")))
        return 0;
    return limits_wait_us(server_limits(t->server));
}

static enum http_turn to_pool(struct turn *t) {
    t->c.db = NULL;
    http_suspend(t->rq);
    bool hashes = t->call.route->run == RUN_HASH;
    if (!(hashes ? server_put_hash(t->server, on_worker, t)
                 : server_put(t->server, patience(t), on_worker, t)))
        answer_later(t, fail(&t->c, ERR_BUSY, "", "busy"));
    return HTTP_PENDING;
}

/* A cheap read on the loop thread; what takes longer starts again in the pool.
 */
static enum http_turn run_fast(struct turn *t, int budget_ms) {
    struct ctx *c = &t->c;
    c->hasty = true;
    db_budget(c, budget_ms);
    enum err e = handler(c, t);
    db_budget(c, 0);
    db_detach(c);
    c->hasty = false;
    if (e == ERR_TOO_BROAD) {
        fail_clear(c);
        return to_pool(t);
    }
    answer(t, e);
    return HTTP_DONE;
}

/* The same question on another page counts as the same. */
static uint64_t question(const struct http_request *rq) {
    struct str rest = rq->query, part;
    uint64_t h = str_hash(rq->path);
    while (str_cut(&rest, '&', &part))
        if (!str_starts(part, S("cursor=")))
            h = h * 31 + str_hash(part);
    return h * 31 + str_hash(str_sub(rq->body, 0, 512));
}

static enum http_turn run_quick(struct turn *t) {
    _Atomic int64_t *slow_until = server_slow(t->server, question(t->rq));
    int64_t begun = clock_monotonic_us();
    if (begun < atomic_load_explicit(slow_until, memory_order_relaxed))
        return to_pool(t);
    enum http_turn turn = run_fast(t, QUICK_BUDGET_MS);
    int64_t now = clock_monotonic_us();
    if (now - begun > QUICK_US)
        atomic_store_explicit(slow_until, now + SLOW_FOR_MS * 1000,
                              memory_order_relaxed);
    return turn;
}

/* --- on the loop thread
 * ------------------------------------------------------------ */

static void turn_clock(struct turn *t) {
    t->begun_us = clock_monotonic_us();
    ctx_now(&t->c);
}

static void turn_init(struct turn *t, struct server *s,
                      struct http_request *rq) {
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

/* --- on the loop thread, headers in
 * ------------------------------------------------ */

/* Is there more to come than a stranger may send? Nobody knows of a body
 * without a length. */
static bool is_long(const struct http_request *rq) {
    struct str s = http_header_get(rq, "Content-Length");
    uint64_t n = 0;
    for (size_t i = 0; i < s.n && n <= STRANGER_BODY; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            n = n * 10 + (uint64_t)(s.p[i] - '0');
    return n > STRANGER_BODY || http_header_get(rq, "Transfer-Encoding").n > 0;
}

/* Who may not upload is told before the file is taken, who does not say who he
 * is before anything long. PostgreSQL is not asked on the loop thread: there
 * it is enough to say who one is. */
static enum err admit(struct turn *t, struct server *s, bool spool) {
    struct ctx *c = &t->c;
    bool secure = server_secure(s, t->rq);
    if (identify_cookie(t->rq, secure).n + identify_bearer(t->rq).n == 0 &&
        !is_console(t->rq))
        return fail(c, ERR_UNAUTHENTICATED, "", "sign_in_required");
    if (!spool || !store_one_writer(c->store))
        return OK;
    c->db = server_loop_conn(s, c);
    if (c->db == NULL)
        return fail(c, ERR_UNAVAILABLE, "", "database_away");
    enum err e = sign_in_of(c, &t->call);
    db_detach(c);
    c->db = NULL;
    return e;
}

bool dispatch_headers(void *user, struct http_request *rq,
                      struct http_accept *out) {
    out->max_body = body_limit(NULL);
    if (!is_api(rq->path))
        return true;
    struct turn *t = NEW(rq->arena, struct turn);
    turn_init(t, user, rq);
    find(t);
    const struct route *r = t->call.route;
    out->max_body = body_limit(r);
    out->spool = r != NULL && r->body == BODY_BYTES;
    if (r == NULL || r->auth == AUTH_NONE || !(out->spool || is_long(rq)))
        return true;
    enum err e = admit(t, user, out->spool);
    if (e != OK)
        reply_finish(&t->c, &t->call, e);
    return e == OK;
}

/* Answered without having left the loop thread. */
static enum http_turn answer_now(struct turn *t, enum err e) {
    answer(t, e);
    return HTTP_DONE;
}

/* More has come than can be answered in time: told before anything is read. */
static bool is_late(const struct turn *t) {
    int64_t wait_us = patience(t);
    const struct route *r = t->call.route;
    if (wait_us == 0 || r == NULL)
        return false;
    if (r->run == RUN_WRITE && store_crowded(t->c.store, wait_us))
        return true;
    return server_is_late(t->server, t->rq, wait_us);
}

/* Of one who may ask, with a body that is soon read. */
static enum http_turn run_small(struct turn *t) {
    enum err e = read_body(&t->c, &t->call);
    if (e != OK)
        return answer_now(t, e);
    if (t->call.route->run == RUN_FAST)
        return run_fast(t, FAST_BUDGET_MS);
    if (t->call.route->run == RUN_QUICK)
        return run_quick(t);
    if (t->call.route->run != RUN_WRITE)
        return to_pool(t);
    t->c.db = NULL;
    http_suspend(t->rq);
    enqueue_write(t);
    return HTTP_PENDING;
}

static enum http_turn start(struct turn *t) {
    struct ctx *c = &t->c;
    if (is_late(t))
        return answer_now(t, fail(c, ERR_BUSY, "", "busy"));
    enum err e = prepare(c, &t->call, t->other_method);
    if (e != OK)
        return answer_now(t, e);
    if (t->call.route->run == RUN_BARE) {
        e = read_body(c, &t->call);
        return answer_now(t, e == OK ? handler(c, t) : e);
    }
    if (!store_one_writer(c->store))
        return to_pool(t);
    c->db = server_loop_conn(t->server, c);
    if (c->db == NULL)
        return answer_now(t, fail(c, ERR_UNAVAILABLE, "", "database_away"));
    e = let_in(t);
    db_detach(c);
    if (e != OK)
        return answer_now(t, e);
    if (t->rq->body.n > LOOP_BODY)
        return to_pool(t);
    return run_small(t);
}

enum http_turn dispatch_request(void *user, struct http_request *rq) {
    if (!is_api(rq->path)) {
        asset_serve(&web_assets, rq);
        reply_transport(user, rq);
        return HTTP_DONE;
    }
    struct turn *t = rq->user;
    if (rq->body.n > 0 || rq->spool_size > 0)
        turn_clock(t); /* the body may have taken minutes */
    return start(t);
}

/* What the HTTP server refuses by itself looks like any other problem. */
void dispatch_error(void *user, struct http_request *rq, enum err e) {
    struct turn *t = NEW(rq->arena, struct turn);
    turn_init(t, user, rq);
    find(t);
    const struct route *r = t->call.route;
    if (e == ERR_TOO_LARGE)
        e = failv(&t->c, e, S(""), "body_too_large",
                  ARGS(V((int64_t)body_limit(r))));
    finish(t, e);
}

/* One line a request of the API. The route's pattern stands for the path:
 * paths and queries may hold what people look for. */
static void log_request(const struct turn *t, int status) {
    const struct route *r = t->call.route;
    if (status < 500 && server_log(t->server)->text)
        return; /* a person at a terminal */
    LOG(server_log(t->server), status < 500 ? LEVEL_INFO : LEVEL_WARN,
        "request", {"request_id", V(t->c.request_id)},
        {"method",
         V(t->rq->method == HTTP_OTHER ? "" : methods[t->rq->method])},
        {"route", r == NULL ? V_NULL : V(r->pattern)}, {"status", V(status)},
        {"ms", val_f64((double)t->us / 1000)},
        {"actor", t->actor_id == 0 ? V_NULL : V(t->actor_id)});
}

void dispatch_done(void *user, struct http_request *rq) {
    struct turn *t = rq->user;
    int status = rq->reply.status;
    meter_count(server_meter(user), t == NULL ? NULL : t->call.route, status,
                t == NULL ? 0 : t->us);
    if (t != NULL && status != 0) /* 0: the client left in mid-body */
        log_request(t, status);
}
