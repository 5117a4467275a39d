#include "test.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

static void accepts_valid_text(void) {
    CHECK(utf8_valid(S("")));
    CHECK(utf8_valid(S("plain ASCII of more than eight bytes\n\t\x7F")));
    CHECK(utf8_valid(S("关系 é Ω 🙂 \U0010FFFF \uD7FF \uE000")));
}

static void refuses_bad_text(void) {
    const struct {
        struct str s;
        size_t at;
    } bad[] = {
        {S_INIT("a\0b"), 1},
        {S_INIT("\0"), 0},
        {S_INIT("12345678\0"), 8},
        {S_INIT("1234567\0 90"), 7},
        {S_INIT("\x80"), 0},
        {S_INIT("\xC0\x80"), 0},
        {S_INIT("\xC1\xBF"), 0},
        {S_INIT("\xE0\x9F\xBF"), 0},
        {S_INIT("\xF0\x8F\xBF\xBF"), 0},
        {S_INIT("\xED\xA0\x80"), 0},
        {S_INIT("\xED\xBF\xBF"), 0},
        {S_INIT("\xF4\x90\x80\x80"), 0},
        {S_INIT("\xF5\x80\x80\x80"), 0},
        {S_INIT("\xFF"), 0},
        {S_INIT("ab\xE7\x8E"), 2},
        {S_INIT("\xE7\x8E\x8B\xE7"), 3},
        {S_INIT("\xC3("), 0},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_I64(utf8_bad_at(bad[i].s), bad[i].at);
        CHECK(!utf8_valid(bad[i].s));
    }
}

/* All code points survive; all other numbers do not. */
static void writes_what_it_reads(void) {
    for (uint32_t c = 1; c < 0x110010; c++) {
        char text[UTF8_MAX];
        size_t n = utf8_put(c, text), at = 0;
        bool real = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        struct str s = {text, n};
        if (!utf8_valid(s) || utf8_next(s, &at) != (real ? c : UTF8_BAD) ||
            at != n)
            CHECK_I64(c, -1);
    }
}

/* Every sequence of up to three bytes: the checker agrees with a decoder
 * written from the definition (shortest form, no surrogates). */
static bool by_definition(const unsigned char *p, size_t n) {
    for (size_t i = 0; i < n;) {
        size_t len = p[i] < 0x80   ? 1
                     : p[i] < 0xC0 ? 0
                     : p[i] < 0xE0 ? 2
                     : p[i] < 0xF0 ? 3
                     : p[i] < 0xF8 ? 4
                                   : 0;
        if (len == 0 || i + len > n || p[i] == 0)
            return false;
        uint32_t c = len == 1 ? p[i] : p[i] & (0x7Fu >> len);
        for (size_t k = 1; k < len; k++) {
            if (p[i + k] >> 6 != 2)
                return false;
            c = c << 6 | (p[i + k] & 0x3Fu);
        }
        const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
            return false;
        i += len;
    }
    return true;
}

static void agrees_with_the_definition(void) {
    for (uint32_t v = 0; v < 1u << 24; v++) {
        unsigned char p[3] = {(unsigned char)(v >> 16), (unsigned char)(v >> 8),
                              (unsigned char)v};
        if (utf8_valid((struct str){(const char *)p, 3}) !=
            by_definition(p, 3)) {
            CHECK_I64(v, -1);
            return;
        }
    }
    for (uint32_t v = 0; v < 1u << 22; v++) {
        unsigned char p[4] = {(unsigned char)(0xF0 + (v >> 19)),
                              (unsigned char)(0x70 + (v >> 12 & 0x7F)),
                              (unsigned char)(0x78 + (v >> 6 & 0x3F)),
                              (unsigned char)(0x80 + (v & 0x3F))};
        if (utf8_valid((struct str){(const char *)p, 4}) !=
            by_definition(p, 4)) {
            CHECK_I64(v, -2);
            return;
        }
    }
}

static void counts_and_cuts(void) {
    struct str s = S("a关é🙂");
    CHECK_I64(utf8_count(s), 4);
    CHECK_STR(utf8_cut(s, 0), "");
    CHECK_STR(utf8_cut(s, 2), "a关");
    CHECK_STR(utf8_cut(s, 99), "a关é🙂");
    CHECK_I64(utf8_count(S("\xE7\x8E")), 2);
    size_t at = 0;
    CHECK_I64(utf8_next(S("\xE7\x8E"), &at), UTF8_BAD);
    CHECK_I64(at, 1);
}

int main(void) {
    RUN(accepts_valid_text);
    RUN(refuses_bad_text);
    RUN(writes_what_it_reads);
    RUN(agrees_with_the_definition);
    RUN(counts_and_cuts);
    return test_end();
}
