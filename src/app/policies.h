/* Policies by grade that act (R29, R30): contact tasks by the rhythm of the
 * grade, customers without an owner to the team in charge, plans to raise some
 * and to serve some for less. What they do names the policy (task.policy_id),
 * what it is (policy_action) and its rule in words. */
#ifndef APP_POLICIES_H
#define APP_POLICIES_H

#include "store/policies.h"

/* The defaults of grades that never had a policy. Inside a write function. */
enum err policies_seed(struct ctx *c) MUST_CHECK;

struct policies_done {
    int64_t tasks, assigned, plans;
};

/* Lets every active policy act, or `only` the one with that id (0: all), the
 * best grade first. No owner gets more open tasks of the program than
 * policy.tasks_per_owner: those with the most sales come first, then those
 * without contact for longest; the others when these are done and it acts
 * again. In slices, each a write of its own; acts for the company, whoever
 * asked. What was done before is not done twice. ERR_CANCELLED between slices.
 */
enum err policies_act(struct ctx *c, int64_t only,
                      struct policies_done *out) MUST_CHECK;

struct awaiting; /* app/awaiting.h */
/* What a policy would do if it acted now, active or not. */
enum err policies_awaiting(struct ctx *c, const struct policy *p,
                           struct awaiting *out) MUST_CHECK;

#endif
