/* The JSON writer: its escaping by blocks of eight bytes against the plain
 * rule, byte by byte, and members made beforehand. */
#include "test.h"

#include "base/json.h"
#include "base/utf8.h"

static struct arena *arena;

static uint32_t random_u32(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static struct str written(struct str s) {
    struct buf b;
    struct jw w;
    buf_init(&b, arena, 1 << 20);
    jw_init(&w, &b);
    jw_str(&w, s);
    return buf_view(&b);
}

/* What jw_str promises, without any shortcut. */
static struct str plainly(struct str s) {
    struct buf b;
    buf_init(&b, arena, 1 << 20);
    buf_byte(&b, '"');
    for (size_t i = 0; i < s.n;) {
        unsigned char ch = (unsigned char)s.p[i];
        size_t n = utf8_len(s.p + i, s.n - i);
        if (ch == '"' || ch == '\\')
            buf_fmt(&b, "\\%c", ch);
        else if (ch == '\n' || ch == '\t' || ch == '\r' || ch == '\b' ||
                 ch == '\f')
            buf_fmt(&b, "\\%c",
                    ch == '\n'   ? 'n'
                    : ch == '\t' ? 't'
                    : ch == '\r' ? 'r'
                    : ch == '\b' ? 'b'
                                 : 'f');
        else if (ch < 0x20)
            buf_fmt(&b, "\\u%04x", ch);
        else if (n == 0)
            buf_cstr(&b, "\uFFFD");
        else
            buf_str(&b, str_sub(s, i, i + n));
        i += n == 0 ? 1 : n;
    }
    buf_byte(&b, '"');
    return buf_view(&b);
}

static void escapes(void) {
    CHECK_STR(written(S("")), "\"\"");
    CHECK_STR(written(S("上海宏联机械设备有限公司000017")),
              "\"上海宏联机械设备有限公司000017\"");
    CHECK_STR(written(S("a\"b\\c\nd\x01"
                        "e")),
              "\"a\\\"b\\\\c\\nd\\u0001e\"");
    CHECK_STR(written(S("\xED\xA0\x80")), "\"\uFFFD\uFFFD\uFFFD\"");
    CHECK_STR(written(S("\xE0\x80\x80")), "\"\uFFFD\uFFFD\uFFFD\"");
    CHECK_STR(written(S("1234567\xE4\xB8")), "\"1234567\uFFFD\uFFFD\"");
}

/* Every byte at every place of a block, then texts at random. */
static void blocks_change_nothing(void) {
    static const char *const pieces[] = {"a",    "中",   "é",    "😀",
                                         "\"",   "\\",   "\n",   "\x7F",
                                         "\x1F", "\x80", "\xE4", "plain text"};
    uint64_t seed = 7;
    for (int byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < 17; at++) {
            char text[18];
            memset(text, 'x', sizeof text);
            text[at] = (char)byte;
            struct str s = {text, sizeof text};
            CHECK(str_eq(written(s), plainly(s)));
            arena_reset(arena);
        }
    for (int i = 0; i < 20000; i++) {
        struct buf b;
        buf_init(&b, arena, 4096);
        for (uint32_t n = random_u32(&seed) % 20; n > 0; n--)
            buf_cstr(&b, pieces[random_u32(&seed) % COUNT_OF(pieces)]);
        CHECK(str_eq(written(buf_view(&b)), plainly(buf_view(&b))));
        arena_reset(arena);
    }
}

static void made_members(void) {
    struct buf b;
    struct jw w;
    buf_init(&b, arena, 4096);
    jw_init(&w, &b);
    struct str key = jw_made_key(arena, S("a\"b"));
    CHECK_STR(key, ",\"a\\\"b\":");
    jw_object(&w);
    jw_member_made(&w, S(",\"first\":null"));
    jw_key_made(&w, key);
    jw_i64(&w, 7);
    jw_key_made(&w, key);
    jw_array(&w);
    jw_array_end(&w);
    jw_member_made(&w, S(",\"last\":null"));
    jw_object_end(&w);
    CHECK_STR(buf_view(&b), "{\"first\":null,\"a\\\"b\":7,\"a\\\"b\":[],"
                            "\"last\":null}");
}

int main(void) {
    arena = arena_new();
    RUN(escapes);
    RUN(blocks_change_nothing);
    RUN(made_members);
    arena_free(arena);
    return test_end();
}
