/* Minding Idempotency-Key. Owns nothing; the rows are store/idempotency.h.
 * Invariant: an answer is replayed only to the user who got it, for the same
 * method, path, query and body, and only while his rights are the same. */
#include "api/once.h"

#include "api/reply.h"
#include "base/hash.h"
#include "http/field.h"
#include "store/idempotency.h"
#include "store/store.h"

#define KEY_MAX 200
#define BODY_KEPT (64 * 1024)
#define HEADER "Idempotency-Key"
/* Characters of what is kept: of the request, then of the rights. */
#define REQUEST_HEX 40
#define RIGHTS_HEX 24
/* A request that is under way so long has died with its server. */
#define UNDER_WAY_MS (10 * 60 * 1000)

bool once_wanted(const struct ctx *c, const struct call *call) {
    enum http_method m = call->rq->method;
    bool writes =
        m == HTTP_POST || m == HTTP_PATCH || m == HTTP_PUT || m == HTTP_DELETE;
    bool runs = call->route->run == RUN_WRITE || call->route->run == RUN_FREE;
    /* The steps of a sign-in answer with secrets. */
    runs = runs && call->route->auth != AUTH_HALF;
    return writes && runs && c->actor != NULL && c->actor->user_id != 0 &&
           http_header_get(call->rq, HEADER).n > 0;
}

static enum err read_key(struct ctx *c, const struct call *call,
                         struct idempotency_key *out) {
    struct str key = str_trim(http_header_get(call->rq, HEADER));
    bool good = key.n > 0 && key.n <= KEY_MAX;
    for (size_t i = 0; good && i < key.n; i++)
        good = key.p[i] >= ' ' && key.p[i] <= '~';
    if (!good)
        return failv(c, ERR_MALFORMED, S(HEADER), "bad_idempotency_key",
                     ARGS(V(KEY_MAX)));
    *out = (struct idempotency_key){c->actor->user_id, key};
    return OK;
}

/* Fingerprint of what the answer may show: an answer given under other rights
 * is not repeated. */
static struct str rights_of(struct ctx *c) {
    const struct actor *a = c->actor;
    struct buf b;
    buf_init(&b, c->arena, 16 * 1024 * 1024);
    buf_fmt(&b, "%lld %lld %d %d %d %d %u|", (long long)a->role_id,
            (long long)a->team_id, a->admin, a->pool, a->clearance, a->screened,
            a->view);
    for (size_t i = 0; i < a->n_team_users; i++)
        buf_fmt(&b, "%lld ", (long long)a->team_users[i]);
    buf_str(&b, S("|"));
    for (size_t i = 0; i < a->n_tree_users; i++)
        buf_fmt(&b, "%lld ", (long long)a->tree_users[i]);
    buf_str(&b, S("|"));
    for (size_t i = 0; i < a->n_teams; i++)
        buf_fmt(&b, "%lld ", (long long)a->teams[i]);
    return str_sub(hash_sha256_hex(c->arena, buf_view(&b)), 0, RIGHTS_HEX);
}

static enum err hash_of(struct ctx *c, const struct call *call,
                        struct str *out) {
    const struct http_request *rq = call->rq;
    struct str body = hash_sha256_hex(c->arena, rq->body);
    if (rq->spool >= 0 && !hash_sha256_file(c->arena, rq->spool, &body))
        return fail(c, ERR_IO, "", "io");
    struct str text = str_fmt(
        c->arena, "%d\n" STR_FMT "\n" STR_FMT "\n" STR_FMT, (int)rq->method,
        STR_ARG(rq->path), STR_ARG(rq->query), STR_ARG(body));
    struct str hash = hash_sha256_hex(c->arena, text);
    *out = str_cat(c->arena, str_sub(hash, 0, REQUEST_HEX), rights_of(c));
    return OK;
}

/* --- keeping and repeating ----------------------------------------------- */

