/* Idempotency-Key: a write that is asked for twice happens once (DESIGN W4).
 * The row with the answer is written in the transaction of the write; for
 * routes that run no transaction of their own (RUN_FREE) it is written before
 * and after. Refused requests leave nothing and may be tried again. */
#ifndef API_ONCE_H
#define API_ONCE_H

#include "api/route.h"

/* Does the request bring a key that is to be minded? */
bool once_wanted(const struct ctx *c, const struct call *call);

/* Runs fn, or repeats what was answered to the same request before, with the
 * header Idempotency-Replayed: true. ERR_CONFLICT idempotency_in_flight while
 * the first is under way, idempotency_no_answer when its answer was not kept;
 * ERR_INVALID idempotency_mismatch for another request. */
enum err once_run(struct ctx *c, struct call *call, route_fn fn) MUST_CHECK;

#endif
