/* By what customers that are not to come back are known again. Rows outlive the
 * customer's record and the decision's. */
#ifndef STORE_BARRED_H
#define STORE_BARRED_H

#include "store/scope.h"

/* One way to know somebody: kind "phone", "id_number", "tax_number" and the
 * value in the form of app/reentry.c. */
struct identity {
    struct str kind, value;
};

struct barred {
    struct identity by;
    int64_t customer_id, decision_id;
    int32_t decided_on;
};

/* The first row that has one of the identities; rows of except (0: nobody) do
 * not count. */
enum err barred_find(struct ctx *c, const struct identity *p, size_t n,
                     int64_t except, struct barred *out,
                     bool *found) MUST_CHECK;

/* Is anybody barred at all? */
enum err barred_any(struct ctx *c, bool *out) MUST_CHECK;

/* A decision that bars this very customer. */
enum err barred_by(struct ctx *c, int64_t customer_id, struct barred *out,
                   bool *found) MUST_CHECK;

/* Adds what is not there yet. */
enum err barred_add(struct ctx *c, const struct barred *b) MUST_CHECK;
/* Takes back what a decision barred. */
enum err barred_clear(struct ctx *c, int64_t decision_id) MUST_CHECK;

/* Where the decision of a bar is now. */
enum bar_decision { BAR_LIVE, BAR_BIN, BAR_GONE };
enum err bar_decision(struct ctx *c, int64_t decision_id,
                      enum bar_decision *out) MUST_CHECK;
/* What one decision bars; by id, in c->arena. */
struct bar {
    int64_t decision_id, customer_id;
    enum bar_decision decision;
    int32_t decided_on;
    struct str customer_name; /* empty: purged, or not to be seen */
    const struct identity *by;
    size_t n;
};
/* The newest `limit` decisions below before that bar somebody: those in a scope
 * of decisions, and those that are there no more when the customer is in the
 * other scope (NULL: none is), or is gone too and the first scope is
 * everything. Names of customers in the other scope. *more: there are older
 * ones. */
enum err bars_below(struct ctx *c, const struct scope *decisions,
                    const struct scope *customers, int64_t before, size_t limit,
                    struct bar **out, size_t *n, bool *more) MUST_CHECK;

/* Phones among a customer's contact points, as typed. */
enum err customer_phones(struct ctx *c, int64_t customer_id, struct str **out,
                         size_t *n) MUST_CHECK;

/* From which day on decisions in force ask that no orders are taken, or none on
 * credit. */
#define DROP_NEVER INT32_MAX
struct drop_asked {
    int32_t exit_from, prepay_from; /* DROP_NEVER: they don't */
};
enum err drop_asks(struct ctx *c, int64_t customer_id,
                   struct drop_asked *out) MUST_CHECK;
/* Another one when any decision has changed, come or been thrown out. */
struct drop_mark {
    int64_t revs, rows, last;
};
enum err drop_mark(struct ctx *c, struct drop_mark *out) MUST_CHECK;
bool drop_mark_same(struct drop_mark a, struct drop_mark b);

#endif
