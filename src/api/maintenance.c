/* A server without a company. Owns nothing. Threads: the HTTP server's loop. */
#include "api/maintenance.h"

#include "api/reply.h"
#include "http/asset.h"
#include "http/field.h"
#include "http/server.h"

#define BODY_LEAST 4096
#define GRACE_MS 1000

static bool is_page(struct str path) {
    return !str_starts(path, S("/api/")) && !str_eqc(path, "/readyz") &&
           !str_eqc(path, "/metrics") && !str_eqc(path, "/healthz");
}

/* The process is well: who watches it shall not end it. */
static void alive(struct http_request *rq) {
    http_reply_text(rq, 200, "application/json", S("{\"status\":\"ok\"}"));
}

static void away(struct http_request *rq) {
    struct ctx c;
    ctx_init(&c, rq->arena);
    c.lang = accept_lang(http_header_get(rq, "Accept-Language"), LANG_ZH);
    reply_problem(&c, rq, fail(&c, ERR_UNAVAILABLE, "", "maintenance"), S(""));
}

static void answer(struct http_request *rq) {
    if (is_page(rq->path)) {
        asset_serve(&web_assets, rq);
        return;
    }
    if (str_eqc(rq->path, "/healthz"))
        alive(rq);
    else
        away(rq);
    http_reply_header(rq, "Cache-Control", S("no-store"));
    asset_security_headers(rq);
}

/* Nobody's file is taken only to be refused. */
static bool on_headers(void *user, struct http_request *rq,
                       struct http_accept *out) {
    out->max_body = BODY_LEAST;
    if (is_page(rq->path))
        return true;
    answer(rq);
    return false;
}

static enum http_turn on_request(void *user, struct http_request *rq) {
    answer(rq);
    return HTTP_DONE;
}

enum err maintenance_start(struct ctx *c, const struct server_options *o,
                           struct http_server **out) {
    struct http_config cfg = {
        .address = o->address,
        .port = o->port,
        .loops = 1,
        .on_headers = on_headers,
        .on_request = on_request,
    };
    return http_start(c, &cfg, out);
}

void maintenance_stop(struct http_server *h) {
    if (h != NULL)
        http_stop(h, GRACE_MS);
}
