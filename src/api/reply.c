/* From a handler's result to bytes. Errors are logged here, once, with the
 * request id. */
#include "api/reply.h"

#include "api/check.h"
#include "api/dispatch.h"
#include "base/hash.h"
#include "base/message.h"
#include "http/asset.h"
#include "http/field.h"

#include <endian.h>

#define PROBLEM_MAX (256 * 1024)

void reply_header(struct call *call, const char *name, struct str value) {
    http_reply_header(call->rq, name, value);
}

static void message(struct ctx *c, struct jw *w, const struct problem *p) {
    struct buf b;
    buf_init(&b, c->arena, 4096);
    message_print(&b, c->lang, p->code, p->args, COUNT_OF(p->args));
    jw_str(w, buf_view(&b));
}

static void write_errors(struct ctx *c, struct jw *w, size_t n) {
    jw_key(w, S("errors"));
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        const struct problem *p = &c->problems.p[i];
        jw_object(w);
        jw_kstr(w, S("field"), p->field);
        jw_kstr(w, S("code"), p->code);
        jw_key(w, S("message"));
        message(c, w, p);
        jw_object_end(w);
    }
    jw_array_end(w);
}

/* Seconds. Who refuses for too many attempts says how long in its problem. */
static struct str retry_after(struct ctx *c, enum err e) {
    if (e != ERR_TOO_MANY)
        return S("1");
    const struct val *v = c->problems.n > 0 ? &c->problems.p[0].args[0] : NULL;
    long long s = v != NULL && v->type == VAL_I64 ? (long long)v->i : 10;
    return str_fmt(c->arena, "%lld", s);
}

static void write_problem(struct ctx *c, struct jw *w, enum err e,
                          size_t n_errors, struct str results) {
    struct buf title;
    buf_init(&title, c->arena, 1024);
    jw_object(w);
    jw_kstr(w, S("type"), S("about:blank"));
    jw_key(w, S("title"));
    message_title(&title, c->lang, e);
    jw_str(w, buf_view(&title));
    jw_ki64(w, S("status"), err_status(e));
    jw_kstr(w, S("code"), str_of(err_code(e)));
    jw_key(w, S("detail"));
    if (c->problems.n > 0)
        message(c, w, &c->problems.p[0]);
    else
        jw_str(w, buf_view(&title));
    write_errors(c, w, n_errors);
    jw_kstr(w, S("request_id"), c->request_id);
    if (results.n > 0) {
        jw_key(w, S("results"));
        jw_raw(w, results);
    }
    jw_object_end(w);
}

void reply_write_problem(struct ctx *c, struct jw *w, enum err e) {
    write_problem(c, w, e, c->problems.n, S(""));
}

void reply_problem(struct ctx *c, struct http_request *rq, enum err e,
                   struct str results) {
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, PROBLEM_MAX + results.n);
    jw_init(&w, &b);
    write_problem(c, &w, e, c->problems.n, results);
    if (!buf_ok(&b)) { /* names of fields can be as long as the request */
        buf_clear(&b);
        jw_init(&w, &b);
        write_problem(c, &w, e, 0, results);
    }
    http_reply_text(rq, err_status(e), "application/problem+json",
                    buf_view(&b));
    if (err_status(e) == 429 || err_status(e) == 503)
        http_reply_header(rq, "Retry-After", retry_after(c, e));
    if (e == ERR_UNAUTHENTICATED)
        http_reply_header(rq, "WWW-Authenticate", S("Bearer"));
}

#ifdef GX_TESTING
/* The testing build answers nothing that its own document does not allow. */
static void check_own(struct ctx *c, struct call *call) {
    struct str why;
    if (check_reply(c, call, &why))
        return;
    struct str pattern =
        call->route == NULL ? S("no route") : str_of(call->route->pattern);
    struct str line = str_fmt(
        c->arena, "reply does not match its shape: " STR_FMT ": %d: " STR_FMT,
        STR_ARG(pattern), call->rq->reply.status, STR_ARG(why));
    LOG(server_log(call->server), LEVEL_ERROR, str_cstr(c->arena, line),
        {"request_id", V(c->request_id)});
    fail_clear(c);
    reply_problem(c, call->rq, fail(c, ERR_INTERNAL, "", "internal"), S(""));
}
#endif

/* Data runs nothing and is shown in no frame, whatever a browser takes it for.
 */
#define DATA_POLICY "default-src 'none'; frame-ancestors 'none'; sandbox"
#define YEAR "max-age=31536000"

static bool has_header(const struct http_request *rq, const char *name) {
    for (size_t i = 0; i < rq->reply.n_headers; i++)
        if (str_eq_nocase(rq->reply.headers[i].name, str_of(name)))
            return true;
    return false;
}

