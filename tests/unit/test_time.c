#include "base/time.h"

#include "base/zone.h"

#include "test.h"

static struct ctx c;

static void counts_days(void) {
    CHECK_I64(day_of(1970, 1, 1), 0);
    CHECK_I64(day_of(2026, 3, 21), 20533);
    CHECK_I64(day_of(1, 1, 1), DAY_MIN);
    CHECK_I64(day_of(9999, 12, 31), DAY_MAX);
    int32_t want = DAY_MIN;
    for (int y = 1; y <= 9999; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; day_exists(y, m, d); d++) {
                int y2, m2, d2;
                day_split(want, &y2, &m2, &d2);
                if (day_of(y, m, d) != want || y2 != y || m2 != m || d2 != d)
                    CHECK_I64(day_of(y, m, d), want);
                want++;
            }
    CHECK_I64(want, DAY_MAX + 1);
    CHECK_I64(day_weekday(day_of(2026, 3, 21)), 5);
    CHECK_I64(day_weekday(day_of(1969, 12, 29)), 0);
    CHECK_I64(day_add_months(day_of(2024, 1, 31), 1), day_of(2024, 2, 29));
    CHECK_I64(day_add_months(day_of(2024, 3, 31), -1), day_of(2024, 2, 29));
    CHECK_I64(day_add_months(day_of(2024, 1, 15), -13), day_of(2022, 12, 15));
}

static void reads_days(void) {
    static const struct {
        const char *text;
        enum date_order order;
    } good[] = {
        {"2026-03-21", DATE_YMD},
        {"2026/3/21", DATE_YMD},
        {"2026.03.21", DATE_YMD},
        {"2026年3月21日", DATE_YMD},
        {" 2026-3-21 ", DATE_DMY},
        {"21/03/2026", DATE_DMY},
        {"21.3.2026", DATE_DMY},
        {"3/21/2026", DATE_MDY},
        {"２０２６－０３－２１", DATE_YMD},
        {"２０２６年３月２１日", DATE_MDY},
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        int32_t d = 0;
        CHECK_I64(day_parse(str_of(good[i].text), good[i].order, &d), TIME_OK);
        CHECK_I64(d, day_of(2026, 3, 21));
    }
}

static void refuses_days(void) {
    static const struct {
        const char *text;
        enum time_result want;
    } bad[] = {
        {"", TIME_EMPTY},
        {"2023-02-29", TIME_NO_SUCH},
        {"1900-02-29", TIME_NO_SUCH},
        {"2023-13-01", TIME_NO_SUCH},
        {"2023-00-10", TIME_NO_SUCH},
        {"2023-01-32", TIME_NO_SUCH},
        {"0000-01-01", TIME_NO_SUCH},
        {"21/03/2026", TIME_SYNTAX},
        {"2026-03/21", TIME_SYNTAX},
        {"26-03-21", TIME_SYNTAX},
        {"2026-3", TIME_SYNTAX},
        {"20260321", TIME_SYNTAX},
        {"2026-03-21x", TIME_SYNTAX},
        {"2026-003-21", TIME_SYNTAX},
        {"2026年3月21", TIME_SYNTAX},
        {"2026-03-21 10:00", TIME_SYNTAX},
        {"99999999999999-01-01", TIME_SYNTAX},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int32_t d = 7;
        if (day_parse(str_of(bad[i].text), DATE_YMD, &d) != bad[i].want)
            printf("case \"%s\"\n", bad[i].text);
        CHECK_I64(day_parse(str_of(bad[i].text), DATE_YMD, &d), bad[i].want);
        CHECK_I64(d, 7);
    }
    int32_t d;
    CHECK_I64(day_parse(S("29/02/2023"), DATE_DMY, &d), TIME_NO_SUCH);
}

static void reads_stamps(void) {
    struct stamp t;
    CHECK_I64(stamp_parse(S("2010-12-01 08:26:00"), DATE_YMD, &t), TIME_OK);
    CHECK(t.has_time && !t.has_offset);
    CHECK_I64(t.ms, (8 * 60 + 26) * 60000);
    CHECK_I64(stamp_parse(S("2010/12/1 8:26"), DATE_YMD, &t), TIME_OK);
    CHECK_I64(t.ms, (8 * 60 + 26) * 60000);
    CHECK_I64(stamp_parse(S("2010-12-01T08:26:00.1234+08:00"), DATE_YMD, &t),
              TIME_OK);
    CHECK_I64(t.ms, (8 * 60 + 26) * 60000 + 123);
    CHECK_I64(t.offset_min, 480);
    CHECK_I64(stamp_parse(S("2010-12-01 08:26 -0330"), DATE_YMD, &t), TIME_OK);
    CHECK_I64(t.offset_min, -210);
    CHECK_I64(stamp_parse(S("2010-12-01"), DATE_YMD, &t), TIME_OK);
    CHECK(!t.has_time);
    CHECK_I64(stamp_parse(S("2010-12-01 24:00"), DATE_YMD, &t), TIME_NO_SUCH);
    CHECK_I64(stamp_parse(S("2010-12-01 08:60"), DATE_YMD, &t), TIME_NO_SUCH);
    CHECK_I64(stamp_parse(S("2010-12-01 08"), DATE_YMD, &t), TIME_SYNTAX);
    CHECK_I64(stamp_parse(S("2010-12-01T08:26Z+1"), DATE_YMD, &t), TIME_SYNTAX);
    CHECK_I64(stamp_parse(S("2010-12-01T08:26+25:00"), DATE_YMD, &t),
              TIME_NO_SUCH);
}

