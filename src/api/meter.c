/* Counters by route. Owns: nothing, the arena does. Threads: any; every figure
 * is an atomic of its own, so a reader may see one request in the sum that is
 * not yet in a bucket: Prometheus lives with that.
 * Invariant: a slot belongs to one row of the route table; the last one to
 * what has no route. */
#include "api/meter.h"

#include <stdatomic.h>

#define CLASSES 6 /* by the first digit of the status */

static const struct {
    int64_t us;
    const char *text; /* in seconds */
} buckets[] = {
    {1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},
    {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"},
    {1000000, "1"},   {2500000, "2.5"}, {10000000, "10"}, {INT64_MAX, "+Inf"},
};

struct series {
    _Atomic uint64_t counts[COUNT_OF(buckets)];
    _Atomic uint64_t sum_us;
};

struct meter {
    size_t n; /* slots, the one without a route included */
    struct series (*slots)[CLASSES];
};

struct meter *meter_new(struct arena *a) {
    struct meter *m = NEW(a, struct meter);
    m->n = 1;
    for (size_t l = 0; all_routes[l] != NULL; l++)
        m->n += all_routes[l]->n;
    m->slots = arena_alloc_array(a, m->n, sizeof *m->slots);
    return m;
}

static size_t slot_of(const struct meter *m, const struct route *route) {
    size_t before = 0;
    for (size_t l = 0; route != NULL && all_routes[l] != NULL; l++) {
        const struct route_list *list = all_routes[l];
        if (route >= list->p && route < list->p + list->n)
            return before + (size_t)(route - list->p);
        before += list->n;
    }
    return m->n - 1;
}

void meter_count(struct meter *m, const struct route *route, int status,
                 int64_t us) {
    size_t class = status >= 100 && status < 600 ? (size_t)status / 100 : 0,
           b = 0;
    struct series *s = &m->slots[slot_of(m, route)][class];
    while (us > buckets[b].us)
        b++;
    atomic_fetch_add_explicit(&s->counts[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->sum_us, (uint64_t)us, memory_order_relaxed);
}

static uint64_t answers(const struct series *s) {
    uint64_t n = 0;
    for (size_t b = 0; b < COUNT_OF(buckets); b++)
        n += atomic_load_explicit(&s->counts[b], memory_order_relaxed);
    return n;
}

void meter_totals(const struct meter *m, uint64_t out[6]) {
    for (size_t class = 0; class < CLASSES; class ++) {
        out[class] = 0;
        for (size_t i = 0; i < m->n; i++)
            out[class] += answers(&m->slots[i][class]);
    }
}

void meter_head(struct buf *out, const char *name, const char *type,
                const char *help) {
    buf_fmt(out, "# HELP guanxi_%s %s\n# TYPE guanxi_%s %s\n", name, help, name,
            type);
}

static void labels(struct buf *out, const struct route *r, size_t class) {
    static const char *const methods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                          "PATCH", "DELETE", "OPTIONS"};
    buf_fmt(out, "method=\"%s\",route=\"%s\",status=\"%zuxx\"",
            r == NULL ? "" : methods[r->method], r == NULL ? "" : r->pattern,
            class);
}

static void print(struct buf *out, const struct series *s,
                  const struct route *r, size_t class) {
    uint64_t so_far = 0;
    for (size_t b = 0; b < COUNT_OF(buckets); b++) {
        so_far += atomic_load_explicit(&s->counts[b], memory_order_relaxed);
        buf_cstr(out, "guanxi_http_request_duration_seconds_bucket{");
        labels(out, r, class);
        buf_fmt(out, ",le=\"%s\"} %llu\n", buckets[b].text,
                (unsigned long long)so_far);
    }
    buf_cstr(out, "guanxi_http_request_duration_seconds_sum{");
    labels(out, r, class);
    uint64_t us = atomic_load_explicit(&s->sum_us, memory_order_relaxed);
    buf_fmt(out, "} %llu.%06llu\n", (unsigned long long)(us / 1000000),
            (unsigned long long)(us % 1000000));
    buf_cstr(out, "guanxi_http_request_duration_seconds_count{");
    labels(out, r, class);
    buf_fmt(out, "} %llu\n", (unsigned long long)so_far);
}

static const struct route *route_at(size_t slot) {
    for (size_t l = 0; all_routes[l] != NULL; slot -= all_routes[l++]->n)
        if (slot < all_routes[l]->n)
            return &all_routes[l]->p[slot];
    return NULL;
}

void meter_print(const struct meter *m, struct buf *out) {
    meter_head(out, "http_request_duration_seconds", "histogram",
               "From the whole request to its answer, by route.");
    for (size_t i = 0; i < m->n; i++)
        for (size_t class = 1; class < CLASSES; class ++)
            if (answers(&m->slots[i][class]) > 0)
                print(out, &m->slots[i][class], route_at(i), class);
}
