/* The nightly purge of the bin. Owns nothing; a job's thread. Each slice is a
 * transaction of its own, short enough to let others write between. */
#include "app/purge.h"

#include "app/due.h"
#include "app/purge_chosen.h"
#include "app/settings.h"
#include "app/slices.h"
#include "base/time.h"
#include "base/zone.h"
#include "store/purge.h"

#define AFTER_MS (100 * 60 * 1000) /* behind the nightly recount */
#define LATE_MS (6 * 3600 * 1000)  /* a server started later leaves it out */
#define SLICE_FIRST 5              /* records */
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
    int64_t before, due_ms;
    TRY(due_tonight(c, AFTER_MS, LATE_MS, &due_ms));
    if (due_ms == 0)
        return OK;
    TRY(purge_before(c, &before));
    return before == 0 ? OK : store_write(c, LANE_JOB, plan, &due_ms);
}

struct purging {
    struct slices s; /* of one entity */
    struct job_step told;
    const struct entity_info *info;
    int64_t before, gone, total;
};

static enum err write_slice(struct ctx *c, void *arg) {
    struct purging *x = arg;
    TRY(purge_slice(c, x->info, x->before, (int)(x->s.to - x->s.from),
                    &x->gone));
    x->s.to = x->s.from + (size_t)x->gone;
    return OK;
}

static void count(void *arg) {
    struct purging *x = arg;
    x->total += x->gone;
    x->told.done = x->total;
}

/* All slices of all entities; children before parents takes several rounds. */
static enum err round_of(struct ctx *c, struct purging *x) {
    for (size_t n = 0; n < c->registry->model->n; n++) {
        x->info = &c->registry->info[n];
        if (!purge_takes(c, x->info))
            continue;
        x->s = (struct slices){.step = "purge",
                               .n = SLICES_OPEN,
                               .total = 1, /* unknown */
                               .first = SLICE_FIRST,
                               .least = 1,
                               .most = SLICE_MOST,
                               .write = write_slice,
                               .wrote = count,
                               .arg = x};
        TRY(slices_run(c, &x->s));
    }
    return OK;
}

static enum err rounds(struct ctx *c, struct purging *x) {
    int64_t last = -1;
    while (x->before != 0 && x->total != last) {
        last = x->total;
        TRY(round_of(c, x));
    }
    return OK;
}

enum err purge_job(struct ctx *c, struct job_run *run, struct job_end *end) {
    struct purging x = {.gone = 0};
    json_t *args;
    TRY(json_read(c, run->job.args, &args));
    if (json_object_get(args, "chosen") != NULL)
        return purge_chosen_job(c, run, args, end);
    TRY(purge_before(c, &x.before));
    run->counts = &x.told;
    enum err e = rounds(c, &x);
    run->counts = NULL;
    end->result = JSON_COUNTS(c->arena, {"gone", x.total});
    return e;
}
