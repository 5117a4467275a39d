/* Requests for grading runs. Owns nothing; the jobs' unique schedule keeps
 * several servers from planning the same night twice. */
#include "app/grade_request.h"

#include "base/zone.h"
#include "store/actor.h"
#include "store/grades.h"
#include "store/job.h"
#include "store/stats.h"
#include "store/store.h"

#define NIGHT_MS (2 * 3600 * 1000)

enum err grade_request(struct ctx *c, int64_t *job_id_out) {
    TRY(job_queued(c, S("grade"), job_id_out));
    if (*job_id_out != 0)
        return OK;
    struct job_new n = {
        .kind = S("grade"), .args = S("{}"), .owner_id = c->actor->user_id};
    return job_create(c, &n, job_id_out);
}

static enum err plan(struct ctx *c, void *arg) {
    const int64_t *due_ms = arg;
    struct job_new n = {.kind = S("grade"), .args = S("{}")};
    return job_plan(c, &n, S("grade_nightly"), *due_ms);
}

enum err grade_plan(struct ctx *c) {
    int64_t due_ms =
        zone_instant(c->zone, zone_day(c->zone, c->now_ms), NIGHT_MS);
    int64_t run_id, begun_ms;
    bool found;
    if (c->now_ms < due_ms)
        return OK;
    int32_t last_sale;
    TRY(grades_last(c, &run_id, &begun_ms, &found));
    if (found && begun_ms >= due_ms)
        return OK;
    TRY(stats_last_sale(c, &last_sale));
    if (last_sale == 0)
        return OK; /* nobody to grade */
    return store_write(c, LANE_JOB, plan, &due_ms);
}
