/* A company's time zone: the list of its offset changes from ICU's data, as a
 * value. Immutable after loading, so any thread may use it. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/ctx.h"
#include "base/time.h"

struct zone_change {
    int64_t from_ms;  /* UTC, the first instant of the offset */
    int32_t offset_s; /* east of UTC, daylight saving included */
};

struct zone {
    struct str name;                   /* as given, e.g. "Asia/Shanghai" */
    const struct zone_change *changes; /* rising; changes[0] is the beginning */
    size_t n;
};

/* Loads an IANA zone ("Asia/Shanghai", "Europe/London", "UTC") into c->arena,
 * with the changes of 1900 to 2100; the last offset holds after that.
 * ERR_INVALID "zone_unknown". */
enum err zone_load(struct ctx *c, struct str name,
                   const struct zone **out) MUST_CHECK;

/* Seconds east of UTC at an instant. */
int32_t zone_offset(const struct zone *z, int64_t ms);

/* The business day an instant falls on. */
int32_t zone_day(const struct zone *z, int64_t ms);

/* The instant of a wall-clock time. A time that a jump forward leaves out is
 * moved on by the jump; of one that comes twice the first is meant. */
int64_t zone_instant(const struct zone *z, int32_t day, int32_t ms);

/* The instant of a stamp: by its own offset if it has one, else in the zone. */
int64_t zone_stamp(const struct zone *z, struct stamp t);

#endif
