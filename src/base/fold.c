/* Folding. Text of ASCII, Chinese characters, full-width forms and common
 * punctuation is folded by the loop in `simple_fold`; anything else goes
 * through ICU's NFKC_Casefold first. Both ways give the same result (tested).
 * ICU's normalizer is shared, immutable and safe in any thread. */
#include "base/fold.h"

#include "base/die.h"
#include "base/text_tables.h"
#include "base/utf8.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

uint32_t text_simplified(uint32_t c) {
    if (c > 0xFFFF)
        return c;
    uint16_t to = text_simple[text_simple_page[c >> 8]][c & 0xFF];
    return to == 0 ? c : to;
}

static bool is_han(uint32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           c == 0x3005 || c == 0x3007 || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x20000 && c <= 0x3FFFF);
}

enum char_kind char_kind(uint32_t c) {
    if (c < 0x80) {
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    (c >= 'A' && c <= 'Z');
        return word ? CHAR_WORD : CHAR_OTHER;
    }
    if (is_han(c))
        return CHAR_HAN;
    UChar32 u = (UChar32)c;
    bool word = u_isalnum(u) || (U_GET_GC_MASK(u) & U_GC_M_MASK) != 0;
    return word ? CHAR_WORD : CHAR_OTHER;
}

/* Output of folding: collapses white space as it comes. */
struct sink {
    char *p;
    size_t n;
    bool space; /* one is due before the next character */
    bool simplify;
};

static void sink_put(struct sink *o, uint32_t c) {
    if (o->space && o->n > 0)
        o->p[o->n++] = ' ';
    o->space = false;
    o->n += utf8_put(o->simplify ? text_simplified(c) : c, o->p + o->n);
}

static bool is_space(uint32_t c) {
    if (c < 0x80)
        return c <= 0x20 || c == 0x7F;
    return c < 0xA0 || u_isUWhiteSpace((UChar32)c);
}

/* Punctuation of everyday Chinese text that NFKC_Casefold leaves alone. */
static bool is_inert(uint32_t c) {
    return c == 0xB7 || (c >= 0x3001 && c <= 0x3003) || c == 0x3005 ||
           c == 0x3007 || (c >= 0x3008 && c <= 0x3011) ||
           (c >= 0x2013 && c <= 0x2014) || (c >= 0x2018 && c <= 0x201D);
}

/* Folds s into o; false (o undefined) when it needs ICU. Never writes more
 * bytes than it reads. */
static bool simple_fold(struct str s, struct sink *o) {
    for (size_t i = 0; i < s.n;) {
        unsigned char b = (unsigned char)s.p[i];
        if (b < 0x80) {
            i++;
            if (b <= 0x20 || b == 0x7F) {
                o->space = true;
                continue;
            }
            if (o->space && o->n > 0)
                o->p[o->n++] = ' ';
            o->space = false;
            o->p[o->n++] = (char)(b >= 'A' && b <= 'Z' ? b + 32 : b);
            continue;
        }
        uint32_t c = utf8_next(s, &i);
        if (c >= 0xFF01 && c <= 0xFF5E) {
            c -= 0xFF01 - 0x21;
            sink_put(o, c >= 'A' && c <= 'Z' ? c + 32 : c);
        } else if (c == 0x3000) {
            o->space = true;
        } else if ((c >= 0x3400 && c <= 0x9FFF) || is_inert(c)) {
            sink_put(o, c);
        } else {
            return false;
        }
    }
    return true;
}

static const UNormalizer2 *casefold(void) {
    UErrorCode e = U_ZERO_ERROR;
    const UNormalizer2 *n = unorm2_getNFKCCasefoldInstance(&e);
    if (U_FAILURE(e))
        die("ICU has no NFKC_Casefold: %s", u_errorName(e));
    return n;
}

static struct str icu_fold(struct arena *a, struct str s, bool simplify) {
    UErrorCode e = U_ZERO_ERROR;
    int32_t n, len = (int32_t)s.n;
    UChar *u = NEW_ARRAY(a, UChar, s.n + 1);
    u_strFromUTF8WithSub(u, len + 1, &n, s.p, len, UTF8_BAD, NULL, &e);
    int32_t cap = n * 2 + 32;
    UChar *folded = NEW_ARRAY(a, UChar, (size_t)cap);
    int32_t m = unorm2_normalize(casefold(), u, n, folded, cap, &e);
    if (e == U_BUFFER_OVERFLOW_ERROR) {
        e = U_ZERO_ERROR;
        cap = m + 1;
        folded = NEW_ARRAY(a, UChar, (size_t)cap);
        m = unorm2_normalize(casefold(), u, n, folded, cap, &e);
    }
    if (U_FAILURE(e))
        die("ICU cannot normalize: %s", u_errorName(e));
    /* a unit of UTF-16 is at most 3 bytes of UTF-8; a collapsed space is
     * written in place of the white space it stands for */
    struct sink o = {.p = arena_alloc(a, (size_t)m * 3 + 1),
                     .simplify = simplify};
    for (int32_t i = 0; i < m;) {
        uint32_t c = folded[i++];
        if ((c & 0xFC00) == 0xD800 && i < m) /* pairs are whole here */
            c = 0x10000 + ((c & 0x3FF) << 10 | (folded[i++] & 0x3FFu));
        if (is_space(c))
            o.space = true;
        else
            sink_put(&o, c);
    }
    return (struct str){o.p, o.n};
}

static struct str fold(struct arena *a, struct str s, bool simplify) {
    if (s.n == 0)
        return S("");
    if (s.n > INT32_MAX / 8)
        die("text of %zu bytes to fold", s.n);
    struct sink o = {.p = arena_alloc(a, s.n + 1), .simplify = simplify};
    if (simple_fold(s, &o))
        return (struct str){o.p, o.n};
    return icu_fold(a, s, simplify);
}

struct str text_fold(struct arena *a, struct str s) {
    return fold(a, s, true);
}

struct str text_fold_script(struct arena *a, struct str s) {
    return fold(a, s, false);
}

struct str text_digits(struct arena *a, struct str s) {
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        uint32_t c = utf8_next(s, &i);
        if (c >= '0' && c <= '9') {
            p[n++] = (char)c;
        } else if (c >= 0x80) {
            int32_t d = u_charDigitValue((UChar32)c);
            if (d >= 0)
                p[n++] = (char)('0' + d);
        }
    }
    return (struct str){p, n};
}
