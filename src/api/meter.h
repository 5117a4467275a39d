/* What the server has answered since its start, by route: counts and a
 * histogram of durations for Prometheus. Counting is lock-free, from any
 * thread. */
#ifndef API_METER_H
#define API_METER_H

#include "api/route.h"

struct meter;

/* Lives in the arena. */
struct meter *meter_new(struct arena *a);

/* route NULL: a page of the interface, or no route at all. */
void meter_count(struct meter *m, const struct route *route, int status,
                 int64_t us);

/* Answers by the first digit of their status, all routes together. */
void meter_totals(const struct meter *m, uint64_t out[6]);

/* Appends guanxi_http_request_duration_seconds of the routes that were used. */
void meter_print(const struct meter *m, struct buf *out);

/* A line each for HELP and TYPE. */
void meter_head(struct buf *out, const char *name, const char *type,
                const char *help);

#endif
