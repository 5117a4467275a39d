/* Which questions took long lately: those are not tried where others would wait
 * for them. */
#ifndef API_PACE_H
#define API_PACE_H

#include "http/server.h"

#include <stdatomic.h>

/* Alike for what takes alike: the same question on another page counts as the
 * same, and so do searches for texts of the same kind and length. */
uint64_t pace_question(const struct http_request *rq);

/* slow_until: see server_slow. */
bool pace_is_slow(const _Atomic int64_t *slow_until);

/* A question that took long twice, with nothing quick between, is slow for a
 * while. */
void pace_note(_Atomic int64_t *slow_until, bool slow);

#endif
