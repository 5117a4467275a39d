/* Slows down guessing of passwords: failures of the last hour are counted per
 * login at one address, per address and per login. Past a free number each
 * further failure doubles the wait, up to a limit; nothing is ever locked for
 * good. */
#ifndef APP_THROTTLE_H
#define APP_THROTTLE_H

#include "base/ctx.h"

/* Counts one attempt as failed before it is tried, so that many at once gain
 * nothing. ERR_TOO_MANY when the caller must wait: the first argument of the
 * problem is the number of seconds. Calls store_write. */
enum err throttle_take(struct ctx *c, struct str login,
                       struct str address) MUST_CHECK;

/* The attempt was good: forgets the failures of this login at this address.
 * Inside a write function. */
enum err throttle_forgive(struct ctx *c, struct str login,
                          struct str address) MUST_CHECK;

/* free failures cost nothing, then first_s doubling up to max_s. */
struct throttle_rule {
    int64_t free, first_s, max_s;
};
/* Seconds to wait after the given number of failures; pure. */
int64_t throttle_wait_s(const struct throttle_rule *rule, int64_t failures);

#endif
