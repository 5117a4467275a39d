#include "test.h"

#include "base/buf.h"
#include "base/fold.h"
#include "base/utf8.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

static struct arena *arena;

static uint32_t random_u32(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void folds(void) {
    const struct {
        const char *in, *out;
    } cases[] = {
        {"", ""},
        {"   ", ""},
        {"ACME Ltd.", "acme ltd."},
        {"  Two \t\r\n words ", "two words"},
        {"王小明", "王小明"},
        {"張學友", "张学友"},
        {"瀋陽市鐵西區", "沈阳市铁西区"},
        {"ＡＢＣ　１２３", "abc 123"},
        {"（株）ソニー", "(株)ソニー"},
        {"ｿﾆｰ", "ソニー"},
        {"Straße", "strasse"},
        {"ÉCOLE", "école"},
        {"E\u0301COLE", "école"},
        {"ﬁne ㎏ Ⅳ", "fine kg iv"},
        {"zero\u200Bwidth\uFEFF", "zerowidth"},
        {"no\u00A0break\u3000space\u2028line\x01"
         "ctl",
         "no break space line ctl"},
        {"葉·薴苧", "叶·苎苎"},
        {"bad\xFF\xE7\x8E", "bad\uFFFD\uFFFD"},
        {"𠀀𪚥", "𠀀𪚥"},
        {"豈", "岂"}, /* U+F900 */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK_STR(text_fold(arena, str_of(cases[i].in)), cases[i].out);
    CHECK_STR(text_fold_script(arena, S("張學友 ＬＴＤ")), "張學友 ltd");
}

static void extracts_digits(void) {
    CHECK_STR(text_digits(arena, S("+86 138-0013-8000")), "8613800138000");
    CHECK_STR(text_digits(arena, S("０２１－５５５５ ext. 7")), "02155557");
    CHECK_STR(text_digits(arena, S("٣٤ no ½ ② ³")), "34");
    CHECK_STR(text_digits(arena, S("")), "");
}

static void tells_kinds_apart(void) {
    CHECK_I64(char_kind('a'), CHAR_WORD);
    CHECK_I64(char_kind('7'), CHAR_WORD);
    CHECK_I64(char_kind(0xE9), CHAR_WORD);
    CHECK_I64(char_kind(0x30BD), CHAR_WORD);
    CHECK_I64(char_kind(0x301), CHAR_WORD);
    CHECK_I64(char_kind(0x738B), CHAR_HAN);
    CHECK_I64(char_kind(0x3007), CHAR_HAN);
    CHECK_I64(char_kind(0x20000), CHAR_HAN);
    CHECK_I64(char_kind(' '), CHAR_OTHER);
    CHECK_I64(char_kind(0x3002), CHAR_OTHER);
    CHECK_I64(char_kind(0xFF08), CHAR_OTHER);
    CHECK_I64(char_kind(0x1F642), CHAR_OTHER);
}

/* NFKC_Casefold by ICU, then the same steps, written without shortcuts. */
static struct str slow_fold(struct str s) {
    UErrorCode e = U_ZERO_ERROR;
    static UChar u[512], f[2048];
    int32_t n, m;
    u_strFromUTF8(u, 512, &n, s.p, (int32_t)s.n, &e);
    m = unorm2_normalize(unorm2_getNFKCCasefoldInstance(&e), u, n, f, 2048, &e);
    struct buf b;
    buf_init(&b, arena, 8192);
    bool space = false;
    for (int32_t i = 0; i < m;) {
        uint32_t c = f[i++];
        if (c >= 0xD800 && c <= 0xDBFF)
            c = 0x10000 + (c - 0xD800) * 0x400 + (f[i++] - 0xDC00u);
        if (u_isUWhiteSpace((UChar32)c) ||
            u_charType((UChar32)c) == U_CONTROL_CHAR) {
            space = true;
            continue;
        }
        if (space && b.n > 0)
            buf_byte(&b, ' ');
        space = false;
        char text[UTF8_MAX];
        buf_str(&b, (struct str){text, utf8_put(text_simplified(c), text)});
    }
    return buf_view(&b);
}

/* Characters of everyday text, rarer ones of every block, and any at all. */
static uint32_t any_char(uint64_t *state) {
    const uint32_t from[] = {0x20,    0x20,   0x4E00, 0x4E00, 0xFF00,
                             0x3000,  0xA0,   0x2000, 0x300,  0xF900,
                             0x20000, 0xAC00, 1};
    const uint32_t len[] = {0x60, 0x60, 0x5200, 0x5200, 0x60,   0x60,    0x200,
                            0x80, 0x70, 0x200,  0x3000, 0x2BA4, 0x10FFFF};
    uint32_t k = random_u32(state) % COUNT_OF(from);
    uint32_t c = from[k] + random_u32(state) % len[k];
    return c >= 0xD800 && c <= 0xDFFF ? 'x' : c;
}

static void shortcuts_change_nothing(void) {
    uint64_t state = 7;
    for (int i = 0; i < 100000; i++) {
        char text[64];
        struct str s = {text, 0};
        uint32_t n = random_u32(&state) % 8;
        bool tame = random_u32(&state) % 2 == 0;
        while (n-- > 0) {
            uint32_t c = any_char(&state);
            if (tame && (c < 0x20 || (c > 0x7E && c < 0x3000) || c > 0xFF5E))
                c = 0x4E00 + c % 0x5000;
            s.n += utf8_put(c, text + s.n);
        }
        struct str once = text_fold(arena, s);
        if (!str_eq(once, slow_fold(s)))
            CHECK_STR(once, str_cstr(arena, slow_fold(s)));
        if (!str_eq(text_fold(arena, once), once))
            CHECK_STR(text_fold(arena, once), str_cstr(arena, once));
        arena_reset(arena);
    }
}

int main(void) {
    arena = arena_new();
    RUN(folds);
    RUN(extracts_digits);
    RUN(tells_kinds_apart);
    RUN(shortcuts_change_nothing);
    arena_free(arena);
    return test_end();
}
