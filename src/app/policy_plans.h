/* Plans by policy (R29, R30): tasks to raise customers who could be worth more,
 * and to serve for less those who could not. */
#ifndef APP_POLICY_PLANS_H
#define APP_POLICY_PLANS_H

#include "base/fold.h"
#include "store/policies.h"

/* Makes as many plans of a policy as may be open at a time and there are
 * candidates for; *made grows by them. Calls store_write; one write a policy,
 * so that two runs at a time don't make more. */
enum err policy_plan(struct ctx *c, const struct policy *p, enum lang lang,
                     int64_t *made) MUST_CHECK;

struct awaiting; /* app/awaiting.h */
/* Appends who would be planned for, and how many of them now. */
enum err policy_plans_awaiting(struct ctx *c, const struct policy *p,
                               struct awaiting *out) MUST_CHECK;

#endif
