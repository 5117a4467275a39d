#include "test.h"

#include "base/fold.h"
#include "base/match.h"
#include "base/pinyin.h"
#include "base/token.h"
#include "base/utf8.h"

#include <string.h>
#include <time.h>

static struct arena *arena;

static bool matches(struct str folded, struct str query) {
    return text_rank(arena, &folded, 1, query) != RANK_NONE;
}

static uint32_t random_below(uint64_t *state, uint32_t n) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % n;
}

static struct str fold(const char *s) {
    return text_fold(arena, str_of(s));
}

static struct tokens field_tokens(struct str folded) {
    return tokens_of_fields(arena, &folded, 1);
}

static bool has(struct tokens all, struct str t) {
    for (size_t i = 0; i < all.n; i++)
        if (str_eq(all.p[i], t))
            return true;
    return false;
}

static bool has_all(struct tokens all, struct tokens some) {
    for (size_t i = 0; i < some.n; i++)
        if (!has(all, some.p[i]))
            return false;
    return true;
}

/* The index would give the record for the query. */
static bool indexed(struct tokens field, struct str query) {
    struct token_query q;
    tokens_of_query(arena, query, &q);
    for (size_t i = 0; i < q.n; i++)
        if (has_all(field, q.alt[i]))
            return true;
    return false;
}

static void check_tokens(struct tokens t, const char *want) {
    struct str got = S("");
    for (size_t i = 0; i < t.n; i++)
        got = str_cat(arena, str_cat(arena, got, i == 0 ? S("") : S(" ")),
                      t.p[i]);
    CHECK_STR(got, want);
}

static void makes_field_tokens(void) {
    check_tokens(field_tokens(fold("王安")),
                 "h王 h安 h王安 pwa pwan qang qnga qgan pan");
    check_tokens(field_tokens(fold("王小明")),
                 "h王 h小 h明 h王小 h小明 pwa pwan pwx pwxm qang qngx qgxi pxi "
                 "pxia pxm qxia qiao qaom qomi pmi pmin qmin qing qgxm");
    check_tokens(field_tokens(fold("Ab 12 x345, é")), "lab lx34 l345 lx3");
    check_tokens(field_tokens(fold("Яна 王a")),
                 "lяна lян lна h王 pwa pwan qang");
    check_tokens(field_tokens(S("8000")), "l800 l000");
    check_tokens(field_tokens(S("")), "");
}

