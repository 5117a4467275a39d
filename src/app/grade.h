/* Grading: the pyramid tier, ABC class and R-F-M scores of customers against
 * the newest ruler, dated history, and why. */
#ifndef APP_GRADE_H
#define APP_GRADE_H

#include "app/ruler.h"
#include "base/json.h"

/* What grades follow from. */
struct grade_rules {
    struct value_rules value;
    struct ruler_basis basis;
    int months; /* of the contribution; 0: all time */
};

/* Settings have limits of money in hundredths, rules in 10^-6. */
#define CENT_TO_MICRO 10000

/* The company's rules as they stand now (settings), as_of included. */
enum err grade_rules(struct ctx *c, struct grade_rules *out) MUST_CHECK;
/* Contribution of the months before as_of. */
void grade_set_window(struct grade_rules *r, int months);

/* Everybody with sales, graded, company-wide. Rows, figures and ids go by id.
 */
struct graded {
    struct value_report report; /* order: by contribution */
    struct customer_figures *figures;
    int64_t *ids;
    struct ruler ruler;
    int64_t total;    /* contributions, 10^-6 */
    int64_t unknown;  /* what contribution_all counts */
    int64_t orders;   /* of all of them */
    int64_t *by_hand; /* ids of customers with a grade set by hand, rising */
    size_t n_by_hand;
};
/* From the mirror, without reading orders or statistics; in c->arena. The rows'
 * ids as text are empty. */
enum err grade_report(struct ctx *c, const struct grade_rules *rules,
                      struct graded *out) MUST_CHECK;

/* The tier of a customer: bad credit (1) caps it at small. */
enum tier grade_cap(const struct customer_figures *f, enum tier t);

struct grade_result {
    int64_t run_id, customers, changed;
    int32_t as_of;
};

/* Grades everybody: makes a new ruler, then writes, in slices of some
 * milliseconds, each a write of its own, the customers whose scores are other
 * ones by it; a cancelled or broken run leaves the old ruler in force.
 * Calls store_write; c->work stops it. */
enum err grade_run(struct ctx *c, struct grade_result *out) MUST_CHECK;

/* One customer against the newest ruler; inside the write that changed its
 * figures. Before the first run there is none: a grade set by hand and the
 * usual interval are written all the same. */
enum err grade_rescore(struct ctx *c, int64_t customer_id) MUST_CHECK;
/* A document went from this customer to another: names it in the log, where
 * the document itself tells the new one alone and a grading at work, or the
 * next, would pass this one by. 0 is nobody. */
enum err grade_left(struct ctx *c, int64_t customer_id) MUST_CHECK;
/* The same after somebody set a grade by hand, or gave it another reason or
 * day: that stands in the history also where no grade moves. */
enum err grade_rescore_by_hand(struct ctx *c, int64_t customer_id) MUST_CHECK;
/* The same after costs to serve or margins alone have changed: nothing happens
 * unless the newest ruler goes by profit. */
enum err grade_rescore_costs(struct ctx *c, int64_t customer_id) MUST_CHECK;

#endif