void reply_transport(struct server *s, struct http_request *rq) {
    if (server_secure(s, rq))
        http_reply_header(rq, "Strict-Transport-Security", S(YEAR));
}

static void limit_headers(struct ctx *c, struct call *call) {
    const struct limit_state *l = &call->limit;
    reply_header(call, "RateLimit-Limit",
                 str_fmt(c->arena, "%lld", (long long)l->limit));
    reply_header(call, "RateLimit-Remaining",
                 str_fmt(c->arena, "%lld", (long long)l->remaining));
    reply_header(call, "RateLimit-Reset",
                 str_fmt(c->arena, "%lld", (long long)l->reset_s));
}

void reply_finish(struct ctx *c, struct call *call, enum err e) {
    struct http_request *rq = call->rq;
    if (e == OK && !buf_ok(&call->out))
        e = fail(c, ERR_TOO_LARGE, "", "page_too_large");
    if (e != OK) {
        reply_problem(c, rq, e, call->problem_results);
    } else if (call->status == 204 || call->status == 304) {
        http_reply_text(rq, call->status, "application/json", S(""));
    } else if (rq->reply.status == 0) {
        http_reply_text(rq, call->status == 0 ? 200 : call->status,
                        call->content_type == NULL ? "application/json"
                                                   : call->content_type,
                        buf_view(&call->out));
    }
#ifdef GX_TESTING
    check_own(c, call);
#endif
    if (call->limit.limited)
        limit_headers(c, call);
    http_reply_header(rq, "X-Request-Id", c->request_id);
    http_reply_header(rq, "Cache-Control", S("no-store"));
    asset_security_headers(rq);
    if (!has_header(rq, "Content-Security-Policy"))
        http_reply_header(rq, "Content-Security-Policy", S(DATA_POLICY));
    reply_transport(call->server, rq);
}

struct str reply_etag(struct ctx *c, const struct record *r) {
    struct buf view, tag;
    buf_init(&view, c->arena, 4096);
    buf_str(&view, c->actor->role_key);
    buf_byte(&view, '|');
    buf_i64(&view, (int64_t)c->lang);
    buf_byte(&view, '|');
    buf_i64(&view, c->registry->version);
    buf_byte(&view, '|');
    buf_i64(&view, (int64_t)c->actor->view);
    uint32_t hash = (uint32_t)str_hash(buf_view(&view));
    hash = htobe32(hash);
    buf_init(&tag, c->arena, 64);
    buf_byte(&tag, '"');
    buf_i64(&tag, record_rev(r));
    buf_byte(&tag, '.');
    buf_str(&tag, hex_text(c->arena, (struct str){(char *)&hash, sizeof hash}));
    buf_byte(&tag, '"');
    return buf_view(&tag);
}

/* The number before the '.' of a tag; 0 when it is none of ours. */
static int64_t tag_rev(struct str tag) {
    int64_t n = 0;
    size_t i = 0;
    for (; i < tag.n && tag.p[i] >= '0' && tag.p[i] <= '9' && i < 16; i++)
        n = n * 10 + (tag.p[i] - '0');
    return i == 0 || (i < tag.n && tag.p[i] != '.') ? 0 : n;
}

enum err reply_if_match(struct ctx *c, const struct call *call,
                        struct verb_revs *out) {
    struct str list = http_header_get(call->rq, "If-Match"), tag;
    bool weak;
    *out = (struct verb_revs){0};
    if (list.n == 0 || str_eqc(list, "*"))
        return OK;
    while (str_trim(list).n > 0) {
        if (!etag_next(&list, &tag, &weak) || weak || tag_rev(tag) == 0 ||
            out->n == VERB_REVS_MAX)
            return fail(c, ERR_MALFORMED, "If-Match", "bad_etag");
        out->rev[out->n++] = tag_rev(tag);
    }
    return out->n > 0 ? OK : fail(c, ERR_MALFORMED, "If-Match", "bad_etag");
}

/* Eight bytes a step: a list is hashed in microseconds. Told apart are versions
 * of one page, not enemies. */
static uint64_t quick_hash(struct str s) {
    uint64_t h = 0x9e3779b97f4a7c15u ^ s.n, v;
    for (; s.n >= 8; s = str_sub(s, 8, s.n)) {
        memcpy(&v, s.p, 8);
        h = (h ^ v) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return h ^ str_hash(s);
}

enum err reply_same(struct ctx *c, struct call *call) {
    struct str tag =
        str_fmt(c->arena, "W/\"%016llx\"",
                (unsigned long long)quick_hash(buf_view(&call->out)));
    reply_header(call, "ETag", tag);
    if (!etag_listed(http_header_get(call->rq, "If-None-Match"),
                     str_sub(tag, 3, tag.n - 1)))
        return OK;
    buf_clear(&call->out);
    call->status = 304;
    return OK;
}