static void finds_and_misses(void) {
    const struct {
        const char *field, *query;
        enum text_rank rank;
    } cases[] = {
        {"王小明", "王小明", RANK_EXACT},
        {"王小明", "王小", RANK_PREFIX},
        {"王小明", "小明", RANK_PIECE},
        {"王小明", "wangxiao", RANK_READING},
        {"王小明", "wangxiaoming", RANK_READING},
        {"王小明", "WangX", RANK_READING},
        {"王小明", "wxm", RANK_READING},
        {"王小明", "wx", RANK_READING},
        {"王小明", "xm", RANK_READING},
        {"王小明", "wangxm", RANK_READING},
        {"王小明", "xiaoming", RANK_READING},
        {"王小明", "wang xiaoming", RANK_READING},
        {"王小明", "xiaoming wang", RANK_READING},
        {"王小明", "明 王", RANK_PIECE},
        {"王小明", "ang", RANK_NONE},
        {"王小明", "wangming", RANK_NONE},
        {"王小明", "xw", RANK_NONE},
        {"王小明", "王小红", RANK_NONE},
        {"張學友", "张学友", RANK_EXACT},
        {"张学友", "張", RANK_PREFIX},
        {"单雄信", "shanxx", RANK_READING},
        {"单雄信", "danxiong", RANK_READING},
        {"乾隆", "qianlong", RANK_READING},
        {"吕布", "lvbu", RANK_READING},
        {"吕布", "lubu", RANK_READING},
        {"吕布", "lübu", RANK_READING},
        {"西安交大", "xi'an", RANK_READING},
        {"西安交大", "xian", RANK_READING},
        {"中国银行", "yinhang", RANK_READING},
        {"重庆啤酒", "cqpj", RANK_READING},
        {"重庆啤酒", "zhongqing", RANK_READING},
        {"TCL集团", "tcl", RANK_PREFIX},
        {"TCL集团", "tcl jituan", RANK_READING},
        {"TCL集团", "cl集", RANK_PIECE},
        {"Acme Trading Ltd.", "ltd", RANK_WORD},
        {"Acme Trading Ltd.", "ad", RANK_PIECE},
        {"Acme Trading Ltd.", "Acme  TRADING", RANK_PREFIX},
        {"Acme Trading Ltd.", "trading acme", RANK_PREFIX},
        {"Acme Trading Ltd.", "amce", RANK_NONE},
        {"13800138000", "8000", RANK_PIECE},
        {"13800138000", "138", RANK_PREFIX},
        {"13800138000", "138-0013", RANK_PIECE},
        {"13800138000", "138 0013 8000", RANK_PIECE},
        {"13800138000", "139", RANK_NONE},
        {"zhang.wei@example.com", "wei@ex", RANK_WORD},
        {"Müller", "müll", RANK_PREFIX},
        {"Яндекс", "ндек", RANK_PIECE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str f = fold(cases[i].field), q = fold(cases[i].query);
        enum text_rank want = cases[i].rank;
        if (str_eqc(q, "trading acme"))
            want = RANK_WORD; /* words apart are no prefix */
        if (text_rank(arena, &f, 1, q) != want ||
            indexed(field_tokens(f), q) != (want != RANK_NONE)) {
            printf("%s / %s: rank %d, indexed %d\n", cases[i].field,
                   cases[i].query, text_rank(arena, &f, 1, q),
                   indexed(field_tokens(f), q));
            test_bad = true;
        }
        CHECK(matches(f, q) == (want != RANK_NONE));
    }
}

/* Words of one query may be in different fields. */
static void looks_at_all_fields(void) {
    struct str f[] = {fold("王小明"), S("13800138000"), fold("wang@acme.com")};
    struct tokens t = tokens_of_fields(arena, f, 3);
    CHECK(indexed(t, S("王 8000")) && indexed(t, S("wxm acme")));
    CHECK_I64(text_rank(arena, f, 3, S("王 8000")), RANK_PIECE);
    CHECK_I64(text_rank(arena, f, 3, S("wxm acme")), RANK_READING);
    CHECK_I64(text_rank(arena, f, 3, S("王 9000")), RANK_NONE);
    CHECK_I64(text_rank(arena, f, 3, S("wang")), RANK_PREFIX);
    CHECK_I64(text_rank(arena, f, 3, S("")), RANK_PIECE);
    CHECK_I64(text_rank(arena, f, 0, S("x")), RANK_NONE);
}

/* Common surnames must not be drowned by others' inner letters. */
static void keeps_syllables_apart(void) {
    CHECK(!indexed(field_tokens(fold("张伟")), S("han")));
    CHECK(indexed(field_tokens(fold("韩伟")), S("han")));
    CHECK(!indexed(field_tokens(fold("陈伟")), S("hen")));
}

static void knows_what_is_too_short(void) {
    const char *queries[] = {"", "w", "8", "80", "-", "a b", "***", "x'a"};
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        struct token_query q;
        tokens_of_query(arena, fold(queries[i]), &q);
        CHECK_I64(q.n, 0);
    }
    struct token_query q;
    tokens_of_query(arena, S("wang xiao ming acme trading limited co"), &q);
    CHECK(q.n > 0 && q.n <= TOKEN_ALTERNATIVES);
}

/* --- random texts ------------------------------------------------------- */

static size_t any_char(uint64_t *state, char *out) {
    static const char *const common[] = {
        "王", "小", "明", "单", "重", "吕", "行",   "張", "a", "b", "n",
        "g",  "w",  "x",  "1",  "8",  "0",  " ",    " ",  "-", ".", "é",
        "ß",  "Ａ", "１", "の", "한", "я",  "🙂", "𠀀", "'", "。"};
    if (random_below(state, 4) > 0) {
        const char *s = common[random_below(state, COUNT_OF(common))];
        memcpy(out, s, strlen(s));
        return strlen(s);
    }
    return utf8_put(0x4E00 + random_below(state, 0x5200), out);
}

static struct str any_text(uint64_t *state, uint32_t max) {
    char *p = arena_alloc(arena, (max + 1) * UTF8_MAX);
    size_t n = 0;
    for (uint32_t k = random_below(state, max + 1); k > 0; k--)
        n += any_char(state, p + n);
    return (struct str){p, n};
}

static bool is_safe(struct str t) {
    if (t.n < 2 || str_find(S("hlpq"), str_sub(t, 0, 1)) == SIZE_MAX)
        return false;
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.p[i];
        if (c < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
            return false;
    }
    return utf8_valid(t);
}

static void check_set(struct tokens t) {
    for (size_t i = 0; i < t.n; i++) {
        if (!is_safe(t.p[i]))
            CHECK_STR(t.p[i], "a token FTS5 does not split");
        for (size_t k = 0; k < i; k++)
            if (str_eq(t.p[i], t.p[k]))
                CHECK_STR(t.p[i], "only once");
    }
}

/* Any piece of a field is found by the tokens of the field. */
static void finds_every_piece(void) {
    uint64_t state = 1;
    int asked = 0;
    for (int i = 0; i < 100000; i++, arena_reset(arena)) {
        struct str f = text_fold(arena, any_text(&state, 16));
        size_t chars = utf8_count(f);
        size_t from = random_below(&state, (uint32_t)chars + 1);
        size_t len = random_below(&state, (uint32_t)(chars - from) + 1);
        size_t skip = utf8_cut(f, from).n;
        struct str piece = utf8_cut(str_sub(f, skip, f.n), len);
        struct str q = text_fold(arena, piece);
        struct tokens t = field_tokens(f);
        struct token_query tq;
        tokens_of_query(arena, q, &tq);
        asked += tq.n > 0;
        if (i % 16 == 0)
            check_set(t);
        if (str_find(f, q) == SIZE_MAX)
            CHECK_STR(q, "a piece after folding");
        if (!matches(f, q))
            CHECK_STR(q, str_cstr(arena, f));
        if (tq.n > 0 && !has_all(t, tq.alt[0])) {
            CHECK_STR(q, str_cstr(arena, f));
            return;
        }
    }
    printf("pieces looked up: %d of 100000\n", asked);
    CHECK(asked > 40000);
}

