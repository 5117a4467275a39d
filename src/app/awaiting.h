/* Customers that policies and strategies would make tasks for if they acted
 * now: how many, which, and having them act. */
#ifndef APP_AWAITING_H
#define APP_AWAITING_H

#include "app/job.h"

enum awaited {
    AWAITED_CONTACT, /* a policy's rhythm */
    AWAITED_OWNER,   /* a policy's team takes them */
    AWAITED_UPGRADE, /* a policy's plans */
    AWAITED_CUT,
    AWAITED_STRATEGY, /* stand where a strategy is for */
    AWAITED_COUNT
};
/* "contact", "owner", "upgrade", "cut_cost", "strategy". */
struct str awaited_name(enum awaited a);
bool awaited_parse(struct str name, enum awaited *out);

struct awaiting_part {
    enum awaited what;
    int64_t *ids; /* all that qualify */
    size_t n;
    int64_t now; /* of them, those who would get tasks at once */
};
struct awaiting {
    bool active;   /* does it act by itself? */
    int64_t lines; /* tasks of each customer */
    struct awaiting_part parts[AWAITED_COUNT];
    size_t n;
};

/* Of entity "grade_policy" or "lifecycle_plan". An owner gets no more open
 * tasks than policy.tasks_per_owner, a policy has no more plans open than it
 * says: the others wait. For who may change it and see all customers and their
 * sales, else ERR_FORBIDDEN. ERR_NOT_FOUND. */
enum err awaiting_of(struct ctx *c, struct str entity, int64_t id,
                     struct awaiting *out) MUST_CHECK;
/* May the actor ask who waits so? The list shows customers in scope only, but
 * tells these of them: for who may read the policy or strategy, tasks, and the
 * fields of customers that decide, else ERR_FORBIDDEN, ERR_INVALID. */
enum err awaiting_need(struct ctx *c, enum awaited what) MUST_CHECK;
/* Those of one part, in sight or not; none when it has no such part.
 * ERR_NOT_FOUND. */
enum err awaiting_ids(struct ctx *c, enum awaited what, int64_t id,
                      int64_t **ids, size_t *n) MUST_CHECK;

/* Inside a write function: queues the job plan_tasks, which has it act.
 * ERR_CONFLICT plan_inactive; else as awaiting_of. */
enum err awaiting_start(struct ctx *c, struct str entity, int64_t id,
                        int64_t *job_id_out) MUST_CHECK;
/* Kind plan_tasks of app/job.h; result {"tasks":n,"customers":n} of a
 * strategy, {"tasks","assigned","plans"} of a policy. */
enum err plan_tasks_job(struct ctx *c, struct job_run *run,
                        struct job_end *end) MUST_CHECK;

#endif
