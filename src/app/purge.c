/* The nightly purge of the bin. Owns nothing; a job's thread. Each slice is a
 * transaction of its own, short enough to let others write between. */
#include "app/purge.h"

#include "app/pace.h"
#include "app/settings.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/purge.h"

#define DUE_MS ((3 * 60 + 40) * 60 * 1000) /* behind the nightly recount */
#define LATE_MS (6 * 3600 * 1000) /* a server started later leaves it out */
#define SLICE 5                   /* records, to begin with */
#define SLICE_MOST 100

enum err purge_before(struct ctx *c, int64_t *out) {
    int64_t days;
    TRY(settings_i64(c, SETTING_BIN_KEEP_DAYS, &days));
    *out = days == 0 ? 0 : c->now_ms - days * DAY_MS;
    return OK;
}

static enum err plan(struct ctx *c, void *arg) {
    const int64_t *due_ms = arg;
    struct job_new n = {.kind = S("bin_purge"), .args = S("{}")};
    return job_plan(c, &n, S("bin_purge"), *due_ms);
}

enum err purge_plan(struct ctx *c) {
    int64_t before;
    int64_t due_ms =
        zone_instant(c->zone, zone_day(c->zone, c->now_ms), DUE_MS);
    if (c->now_ms < due_ms || c->now_ms > due_ms + LATE_MS)
        return OK;
    TRY(purge_before(c, &before));
    return before == 0 ? OK : store_write(c, LANE_JOB, plan, &due_ms);
}

struct slice {
    struct job_run *run;
    const struct entity_info *info;
    struct pace pace;
    int64_t before, gone, total;
};

static enum err write_slice(struct ctx *c, void *arg) {
    struct slice *s = arg;
    TRY(purge_slice(c, s->info, s->before, (int)s->pace.step, &s->gone));
    struct job_step step = {.done = s->total + s->gone};
    return job_chunk(c, s->run, &step);
}

static enum err one_slice(struct ctx *c, struct slice *s) {
    struct arena *own = c->arena, *a = arena_new();
    c->arena = a;
    size_t records = s->pace.step;
    enum err e = pace_write(c, &s->pace, records, write_slice, s);
    if (s->gone == 0) /* it tells nothing of the next one */
        s->pace.step = records;
    s->total += e == OK ? s->gone : 0;
    struct job_step step = {.done = s->total};
    if (e == OK)
        e = job_chunk_done(c, s->run, &step);
    c->arena = own;
    if (e != OK)
        fail_keep(c, own);
    arena_free(a);
    return e;
}

/* All slices of all entities; children before parents takes several rounds. */
static enum err round_of(struct ctx *c, struct slice *s) {
    for (size_t n = 0; n < c->registry->model->n; n++) {
        s->info = &c->registry->info[n];
        if (!purge_takes(c, s->info))
            continue;
        do
            TRY(one_slice(c, s));
        while (s->gone > 0);
    }
    return OK;
}

enum err purge_job(struct ctx *c, struct job_run *run, struct job_end *end) {
    struct slice s = {.run = run, .pace = pace_begin(SLICE, SLICE_MOST)};
    int64_t last = -1;
    TRY(purge_before(c, &s.before));
    while (s.before != 0 && s.total != last) {
        last = s.total;
        TRY(round_of(c, &s));
    }
    end->result = str_fmt(c->arena, "{\"gone\":%lld}", (long long)s.total);
    return OK;
}
