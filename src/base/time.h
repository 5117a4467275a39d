/* Civil dates, wall-clock stamps and UTC instants. A day is an int32 counted
 * from 1970-01-01 in the proleptic Gregorian calendar, years 1 to 9999; an
 * instant is UTC milliseconds since 1970. The process time zone is never
 * looked at: zones are values (base/zone.h). */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/buf.h"

#define DAY_MIN (-719162) /* 0001-01-01 */
#define DAY_MAX 2932896   /* 9999-12-31 */
#define DAY_MS ((int64_t)86400000)
#define HOUR_MS ((int64_t)3600000)

/* What stands first in dates like 03/04/2026. Dates that begin with a year of
 * four digits are read in any order setting. */
enum date_order {
    DATE_YMD, /* only year first; anything else is refused */
    DATE_DMY,
    DATE_MDY,
};

enum time_result {
    TIME_OK,
    TIME_EMPTY,
    TIME_SYNTAX,
    TIME_NO_SUCH, /* well formed, but 2023-02-29 or 25:00 does not exist */
};

/* A date, perhaps with the time of day and an offset as written. */
struct stamp {
    int32_t day;
    int32_t ms; /* since local midnight; 0 when !has_time */
    bool has_time;
    bool has_offset;
    int32_t offset_min; /* east of UTC */
};

/* The clock that never goes back: for what something took. */
int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ms(void);

bool day_exists(int year, int month, int day);
int32_t day_of(int year, int month, int day); /* of one that exists */
void day_split(int32_t d, int *year, int *month, int *day);
int day_weekday(int32_t d); /* 0 is Monday */

/* The same day of the month n months on, or the month's last day. */
int32_t day_add_months(int32_t d, int n);

/* 2026-03-21, 2026/3/21, 2026年3月21日, 21/03/2026 or 21.3.2026 when order says
 * so. Full-width characters are read too. A time of day is TIME_SYNTAX. */
enum time_result day_parse(struct str text, enum date_order order,
                           int32_t *out) MUST_CHECK;

/* A date as above, then optionally 'T' or spaces and H:MM[:SS[.fff]], then
 * optionally Z or ±HH[:]MM. Digits beyond milliseconds are cut off. */
enum time_result stamp_parse(struct str text, enum date_order order,
                             struct stamp *out) MUST_CHECK;

/* Message id: "date_empty", "date_syntax", "date_no_such"; NULL for OK. */
const char *time_code(enum time_result r);

void day_print(struct buf *b, int32_t d); /* 2026-03-21 */
struct str day_text(struct arena *a, int32_t d);

/* 2026-03-21T08:00:00Z; with .fff when the milliseconds are not zero. */
void instant_print(struct buf *b, int64_t ms);
struct str instant_text(struct arena *a, int64_t ms);

#endif
