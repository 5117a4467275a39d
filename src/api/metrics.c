/* Figures for Prometheus, in its text form 0.0.4. Owns nothing; counters are
 * read as they stand, what the database knows is asked under the route's
 * budget. */
#include "api/routes.h"

#include "api/dispatch.h"
#include "api/identify.h"
#include "api/meter.h"
#include "api/server.h"
#include "store/figures.h"
#include "store/store.h"

#include <unistd.h>

static void one(struct buf *b, const char *name, const char *type,
                const char *help, int64_t v) {
    meter_head(b, name, type, help);
    buf_fmt(b, "guanxi_%s %lld\n", name, (long long)v);
}

static void requests(struct buf *b, const struct server_figures *f) {
    meter_head(b, "http_requests_total", "counter", "Requests answered.");
    for (size_t i = 1; i < COUNT_OF(f->answers); i++)
        buf_fmt(b, "guanxi_http_requests_total{status=\"%zuxx\"} %llu\n", i,
                (unsigned long long)f->answers[i]);
}

static void seconds(struct buf *b, const char *name, const char *help,
                    int64_t ms) {
    meter_head(b, name, "gauge", help);
    buf_fmt(b, "guanxi_%s %lld.%03d\n", name, (long long)(ms / 1000),
            (int)(ms % 1000));
}

/* Of the one writer. */
static void writer(struct buf *b, const struct store_figures *f) {
    uint64_t so_far = 0;
    one(b, "writer_queue", "gauge", "Writes waiting for the one writer.",
        (int64_t)f->queued);
    one(b, "writer_groups_total", "counter", "Transactions it committed.",
        (int64_t)f->groups);
    one(b, "writer_writes_total", "counter", "Writes in them.",
        (int64_t)f->writes);
    one(b, "writer_slices_total", "counter", "Slices of jobs it ran.",
        (int64_t)f->slices);
    one(b, "writer_slices_slow_total", "counter",
        "Slices that took longer than 20 ms.", (int64_t)f->slow_slices);
    seconds(b, "writer_slice_slowest_seconds",
            "The longest slice since the start.", f->slowest_us / 1000);
    meter_head(b, "writer_group_size", "histogram",
               "Writes that shared a transaction.");
    for (size_t i = 0; i < STORE_GROUP_SIZES; i++) {
        so_far += f->sizes[i];
        buf_fmt(b, "guanxi_writer_group_size_bucket{le=\"%d\"} %llu\n", 1 << i,
                (unsigned long long)so_far);
    }
    buf_fmt(b,
            "guanxi_writer_group_size_bucket{le=\"+Inf\"} %llu\n"
            "guanxi_writer_group_size_sum %llu\n"
            "guanxi_writer_group_size_count %llu\n",
            (unsigned long long)so_far, (unsigned long long)f->writes,
            (unsigned long long)so_far);
}

static int64_t resident_bytes(void) {
    long long pages = 0, all;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%lld %lld", &all, &pages) != 2)
        pages = 0;
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static void process(struct buf *b, const struct server_figures *f) {
    one(b, "http_connections", "gauge", "Connections open now.",
        (int64_t)f->connections);
    one(b, "http_streams", "gauge", "Event streams open now.",
        (int64_t)f->streams);
    one(b, "pool_queue", "gauge", "Requests waiting for a worker.",
        (int64_t)f->pooled);
    one(b, "pool_requests_total", "counter",
        "Requests handed to the threads for slow work.", (int64_t)f->slow);
    one(b, "pool_workers", "gauge", "Threads for slow work.", f->workers);
    one(b, "resident_bytes", "gauge", "Memory of the process.",
        resident_bytes());
    seconds(b, "start_time_seconds", "When the server started.", f->started_ms);
}

static void database(struct buf *b, const struct figures *f) {
    one(b, "database_bytes", "gauge", "Size of the database.",
        f->database_bytes);
    one(b, "database_log_bytes", "gauge", "Size of its write-ahead log.",
        f->log_bytes);
    one(b, "customers", "gauge", "Customers, without those in the bin.",
        f->customers);
    one(b, "sessions", "gauge", "Sign-ins in force.", f->sessions);
    meter_head(b, "jobs", "gauge", "Jobs by state.");
    buf_fmt(b,
            "guanxi_jobs{state=\"queued\"} %lld\n"
            "guanxi_jobs{state=\"running\"} %lld\n"
            "guanxi_jobs{state=\"failed\"} %lld\n",
            (long long)f->queued, (long long)f->running, (long long)f->failed);
    if (!f->checked)
        return;
    one(b, "statistics_drift", "gauge",
        "Customers whose figures differed from a recount; must be 0.",
        f->drift);
    seconds(b, "statistics_checked_time_seconds", "When that was counted.",
            f->checked_at);
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
    struct figures d;
    struct buf *b = &call->out;
    TRY(check_reader(c, call));
    TRY(figures_read(c, &d));
    server_figures(call->server, &f);
    store_figures(c->store, &s);
    requests(b, &f);
    meter_print(server_meter(call->server), b);
    process(b, &f);
    if (store_one_writer(c->store))
        writer(b, &s);
    one(b, "read_only", "gauge", "1 when writing has failed for good.",
        store_read_only(c->store));
    database(b, &d);
    call->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return OK;
}

static const struct route routes[] = {
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

const struct route_list metrics_routes = {routes, COUNT_OF(routes)};
