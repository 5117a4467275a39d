/* Grading: the pyramid tier, ABC class and R-F-M scores of customers against
 * the newest ruler, dated history, and why. */
#ifndef APP_GRADE_H
#define APP_GRADE_H

#include "app/ruler.h"
#include "base/json.h"

/* The company's rules as they stand now (settings), as_of included. */
enum err grade_rules(struct ctx *c, struct value_rules *out) MUST_CHECK;

/* The report over all customers with sales, company-wide, and the customer ids
 * of its rows. Read only. */
enum err grade_report(struct ctx *c, struct value_rules rules,
                      struct value_report *report, int64_t **ids) MUST_CHECK;

/* Told after each slice of a run. */
typedef void (*grade_progress)(void *arg, int64_t done, int64_t total);

struct grade_result {
    int64_t run_id, customers, changed;
    int32_t as_of;
};

/* Grades everybody: makes a new ruler, then scores customers in slices, each a
 * write of its own; a cancelled or broken run leaves the old ruler in force.
 * Calls store_write; c->cancelled stops it. */
enum err grade_run(struct ctx *c, grade_progress progress, void *arg,
                   struct grade_result *out) MUST_CHECK;

/* One customer against the newest ruler; inside the write that changed its
 * figures. Nothing happens before the first run. */
enum err grade_rescore(struct ctx *c, int64_t customer_id) MUST_CHECK;

/* Appends the explanation of GET /customers/{id}/why: figures, ruler, orders.
 * The caller has checked that the actor may see the customer. */
enum err grade_why(struct ctx *c, int64_t customer_id, struct jw *w) MUST_CHECK;

#endif
