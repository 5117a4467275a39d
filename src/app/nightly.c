/* The nightly recount, after margins that can be known by now were filled in.
 * Owns nothing; the jobs' unique schedule keeps several
 * servers from planning the same night twice. */
#include "app/nightly.h"

#include "app/costs.h"
#include "base/zone.h"
#include "store/check.h"
#include "store/stats.h"

#define DUE_MS (3 * 3600 * 1000)  /* after midnight, behind the grading */
#define LATE_MS (6 * 3600 * 1000) /* a server started later leaves it out */

static enum err plan(struct ctx *c, void *arg) {
    const int64_t *due_ms = arg;
    struct job_new n = {.kind = S("check"), .args = S("{}")};
    return job_plan(c, &n, S("check_nightly"), *due_ms);
}

enum err nightly_plan(struct ctx *c) {
    int64_t due_ms =
        zone_instant(c->zone, zone_day(c->zone, c->now_ms), DUE_MS);
    int32_t last_sale;
    if (c->now_ms < due_ms || c->now_ms > due_ms + LATE_MS)
        return OK;
    TRY(stats_last_sale(c, &last_sale));
    return last_sale == 0 ? OK : store_write(c, LANE_JOB, plan, &due_ms);
}

enum err nightly_job(struct ctx *c, struct job_run *run, struct job_end *end) {
    int64_t statistics, teams, margins;
    struct buf b;
    struct jw w;
    TRY(margins_fill(c, &margins));
    TRY(check_statistics(c, &statistics));
    TRY(check_teams(c, &teams));
    buf_init(&b, c->arena, 4096);
    jw_init(&w, &b);
    jw_object(&w);
    jw_ki64(&w, S("statistics"), statistics);
    jw_ki64(&w, S("teams"), teams);
    jw_ki64(&w, S("margins"), margins);
    jw_object_end(&w);
    end->result = buf_view(&b);
    return OK;
}
