#include "base/num.h"

#include "test.h"

static struct arena *arena;

static enum num_result parse(const char *text, int scale, int64_t *out) {
    *out = -1;
    return num_parse(str_of(text), scale, NUM_EXACT, out);
}

static void reads_numbers(void) {
    static const struct {
        const char *text;
        int scale;
        int64_t want;
    } good[] = {
        {"0", 6, 0},
        {"2.55", 6, 2550000},
        {" -12.50 ", 2, -1250},
        {"+3", 3, 3000},
        {".5", 3, 500},
        {"5.", 3, 5000},
        {"1,234.50", 2, 123450},
        {"12,345,678", 0, 12345678},
        {"1.2300000", 2, 123},
        {"１２．５０", 2, 1250},
        {"－１，２３４", 0, -1234},
        {"\xE2\x88\x92"
         "7",
         0, -7},
        {"9223372036854775807", 0, INT64_MAX},
        {"-9223372036854775808", 0, INT64_MIN},
        {"000000000000000000000000012", 0, 12},
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        int64_t v;
        CHECK_I64(parse(good[i].text, good[i].scale, &v), NUM_OK);
        CHECK_I64(v, good[i].want);
    }
}

static void refuses_numbers(void) {
    static const struct {
        const char *text;
        int scale;
        enum num_result want;
    } bad[] = {
        {"", 2, NUM_EMPTY},
        {"  ", 2, NUM_EMPTY},
        {"1e-3", 6, NUM_EXPONENT},
        {"1.5E3", 6, NUM_EXPONENT},
        {"-", 2, NUM_SYNTAX},
        {".", 2, NUM_SYNTAX},
        {"1.2.3", 2, NUM_SYNTAX},
        {"12,5", 2, NUM_SYNTAX},
        {"1,", 2, NUM_SYNTAX},
        {",123", 2, NUM_SYNTAX},
        {"1,23,456", 2, NUM_SYNTAX},
        {"1234,567", 2, NUM_SYNTAX},
        {"0,123", 2, NUM_SYNTAX},
        {"1,234,", 2, NUM_SYNTAX},
        {"1.2,3", 2, NUM_SYNTAX},
        {"--1", 2, NUM_SYNTAX},
        {"1 2", 2, NUM_SYNTAX},
        {"0x10", 2, NUM_SYNTAX},
        {"NaN", 2, NUM_SYNTAX},
        {"1.005", 2, NUM_DECIMALS},
        {"9223372036854775808", 0, NUM_RANGE},
        {"-9223372036854775809", 0, NUM_RANGE},
        {"9223372036854.775808", 6, NUM_RANGE},
        {"99999999999999999999999999999999", 0, NUM_RANGE},
        {"99999999999999999999999999999999x", 0, NUM_SYNTAX},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t v;
        if (parse(bad[i].text, bad[i].scale, &v) != bad[i].want)
            printf("case \"%s\"\n", bad[i].text);
        CHECK_I64(parse(bad[i].text, bad[i].scale, &v), bad[i].want);
        CHECK_I64(v, -1);
    }
}

static void rounds_half_away_from_zero(void) {
    int64_t v;
    CHECK_I64(num_parse(S("1.005"), 2, NUM_ROUND, &v), NUM_OK);
    CHECK_I64(v, 101);
    CHECK_I64(num_parse(S("-1.005"), 2, NUM_ROUND, &v), NUM_OK);
    CHECK_I64(v, -101);
    CHECK_I64(num_parse(S("1.00499"), 2, NUM_ROUND, &v), NUM_OK);
    CHECK_I64(v, 100);
    CHECK(num_rescale(2555000, 6, 2, &v) && v == 256);
    CHECK(num_rescale(-2555000, 6, 2, &v) && v == -256);
    CHECK(num_rescale(2554999, 6, 2, &v) && v == 255);
    CHECK(num_rescale(7, 0, 6, &v) && v == 7000000);
    CHECK(!num_rescale(INT64_MAX, 0, 1, &v));
}

