/* UTF-8 by the table of the Unicode standard, 3.9, table 3-7. Pure functions,
 * any thread. */
#include "base/utf8.h"

#include <string.h>

size_t utf8_len(const char *text, size_t n) {
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        return n >= 2 && (p[1] & 0xC0) == 0x80 ? 2 : 0;
    if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        if (n < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80)
            return 0;
        if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))
            return 0;
        return 3;
    }
    if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        if (n < 4 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 ||
            (p[3] & 0xC0) != 0x80)
            return 0;
        if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
            return 0;
        return 4;
    }
    return 0;
}

/* True when the 8 bytes at p are all ASCII and none is 0. */
static bool plain8(const char *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    uint64_t high = 0x8080808080808080u, ones = 0x0101010101010101u;
    return ((v | (v - ones)) & high) == 0;
}

size_t utf8_bad_at(struct str s) {
    size_t i = 0;
    while (i < s.n) {
        if (s.n - i >= 8 && plain8(s.p + i)) {
            i += 8;
            continue;
        }
        size_t len = s.p[i] == '\0' ? 0 : utf8_len(s.p + i, s.n - i);
        if (len == 0)
            return i;
        i += len;
    }
    return SIZE_MAX;
}

bool utf8_valid(struct str s) {
    return utf8_bad_at(s) == SIZE_MAX;
}

uint32_t utf8_next(struct str s, size_t *at) {
    const unsigned char *p = (const unsigned char *)s.p + *at;
    size_t len = utf8_len(s.p + *at, s.n - *at);
    *at += len == 0 ? 1 : len;
    switch (len) {
    case 1:
        return p[0];
    case 2:
        return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    case 3:
        return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    case 4:
        return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 |
               (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    default:
        return UTF8_BAD;
    }
}

size_t utf8_put(uint32_t c, char out[UTF8_MAX]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = UTF8_BAD;
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static size_t step(struct str s, size_t at) {
    size_t len = utf8_len(s.p + at, s.n - at);
    return at + (len == 0 ? 1 : len);
}

size_t utf8_count(struct str s) {
    size_t n = 0;
    for (size_t at = 0; at < s.n; at = step(s, at))
        n++;
    return n;
}

struct str utf8_cut(struct str s, size_t n) {
    size_t at = 0;
    while (n > 0 && at < s.n) {
        at = step(s, at);
        n--;
    }
    return str_sub(s, 0, at);
}