/* Headers of the answer but those every answer gets: Location, ETag. */
static struct str headers_json(struct ctx *c, const struct http_reply *r) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, 64 * 1024);
    jw_init(&w, &b);
    jw_object(&w);
    for (size_t i = 0; i < r->n_headers; i++)
        if (!str_starts(r->headers[i].name, S("RateLimit")))
            jw_kstr(&w, r->headers[i].name, r->headers[i].value);
    jw_object_end(&w);
    return buf_view(&b);
}

static enum err keep(struct ctx *c, const struct call *call,
                     struct idempotency_key k) {
    struct str body = buf_view(&call->out);
    struct idempotency_row row = {
        .status = call->status == 0 ? 200 : call->status,
        .headers = headers_json(c, &call->rq->reply),
        .body = body,
        .body_kept = !call->secret && body.n <= BODY_KEPT,
    };
    return idempotency_end(c, k, &row);
}

static enum err replay(struct ctx *c, struct call *call, bool same_rights,
                       const struct idempotency_row *row) {
    json_t *headers;
    const char *name;
    json_t *value;
    if (!row->body_kept || !same_rights)
        return failv(c, ERR_CONFLICT, S(HEADER), "idempotency_no_answer",
                     ARGS(V(row->status)));
    TRY(json_read(c, row->headers, &headers));
    json_object_foreach(headers, name, value)
        reply_header(call, name, json_str(value));
    reply_header(call, "Idempotency-Replayed", S("true"));
    buf_str(&call->out, row->body);
    call->status = (int)row->status;
    return OK;
}

static enum err in_flight(struct ctx *c) {
    return fail(c, ERR_CONFLICT, HEADER, "idempotency_in_flight");
}

struct once {
    struct idempotency_key key;
    struct str hash;
    struct call *call;
    bool replayed;
};

/* What is known of the key: replays, refuses, or marks it as under way. */
static enum err begin(struct ctx *c, void *arg) {
    struct once *o = arg;
    struct idempotency_row row;
    bool found, busy;
    TRY(idempotency_find(c, o->key, &row, &found));
    bool died =
        found && row.status == 0 && c->now_ms - row.created_at > UNDER_WAY_MS;
    if (died)
        TRY(idempotency_drop(c, o->key));
    o->replayed = found && !died;
    if (!o->replayed) {
        TRY(idempotency_begin(c, o->key, o->hash, &busy));
        return busy ? in_flight(c) : OK;
    }
    if (!str_eq(str_sub(row.hash, 0, REQUEST_HEX),
                str_sub(o->hash, 0, REQUEST_HEX)))
        return fail(c, ERR_INVALID, HEADER, "idempotency_mismatch");
    return row.status == 0
               ? in_flight(c)
               : replay(c, o->call, str_eq(row.hash, o->hash), &row);
}

static enum err write_kept(struct ctx *c, void *arg) {
    struct once *o = arg;
    return keep(c, o->call, o->key);
}

static enum err write_dropped(struct ctx *c, void *arg) {
    struct once *o = arg;
    return idempotency_drop(c, o->key);
}

/* No transaction of its own: the mark is committed before the work. */
static enum err run_free(struct ctx *c, struct once *o, route_fn fn) {
    TRY(store_write(c, LANE_INTERACTIVE, begin, o));
    if (o->replayed)
        return OK;
    enum err e = fn(c, o->call);
    if (e == OK)
        return store_write(c, LANE_INTERACTIVE, write_kept, o);
    struct ctx own = *c; /* keeps what was noted */
    own.problems.n = 0;
    own.problems.cap = 0;
    own.problems.p = NULL;
    if (store_write(&own, LANE_INTERACTIVE, write_dropped, o) != OK)
        fail_clear(&own); /* it expires */
    return e;
}

enum err once_run(struct ctx *c, struct call *call, route_fn fn) {
    struct once o = {.call = call};
    TRY(read_key(c, call, &o.key));
    TRY(hash_of(c, call, &o.hash));
    if (call->route->run == RUN_FREE)
        return run_free(c, &o, fn);
    TRY(begin(c, &o));
    if (o.replayed)
        return OK;
    TRY(fn(c, call));
    return keep(c, call, o.key);
}
