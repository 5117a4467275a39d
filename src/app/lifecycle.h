/* Strategies for where a relation stands (R47 to R49): a text and tasks, one a
 * line, for each stage of the lifecycle, level of relation and bond. The tasks
 * are made when a customer comes there; those of the last stage are the closing
 * checklist. */
#ifndef APP_LIFECYCLE_H
#define APP_LIFECYCLE_H

#include "store/ladder.h"
#include "store/record.h"

/* The defaults of whatever never had a plan. Inside a write function. */
enum err lifecycle_seed(struct ctx *c) MUST_CHECK;

/* Save hook of plans: each line of tasks is a title that a task takes and,
 * when it has some, days that due_days of a plan takes. ERR_INVALID
 * lifecycle_task_line. */
enum err lifecycle_plan_save(struct ctx *c, enum save_op op,
                             const struct record *before,
                             const struct record *after);

/* A line of a plan's tasks. */
struct lifecycle_task {
    struct str title;
    int64_t due_days; /* its own, else the plan's */
};
/* Takes the next one off `rest`, which is p->tasks at first; false: there is no
 * more. */
bool lifecycle_next(const struct ctx *c, const struct lifecycle_plan *p,
                    struct str *rest, struct lifecycle_task *out);

/* A customer, and where he came. */
struct lifecycle_entry {
    int64_t customer_id, owner_id; /* 0: nobody */
    struct str field, value; /* lifecycle_stage, relation_level or bonds */
};
/* Makes the tasks of its plan, if that is active: those the customer has not
 * still to be done. They are the owner's. Inside a write function; acts for the
 * company, whoever asked. */
enum err lifecycle_enter(struct ctx *c,
                         const struct lifecycle_entry *e) MUST_CHECK;

/* Save hook part of customers: enters the level and the bonds that are new.
 * before is NULL for a new one. */
enum err lifecycle_customer_save(struct ctx *c, enum save_op op,
                                 const struct record *before,
                                 const struct record *after) MUST_CHECK;

#endif
