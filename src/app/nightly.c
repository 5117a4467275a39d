/* The nightly recount, after margins that can be known by now were filled in;
 * at last the search index is tidied up. Owns nothing; the jobs' unique
 * schedule keeps several servers from planning the same night twice. */
#include "app/nightly.h"

#include "app/costs.h"
#include "app/due.h"
#include "app/slices.h"
#include "store/check.h"
#include "store/derived.h"
#include "store/stats.h"

#define AFTER_MS (3600 * 1000)    /* behind the grading */
#define LATE_MS (6 * 3600 * 1000) /* a server started later leaves it out */

static enum err plan(struct ctx *c, void *arg) {
    const int64_t *due_ms = arg;
    struct job_new n = {.kind = S("check"), .args = S("{}")};
    return job_plan(c, &n, S("check_nightly"), *due_ms);
}

enum err nightly_plan(struct ctx *c) {
    int64_t due_ms;
    int32_t last_sale;
    TRY(due_tonight(c, AFTER_MS, LATE_MS, &due_ms));
    if (due_ms == 0)
        return OK;
    TRY(stats_last_sale(c, &last_sale));
    return last_sale == 0 ? OK : store_write(c, LANE_JOB, plan, &due_ms);
}

/* --- the search index ----------------------------------------------------- */

#define MERGE_FIRST 64 /* pages */
#define MERGE_LEAST 16
#define MERGE_MOST 2000

struct merging {
    struct slices s;
    struct str entity;
};

static enum err merge(struct ctx *c, void *arg) {
    struct merging *m = arg;
    bool more;
    TRY(db_search_merge(c, m->entity, (int64_t)(m->s.to - m->s.from), &more));
    if (!more)
        m->s.to = m->s.from;
    return OK;
}

/* The day's changes have left pieces, each of which is looked into by each
 * search. */
static enum err tidy_search(struct ctx *c) {
    const struct model *model = c->registry->model;
    for (size_t i = 0; i < model->n; i++) {
        const struct entity *e = &model->entities[i];
        struct merging m = {.entity = e->name,
                            .s = {.step = "search",
                                  .n = SLICES_OPEN,
                                  .total = 1,
                                  .first = MERGE_FIRST,
                                  .least = MERGE_LEAST,
                                  .most = MERGE_MOST,
                                  .write = merge,
                                  .arg = &m}};
        if (entity_is_searched(registry_find(c->registry, e->name)->e))
            TRY(slices_run(c, &m.s));
    }
    return OK;
}

/* --- the job -------------------------------------------------------------- */

enum err nightly_job(struct ctx *c, struct job_run *run, struct job_end *end) {
    int64_t statistics, teams, margins;
    TRY(margins_fill(c, &margins));
    TRY(check_statistics(c, &statistics));
    TRY(check_teams(c, &teams));
    TRY(tidy_search(c));
    end->result = JSON_COUNTS(c->arena, {"statistics", statistics},
                              {"teams", teams}, {"margins", margins});
    return OK;
}
