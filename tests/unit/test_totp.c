/* One-time codes against the vectors of RFC 6238 (appendix B) and RFC 4648. */
#include "test.h"

#include "base/totp.h"

static const struct str key = S_INIT("12345678901234567890");

static void gives_the_codes_of_the_rfc(void) {
    static const struct {
        int64_t second;
        const char *code; /* the last six of the eight digits there */
    } known[] = {
        {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
        {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(known); i++)
        CHECK_STR(totp_code(a, key, totp_step(known[i].second * 1000)),
                  known[i].code);
    arena_free(a);
}

static void takes_one_step_before_and_after(void) {
    struct arena *a = arena_new();
    int64_t now_ms = 2000000000000, step = totp_step(now_ms);
    for (int64_t d = -3; d <= 3; d++) {
        int64_t found = totp_match(a, key, totp_code(a, key, step + d), now_ms);
        CHECK_I64(found, d >= -1 && d <= 1 ? step + d : 0);
    }
    CHECK_I64(totp_match(a, key, S(""), now_ms), 0);
    CHECK_I64(totp_match(a, key, S("27903"), now_ms), 0);
    CHECK_I64(totp_match(a, key, S("2790370"), now_ms), 0);
    arena_free(a);
}

static void writes_base_32(void) {
    struct arena *a = arena_new();
    CHECK_STR(base32_text(a, S("")), "");
    CHECK_STR(base32_text(a, S("f")), "MY");
    CHECK_STR(base32_text(a, S("foob")), "MZXW6YQ");
    CHECK_STR(base32_text(a, S("foobar")), "MZXW6YTBOI");
    CHECK_STR(base32_text(a, key), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    arena_free(a);
}

int main(void) {
    RUN(gives_the_codes_of_the_rfc);
    RUN(takes_one_step_before_and_after);
    RUN(writes_base_32);
    return test_end();
}