static void multiplies_in_128_bits(void) {
    int64_t v;
    CHECK(num_mul(6000, 2550000, 3, &v) && v == 15300000);
    CHECK(num_mul(500, 1, 3, &v) && v == 1); /* half of 10^-6 goes up */
    CHECK(num_mul(-500, 1, 3, &v) && v == -1);
    CHECK(num_mul(499, 1, 3, &v) && v == 0);
    CHECK(num_mul(INT64_MAX, 1000, 3, &v) && v == INT64_MAX);
    CHECK(num_mul(INT64_MIN, 1000, 3, &v) && v == INT64_MIN);
    CHECK(!num_mul(INT64_MAX, 1001, 3, &v));
    CHECK(!num_mul(INT64_MIN, -1, 0, &v));
    v = INT64_MAX - 1;
    CHECK(num_add(&v, 1) && !num_add(&v, 1) && v == INT64_MAX);
}

static void knows_whole_ones_with_a_point(void) {
    size_t n = 0;
    CHECK(num_is_whole(S("17850.0"), &n) && n == 5);
    CHECK(num_is_whole(S("0.000"), &n) && n == 1);
    CHECK(!num_is_whole(S("17850"), &n));
    CHECK(!num_is_whole(S("17850."), &n));
    CHECK(!num_is_whole(S(".0"), &n));
    CHECK(!num_is_whole(S("-1.0"), &n));
    CHECK(!num_is_whole(S("1.05"), &n));
    CHECK(!num_is_whole(S(""), &n));
}

static void prints_numbers(void) {
    CHECK_STR(num_text(arena, 3332591961000, 6), "3332591.961");
    CHECK_STR(num_text(arena, 0, 6), "0");
    CHECK_STR(num_text(arena, -500000, 6), "-0.5");
    CHECK_STR(num_text(arena, 100, 0), "100");
    CHECK_STR(num_text(arena, INT64_MIN, 6), "-9223372036854.775808");
    CHECK_STR(num_text(arena, 1, 18), "0.000000000000000001");
    struct buf b;
    buf_init(&b, arena, 1000);
    num_print_fixed(&b, 12500000, 6, 2);
    buf_byte(&b, ' ');
    num_print_fixed(&b, 5, 0, 2);
    buf_byte(&b, ' ');
    num_print_fixed(&b, 12345000, 6, 2);
    CHECK_STR(buf_view(&b), "12.50 5.00 12.345");
}

static void print_and_parse_agree(void) {
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        int scale = (int)(x % (NUM_MAX_SCALE + 1));
        int64_t v = (int64_t)x >> (x % 64), back = 0;
        struct arena *a = arena_new();
        CHECK_I64(num_parse(num_text(a, v, scale), scale, NUM_EXACT, &back),
                  NUM_OK);
        CHECK_I64(back, v);
        arena_free(a);
    }
}

static void notes_the_problem(void) {
    struct ctx c;
    ctx_init(&c, arena);
    int64_t v;
    CHECK_I64(num_need(&c, S("amount"), S("1.234"), 2, &v), ERR_INVALID);
    CHECK_I64(c.problems.n, 1);
    CHECK_STR(c.problems.p[0].field, "amount");
    CHECK_STR(c.problems.p[0].code, "number_decimals");
    CHECK_I64(c.problems.p[0].args[1].i, 2);
}

static void tells_plain_numbers(void) {
    CHECK(num_is_plain(S("-12.5")) && num_is_plain(S("+8613800138000")));
    CHECK(!num_is_plain(S("-")) && !num_is_plain(S("")));
    CHECK(!num_is_plain(S("-1+2")) && !num_is_plain(S("1.2.3")));
}

int main(void) {
    arena = arena_new();
    RUN(reads_numbers);
    RUN(refuses_numbers);
    RUN(rounds_half_away_from_zero);
    RUN(multiplies_in_128_bits);
    RUN(knows_whole_ones_with_a_point);
    RUN(prints_numbers);
    RUN(print_and_parse_agree);
    RUN(notes_the_problem);
    RUN(tells_plain_numbers);
    arena_free(arena);
    return test_end();
}
