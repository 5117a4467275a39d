/* Drop decisions in force: what they ask of one customer, and the tasks they
 * made. */
#ifndef STORE_DROPS_H
#define STORE_DROPS_H

#include "db/db.h"

/* The condition of SQL that a decision with a measure is in force for the
 * customer of customer_stats s on the day bound as day; d is the decision. */
#define DROP_HOLDS(measure, day)                                               \
    "d.customer_id = s.id AND d.state = 'approved' AND d.deleted_at IS NULL"   \
    " AND d.effective_on <= " day " AND d.measures LIKE '%," measure ",%'"

struct drop_held {
    int64_t decision_id;
    int32_t from; /* the day it took effect */
    struct str terms;
};
/* The first decision with a measure ("fee" …) that is in force on a day. */
enum err drop_held(struct ctx *c, int64_t customer_id, struct str measure,
                   int32_t day, struct drop_held *out, bool *found) MUST_CHECK;

/* Tasks that a decision made, done or not, by id: live ones, and those that
 * went into the bin by an operation (0: none). */
struct drop_task {
    int64_t id;
    bool done, binned;
    struct str rule;  /* which fee: task.drop_rule */
    int64_t order_id; /* of which order, or 0 */
};
enum err drop_tasks(struct ctx *c, int64_t decision_id, int64_t operation,
                    struct drop_task **out, size_t *n) MUST_CHECK;

/* A task in the bin no longer comes back with what it went with. */
enum err drop_task_leave(struct ctx *c, int64_t task_id) MUST_CHECK;

/* Whose tasks a customer's are: 0 for nobody's. */
enum err drop_owner(struct ctx *c, int64_t customer_id,
                    int64_t *out) MUST_CHECK;

#endif
