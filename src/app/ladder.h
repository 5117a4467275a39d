/* The ladder of relations kept right: derived in the transaction that changes
 * its facts, and for everybody at each grading, for what time alone changes. */
#ifndef APP_LADDER_H
#define APP_LADDER_H

#include "app/rungs.h"
#include "base/json.h"
#include "store/record.h"

/* The company's limits on today's day. */
enum err ladder_limits(struct ctx *c, struct ladder_limits *out) MUST_CHECK;

/* ladder_judge with the first contact's day in the company's zone. */
void ladder_judge_now(struct ctx *c, const struct ladder_facts *f,
                      const struct ladder_limits *l,
                      struct ladder_verdict *out);
/* Appends the member "limits". */
void ladder_put_limits(struct jw *w, const struct ladder_limits *l);

/* Derives one customer, and who referred him, from what the transaction has
 * written; notes a move and makes the tasks of the stage he came into. id 0 is
 * nobody. Inside a write function. */
enum err ladder_refresh(struct ctx *c, int64_t customer_id) MUST_CHECK;

/* Save hook part of customers: referrals in a circle (ERR_INVALID
 * referral_circle) and an end without a reason (ended_reason) are refused. */
enum err ladder_customer_save(struct ctx *c, enum save_op op,
                              const struct record *before,
                              const struct record *after) MUST_CHECK;

/* A new customer comes into the stage of life that he stands on from the start,
 * and gets its tasks; into another he came when it was derived. After the hook,
 * inside the same write. */
enum err ladder_begin(struct ctx *c, const struct record *new) MUST_CHECK;
enum err ladder_begin_all(struct ctx *c, struct record *const *new,
                          size_t n) MUST_CHECK;

/* Derives everybody anew, in slices, each a write of its own; *moved counts
 * those that were not where they are now. Calls store_write; c->work stops
 * it between slices. */
enum err ladder_run(struct ctx *c, int64_t *moved) MUST_CHECK;

/* The same behind a nightly grading: in a large company (app/followed.h) only
 * those are looked at whose facts have changed since the last time, and those
 * whom a day that has come concerns. */
enum err ladder_follow(struct ctx *c, int64_t *moved) MUST_CHECK;

/* Appends the answer of GET /customers/{id}/ladder: where the customer stands,
 * the facts, the rules that decided, what is missing to the next rung, the
 * strategies of his stage, level and bonds. The caller has checked that the
 * actor may see the customer. */
enum err ladder_why(struct ctx *c, const struct record *customer,
                    struct jw *w) MUST_CHECK;

#endif
