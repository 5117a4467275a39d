/* The company's calendar. Owns nothing; any thread. */
#include "app/due.h"

#include "base/zone.h"

#define MINUTE_MS 60000

enum err due_on(struct ctx *c, enum setting_id time, int32_t day,
                int64_t *out) {
    struct str at;
    *out = 0;
    TRY(settings_text(c, time, &at));
    if (at.n != 5)
        return OK;
    int32_t minutes = ((at.p[0] - '0') * 10 + at.p[1] - '0') * 60 +
                      (at.p[3] - '0') * 10 + at.p[4] - '0';
    *out = zone_instant(c->zone, day, minutes * MINUTE_MS);
    return OK;
}

enum err due_tonight(struct ctx *c, int64_t after_ms, int64_t late_ms,
                     int64_t *out) {
    int32_t day = zone_day(c->zone, c->now_ms);
    int64_t at;
    *out = 0;
    TRY(due_on(c, SETTING_NIGHT_TIME, day, &at));
    if (at != 0 &&
        c->now_ms < at + after_ms) /* a night that began yesterday? */
        TRY(due_on(c, SETTING_NIGHT_TIME, day - 1, &at));
    at += at != 0 ? after_ms : 0;
    if (at != 0 && c->now_ms >= at && c->now_ms - at <= late_ms)
        *out = at;
    return OK;
}
