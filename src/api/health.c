/* Is the server up, can it work, what has it done: for supervisors, load
 * balancers and Prometheus. Reads counters only; owns nothing. */
#include "api/routes.h"

#include "api/dispatch.h"
#include "api/identify.h"
#include "api/server.h"
#include "store/store.h"

/* The process answers: no database is asked. */
static enum err healthz(struct ctx *c, struct call *call) {
    jw_object(&call->w);
    jw_kstr(&call->w, S("status"), S("ok"));
    jw_object_end(&call->w);
    return OK;
}

/* The database can be read and written. */
static enum err readyz(struct ctx *c, struct call *call) {
    TRY(store_ready(c));
    return healthz(c, call);
}

static void metric(struct buf *b, const char *name, const char *type,
                   const char *help) {
    buf_fmt(b, "# HELP guanxi_%s %s\n# TYPE guanxi_%s %s\n", name, help, name,
            type);
}

static void one(struct buf *b, const char *name, const char *type,
                const char *help, uint64_t v) {
    metric(b, name, type, help);
    buf_fmt(b, "guanxi_%s %llu\n", name, (unsigned long long)v);
}

static void requests(struct buf *b, const struct server_figures *f) {
    metric(b, "http_requests_total", "counter", "Requests answered.");
    for (size_t i = 1; i < COUNT_OF(f->answers); i++)
        buf_fmt(b, "guanxi_http_requests_total{status=\"%zuxx\"} %llu\n", i,
                (unsigned long long)f->answers[i]);
}

static void writer(struct buf *b, const struct store_figures *f) {
    one(b, "writer_queue", "gauge", "Writes waiting for the one writer.",
        f->queued);
    one(b, "writer_groups_total", "counter", "Transactions it committed.",
        f->groups);
    one(b, "writer_writes_total", "counter", "Writes in them.", f->writes);
}

/* Told on this machine to anybody, elsewhere to an administrator's token. */
static enum err check_reader(struct ctx *c, const struct call *call) {
    bool trusted = server_options(call->server)->trusted_proxy;
    struct str from = identify_address(call->rq, trusted);
    if (str_starts(from, S("127.")) || str_eqc(from, "::1"))
        return OK;
    if (c->actor == NULL)
        return fail(c, ERR_UNAUTHENTICATED, "", "sign_in_required");
    return c->actor->admin ? OK : fail(c, ERR_FORBIDDEN, "", "forbidden");
}

static enum err metrics(struct ctx *c, struct call *call) {
    struct server_figures f;
    struct store_figures s;
    struct buf *b = &call->out;
    TRY(check_reader(c, call));
    server_figures(call->server, &f);
    store_figures(c->store, &s);
    requests(b, &f);
    one(b, "http_connections", "gauge", "Connections open now.", f.connections);
    one(b, "http_streams", "gauge", "Event streams open now.", f.streams);
    one(b, "pool_queue", "gauge", "Requests waiting for a worker.", f.pooled);
    if (store_one_writer(c->store))
        writer(b, &s);
    one(b, "read_only", "gauge", "1 when writing has failed for good.",
        store_read_only(c->store));
    call->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return OK;
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/healthz",
     .fn = healthz,
     .auth = AUTH_NONE,
     .run = RUN_BARE,
     .doc = "Is the process up?",
     .tag = "service",
     .out = "health"},
    {.method = HTTP_GET,
     .pattern = "/readyz",
     .fn = readyz,
     .auth = AUTH_NONE,
     .run = RUN_FAST,
     .doc = "Can the database be read and written? 503 otherwise.",
     .tag = "service",
     .out = "health"},
    {.method = HTTP_GET,
     .pattern = "/metrics",
     .fn = metrics,
     .auth = AUTH_NONE,
     .run = RUN_FAST,
     .doc = "Figures for Prometheus; from other machines with an "
            "administrator's token.",
     .tag = "service",
     .out = "text/plain"},
};

const struct route_list health_routes = {routes, COUNT_OF(routes)};
