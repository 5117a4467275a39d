/* Time zones as tables made from ICU's transitions. ICU is used while loading
 * only; lookups are a binary search. */
#include "base/zone.h"

#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#define MAX_NAME 64
#define FROM_DAY (-25567) /* 1900-01-01 */
#define TO_DAY 47482      /* 2100-01-01 */

static void close_calendar(void *cal) {
    ucal_close(cal);
}

static enum err unknown(struct ctx *c, struct str name) {
    return failv(c, ERR_INVALID, S("zone"), "zone_unknown",
                 ARGS(V(str_sub(name, 0, MAX_NAME))));
}

/* Opens a calendar of a zone that ICU's data knows by this name; anything else
 * would quietly become GMT. */
static UCalendar *open_calendar(struct str name) {
    char text[MAX_NAME + 1] = {0};
    UChar id[MAX_NAME + 1], canonical[MAX_NAME + 1];
    if (name.n == 0 || name.n > MAX_NAME)
        return NULL;
    memcpy(text, name.p, name.n);
    UErrorCode e = U_ZERO_ERROR;
    int32_t n = 0;
    UBool is_system = false;
    u_strFromUTF8(id, MAX_NAME, &n, text, (int32_t)name.n, &e);
    ucal_getCanonicalTimeZoneID(id, n, canonical, MAX_NAME, &is_system, &e);
    if (U_FAILURE(e) || !is_system)
        return NULL;
    UCalendar *cal = ucal_open(id, n, "en", UCAL_GREGORIAN, &e);
    return U_FAILURE(e) ? NULL : cal;
}

static int32_t offset_at(UCalendar *cal, double at, UErrorCode *e) {
    ucal_setMillis(cal, at, e);
    return (ucal_get(cal, UCAL_ZONE_OFFSET, e) +
            ucal_get(cal, UCAL_DST_OFFSET, e)) /
           1000;
}

enum err zone_load(struct ctx *c, struct str name, const struct zone **out) {
    UCalendar *cal = open_calendar(name);
    if (cal == NULL)
        return unknown(c, name);
    arena_defer(c->arena, close_calendar, cal);
    VEC(struct zone_change) v = {0};
    UErrorCode e = U_ZERO_ERROR;
    double at = (double)FROM_DAY * DAY_MS;
    for (;;) {
        int32_t offset = offset_at(cal, at, &e);
        if (U_FAILURE(e))
            return unknown(c, name);
        if (v.n == 0 || v.p[v.n - 1].offset_s != offset)
            *VEC_PUSH(c->arena, &v) = (struct zone_change){(int64_t)at, offset};
        UDate next;
        bool more = ucal_getTimeZoneTransitionDate(cal, UCAL_TZ_TRANSITION_NEXT,
                                                   &next, &e);
        if (!more || U_FAILURE(e) || next >= (double)TO_DAY * DAY_MS)
            break;
        at = next;
    }
    v.p[0].from_ms = INT64_MIN;
    struct zone *z = NEW(c->arena, struct zone);
    *z = (struct zone){str_dup(c->arena, name), v.p, v.n};
    *out = z;
    return OK;
}

/* Index of the change in force at ms. */
static size_t find(const struct zone *z, int64_t ms) {
    size_t lo = 0, hi = z->n;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (z->changes[mid].from_ms <= ms)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

int32_t zone_offset(const struct zone *z, int64_t ms) {
    return z->changes[find(z, ms)].offset_s;
}

int32_t zone_day(const struct zone *z, int64_t ms) {
    int64_t local = ms + (int64_t)zone_offset(z, ms) * 1000;
    int64_t day = local / DAY_MS;
    return (int32_t)(local % DAY_MS < 0 ? day - 1 : day);
}

int64_t zone_instant(const struct zone *z, int32_t day, int32_t ms) {
    int64_t local = (int64_t)day * DAY_MS + ms;
    /* The offset in force a day earlier is the one before any change near:
     * right before a change, in a gap (moves on by the jump) and for the first
     * of two. Only when its result lies at or past a change that the wall
     * clock has really passed does the later offset count. */
    size_t i = find(z, local - DAY_MS - 14 * 3600000);
    int64_t at = local - (int64_t)z->changes[i].offset_s * 1000;
    while (i + 1 < z->n && at >= z->changes[i + 1].from_ms) {
        int64_t later = local - (int64_t)z->changes[i + 1].offset_s * 1000;
        if (later < z->changes[i + 1].from_ms)
            break; /* in the gap */
        at = later;
        i++;
    }
    return at;
}

int64_t zone_stamp(const struct zone *z, struct stamp t) {
    if (!t.has_offset)
        return zone_instant(z, t.day, t.ms);
    return (int64_t)t.day * DAY_MS + t.ms - (int64_t)t.offset_min * 60000;
}