static void prints_instants(void) {
    int64_t day = (int64_t)day_of(2026, 3, 21) * DAY_MS;
    CHECK_STR(instant_text(c.arena, day + 8 * 3600000), "2026-03-21T08:00:00Z");
    CHECK_STR(instant_text(c.arena, day + 50), "2026-03-21T00:00:00.050Z");
    CHECK_STR(instant_text(c.arena, -1), "1969-12-31T23:59:59.999Z");
    CHECK_STR(day_text(c.arena, day_of(42, 1, 2)), "0042-01-02");
}

static int64_t utc(int y, int m, int d, int h, int min) {
    return (int64_t)day_of(y, m, d) * DAY_MS + (h * 60 + min) * 60000;
}

static void knows_zones(void) {
    const struct zone *sh, *london, *plain;
    CHECK_OK(zone_load(&c, S("Asia/Shanghai"), &sh));
    CHECK_OK(zone_load(&c, S("Europe/London"), &london));
    CHECK_OK(zone_load(&c, S("UTC"), &plain));
    CHECK_I64(plain->n, 1);
    CHECK_I64(zone_offset(sh, utc(2026, 3, 21, 0, 0)), 8 * 3600);
    CHECK_I64(zone_offset(sh, utc(1988, 7, 1, 0, 0)), 9 * 3600);
    CHECK_I64(zone_offset(london, utc(2026, 7, 1, 0, 0)), 3600);
    CHECK_I64(zone_offset(london, utc(2026, 1, 1, 0, 0)), 0);
    CHECK_I64(zone_day(sh, utc(2026, 3, 20, 16, 0)), day_of(2026, 3, 21));
    CHECK_I64(zone_day(sh, utc(2026, 3, 20, 15, 59)), day_of(2026, 3, 20));
    CHECK_I64(zone_day(plain, -1), -1);
    CHECK_I64(zone_instant(sh, day_of(2026, 3, 21), 0),
              utc(2026, 3, 20, 16, 0));
}

static void walks_over_clock_changes(void) {
    const struct zone *z;
    CHECK_OK(zone_load(&c, S("Europe/London"), &z));
    int32_t spring = day_of(2026, 3, 29), autumn = day_of(2026, 10, 25);
    CHECK_I64(zone_instant(z, spring, 30 * 60000), utc(2026, 3, 29, 0, 30));
    /* 01:30 does not exist: becomes 02:30 summer time */
    CHECK_I64(zone_instant(z, spring, 90 * 60000), utc(2026, 3, 29, 1, 30));
    CHECK_I64(zone_instant(z, spring, 120 * 60000), utc(2026, 3, 29, 1, 0));
    /* 01:30 comes twice: the first */
    CHECK_I64(zone_instant(z, autumn, 90 * 60000), utc(2026, 10, 25, 0, 30));
    CHECK_I64(zone_instant(z, autumn, 120 * 60000), utc(2026, 10, 25, 2, 0));
    const struct zone *ny;
    CHECK_OK(zone_load(&c, S("America/New_York"), &ny));
    for (int64_t ms = utc(2026, 1, 1, 0, 0); ms < utc(2027, 1, 1, 0, 0);
         ms += 1800000) {
        int64_t local = ms + (int64_t)zone_offset(ny, ms) * 1000;
        int64_t back = zone_instant(ny, (int32_t)(local / DAY_MS),
                                    (int32_t)(local % DAY_MS));
        CHECK(back == ms || back == ms - 3600000);
    }
}

static void refuses_unknown_zones(void) {
    const struct zone *z;
    fail_clear(&c);
    CHECK_I64(zone_load(&c, S("Mars/Olympus"), &z), ERR_INVALID);
    CHECK_I64(zone_load(&c, S(""), &z), ERR_INVALID);
    CHECK_I64(zone_load(&c, S("GMT+8:30"), &z), ERR_INVALID);
    CHECK_STR(c.problems.p[0].code, "zone_unknown");
}

int main(void) {
    ctx_init(&c, arena_new());
    RUN(counts_days);
    RUN(reads_days);
    RUN(refuses_days);
    RUN(reads_stamps);
    RUN(prints_instants);
    RUN(knows_zones);
    RUN(walks_over_clock_changes);
    RUN(refuses_unknown_zones);
    arena_free(c.arena);
    return test_end();
}
