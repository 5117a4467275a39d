/* The dispatcher enforces the columns of the route table: limits when the
 * headers are in, sign-in and rights before the handler, budget or
 * transaction around it. Nothing of a request is touched after it has been
 * handed to another thread or resumed. */
#include "api/dispatch.h"

#include "api/caller.h"
#include "api/identify.h"
#include "api/meter.h"
#include "api/pace.h"
#include "api/prompt.h"
#include "api/reply.h"
#include "api/turn.h"
#include "base/time.h"
#include "http/asset.h"
#include "http/field.h"

#define JSON_BODY_MAX (1024 * 1024)
/* More is taken only from who says who he is; more than LOOP_BODY is not read
 * as JSON on the loop thread. */
#define STRANGER_BODY (4 * 1024)
#define LOOP_BODY (64 * 1024)
#define FAST_BUDGET_MS 2
#define QUICK_BUDGET_MS 1
/* What has taken so long goes to the pool, others wait for the loop. */
#define QUICK_US 1000

static const char *const methods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                      "PATCH", "DELETE", "OPTIONS"};

/* --- the route ---------------------------------------------------------- */

static bool is_api(struct str path) {
    return str_starts(path, S("/api/")) || str_eqc(path, "/healthz") ||
           str_eqc(path, "/readyz") || str_eqc(path, "/metrics");
}

/* Bytes a body may have. */
static uint64_t body_limit(const struct route *r) {
    return r == NULL || r->max_body == 0 ? JSON_BODY_MAX : r->max_body;
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

/* --- reads on the loop thread ------------------------------------------- */

/* A cheap read on the loop thread; what takes longer starts again in the pool.
 */
static enum http_turn run_fast(struct turn *t, int budget_ms) {
    enum err e = turn_try_read(t, budget_ms);
    if (e == ERR_TOO_BROAD)
        return turn_to_pool(t);
    turn_answer(t, e);
    return HTTP_DONE;
}

static enum http_turn run_quick(struct turn *t) {
    _Atomic int64_t *slow_until = server_slow(t->server, pace_question(t->rq));
    if (pace_is_slow(slow_until))
        return turn_to_pool(t);
    int64_t begun = clock_monotonic_us();
    enum http_turn turn = run_fast(t, QUICK_BUDGET_MS);
    pace_note(slow_until, clock_monotonic_us() - begun > QUICK_US);
    return turn;
}

/* --- headers in --------------------------------------------------------- */

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
        !caller_is_console(t->rq))
        return fail(c, ERR_UNAUTHENTICATED, "", "sign_in_required");
    if (!spool || !store_one_writer(c->store))
        return OK;
    c->db = server_loop_conn(s, c);
    if (c->db == NULL)
        return fail(c, ERR_UNAVAILABLE, "", "database_away");
    enum err e = caller_sign_in(c, &t->call);
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

/* --- body in ------------------------------------------------------------ */

/* Answered without having left the loop thread. */
static enum http_turn answer_now(struct turn *t, enum err e) {
    turn_answer(t, e);
    return HTTP_DONE;
}

/* More has come than can be answered in time: told before anything is read. */
static bool is_late(const struct turn *t) {
    int64_t wait_us = turn_patience(t);
    const struct route *r = t->call.route;
    if (wait_us == 0 || r == NULL)
        return false;
    if (r->run == RUN_WRITE && store_crowded(t->c.store, wait_us))
        return true;
    return server_is_late(t->server, t->rq, wait_us);
}

/* Of one who may ask, with a body that is soon read. */
static enum http_turn run_small(struct turn *t) {
    enum err e = turn_read_body(&t->c, &t->call);
    if (e != OK)
        return answer_now(t, e);
    if (t->call.route->run == RUN_FAST)
        return run_fast(t, FAST_BUDGET_MS);
    if (t->call.route->run == RUN_QUICK)
        return run_quick(t);
    if (t->call.route->run != RUN_WRITE)
        return turn_to_pool(t);
    t->c.db = NULL;
    http_suspend(t->rq);
    turn_enqueue(t);
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
        e = turn_read_body(c, &t->call);
        return answer_now(t, e == OK ? turn_handle(c, t) : e);
    }
    if (!store_one_writer(c->store))
        return prompt_or_pool(t);
    c->db = server_loop_conn(t->server, c);
    if (c->db == NULL)
        return answer_now(t, fail(c, ERR_UNAVAILABLE, "", "database_away"));
    e = turn_let_in(t);
    db_detach(c);
    if (e != OK)
        return answer_now(t, e);
    if (t->rq->body.n > LOOP_BODY)
        return turn_to_pool(t);
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
    turn_finish(t, e);
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
