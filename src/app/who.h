/* Tests of customers that rest on rules of the app: a list of customers asks
 * for them as would=… and awaits=… (store/customer_terms.h). */
#ifndef APP_WHO_H
#define APP_WHO_H

#include "app/grade.h"

/* The who_hook of the registry. would: those whom a trial of rules puts where
 * it says, as trial_text gives it; awaits=upgrade:3: those whom the policy or
 * strategy with that number would make a task for (app/awaiting.h). Only
 * customers the actor may see. With ids NULL it tells only whether one may ask.
 * ERR_INVALID not_trial, not_awaited; what what_if_need and awaiting_need
 * refuse, and of finding what_if and awaiting_ids. */
enum err who_ids(struct ctx *c, struct str name, struct str value,
                 int64_t **ids, size_t *n) MUST_CHECK;

#define TRIAL_ANY (-1)
/* To where, besides the tiers: a score 1…5 of R, F, M (which 0…2), whoever
 * would be in another tier or have another score, whoever brings a loss. */
#define TRIAL_SCORE(which, score) (10 + 5 * (which) + (score))
enum { TRIAL_MOVED = 30, TRIAL_RESCORED, TRIAL_LOSS, TRIAL_END };
/* "small:vip:100.2000.5000:8000.9500:12:sales:20.0.0.0.0:share": whom these
 * rules would move from one grade to the other; from TRIAL_ANY: whoever they
 * would put there, wherever he is; TIER_COUNT: not graded yet. */
struct str trial_text(struct ctx *c, const struct grade_rules *r, int from,
                      int to);

#endif