/* Whatever text_rank finds, the index finds too. */
static void index_never_misses(void) {
    static const char *const queries[] = {
        "wang",      "wx",         "wxm",  "xiaom",    "shan",  "chong",
        "lv",        "lu",         "hang", "wangxm",   "mw",    "xing",
        "dan",       "zhong xiao", "m w",  "xiaoming", "danxm", "wang x",
        "wangxiaom", "zwxm",       "wa",   "xi",       "luxing"};
    uint64_t state = 2;
    int found = 0;
    for (int i = 0; i < 20000; i++, arena_reset(arena)) {
        struct str f = text_fold(arena, any_text(&state, 12));
        struct tokens t = field_tokens(f);
        for (size_t k = 0; k < COUNT_OF(queries); k++) {
            struct str q = str_of(queries[k]);
            struct token_query tq;
            tokens_of_query(arena, q, &tq);
            if (tq.n == 0 || !matches(f, q))
                continue;
            found++;
            if (!indexed(t, q)) {
                CHECK_STR(q, str_cstr(arena, f));
                return;
            }
        }
    }
    CHECK(found > 1000);
}

/* Any way to type a run of characters: readings chosen at random, syllables
 * with the last one cut, or initials, or one syllable and two initials. */
static struct str typed(uint64_t *state, const uint32_t *c, size_t n) {
    char *p = arena_alloc(arena, n * 8);
    size_t len = 0;
    uint32_t how = n == 3 ? random_below(state, 3) : random_below(state, 2);
    for (size_t i = 0; i < n; i++) {
        struct pinyin r[PINYIN_MAX];
        size_t n_r = pinyin_of(c[i], r);
        struct str y = r[random_below(state, (uint32_t)n_r)].syllable;
        size_t take = y.n;
        if (how == 0 && i + 1 == n)
            take = 1 + random_below(state, (uint32_t)y.n);
        if (how == 1 || (how == 2 && i > 0))
            take = 1;
        memcpy(p + len, y.p, take);
        len += take;
    }
    return (struct str){p, len};
}

static void finds_every_reading(void) {
    uint64_t state = 3;
    int asked = 0;
    for (int i = 0; i < 100000; i++, arena_reset(arena)) {
        uint32_t c[6];
        char text[6 * UTF8_MAX];
        size_t n = 1 + random_below(&state, 6), bytes = 0;
        for (size_t k = 0; k < n; k++) {
            do
                c[k] = text_simplified(0x4E00 + random_below(&state, 0x5200));
            while (pinyin_initial(c[k]) == '\0');
            bytes += utf8_put(c[k], text + bytes);
        }
        struct str f = {text, bytes};
        size_t from = random_below(&state, (uint32_t)n);
        size_t len = 1 + random_below(&state, (uint32_t)(n - from));
        if (len == 3)
            from = 0; /* syllable and initials: from the start */
        struct str q = typed(&state, c + from, len == 3 && n < 3 ? n : len);
        struct token_query tq;
        tokens_of_query(arena, q, &tq);
        asked += tq.n > 0;
        if (!matches(f, q) || (tq.n > 0 && !indexed(field_tokens(f), q))) {
            CHECK_STR(q, str_cstr(arena, f));
            return;
        }
    }
    printf("readings looked up: %d of 100000\n", asked);
    CHECK(asked > 40000);
}

/* --- figures, not a test ------------------------------------------------ */

static double now_us(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void measure(const char *label, const char *name) {
    const int rounds = 20000;
    size_t n = 0;
    double start = now_us();
    for (int i = 0; i < rounds; i++, arena_reset(arena))
        n = field_tokens(fold(name)).n;
    double us = (now_us() - start) / rounds;
    printf("%s: fold and %zu tokens %.2f us\n", label, n, us);
}

int main(void) {
    arena = arena_new();
    RUN(makes_field_tokens);
    RUN(finds_and_misses);
    RUN(looks_at_all_fields);
    RUN(keeps_syllables_apart);
    RUN(knows_what_is_too_short);
    RUN(finds_every_piece);
    RUN(index_never_misses);
    RUN(finds_every_reading);
    measure("20 ASCII characters", "Acme Trading Ltd 021");
    measure("3 Chinese characters", "王小明");
    measure("20 Chinese characters",
            "深圳市腾讯计算机系统有限公司北京分公司啊");
    arena_free(arena);
    return test_end();
}
