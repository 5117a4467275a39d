/* Requests for grading runs. Owns nothing; the jobs' unique schedule keeps
 * several servers from planning the same night twice. */
#include "app/grade_request.h"

#include "app/due.h"
#include "store/actor.h"
#include "store/grades.h"
#include "store/job.h"
#include "store/store.h"

#define LATE_MS (24 * 3600 * 1000) /* whenever a server is started that day */

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
    int64_t due_ms, run_id, begun_ms;
    bool found;
    TRY(due_tonight(c, 0, LATE_MS, &due_ms));
    if (due_ms == 0)
        return OK;
    bool wanted;
    TRY(grades_last(c, &run_id, &begun_ms, &found));
    if (found && begun_ms >= due_ms)
        return OK;
    TRY(grades_wanted(c, &wanted));
    if (!wanted)
        return OK; /* nobody to grade, and no grade that could end */
    return store_write(c, LANE_JOB, plan, &due_ms);
}
