#include "test.h"

#include "base/buf.h"
#include "base/fold.h"
#include "base/pinyin.h"
#include "base/sortkey.h"
#include "base/text_tables.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static struct arena *arena;

static struct str key(const char *s) {
    return text_sort_key(arena, str_of(s));
}

/* The place as what stands there: "wang2王". */
static void put_place(struct buf *b, uint32_t place) {
    size_t reading = 0;
    while (text_ranked_first[reading + 1] <= place)
        reading++;
    const struct text_syllable *s = &text_syllables[reading >> 3];
    char text[UTF8_MAX];
    size_t n = utf8_put(text_ranked[place], text);
    buf_fmt(b, "%s%zu%.*s", s->p, reading & 7, (int)n, text);
}

/* A key with its places spelled out: "w|wang2王an1安". */
static struct str shown(const char *in) {
    struct str k = key(in);
    struct buf b;
    bool behind = false;
    buf_init(&b, arena, 1 << 16);
    for (size_t at = 0; at < k.n;) {
        size_t from = at;
        uint32_t c = utf8_next(k, &at);
        if (c >= 0x800 && !behind) {
            if (from == 1 && k.p[0] >= 'a' && k.p[0] <= 'z')
                buf_byte(&b, '|');
            put_place(&b, c - 0x800 - (c >= 0xE000 ? 0x800 : 0));
        } else {
            buf_str(&b, str_sub(k, from, at));
        }
        behind = c == '~';
    }
    return buf_view(&b);
}

static void makes_keys(void) {
    const struct {
        const char *in, *out;
    } cases[] = {
        {"", ""},
        {"王安", "w|wang2王an1安"},
        {"單雄信", "s|shan4单xiong2雄xin4信"},
        {"曾国藩", "z|zeng1曾guo2国fan1藩"},
        {"尉迟恭", "y|yu4尉chi2迟gong1恭"},
        {"万俟卨", "m|mo4万qi2俟xie4卨"},
        {"吕布", "l|lv3吕bu4布"},
        {"乾隆", "q|qian2干long2隆"},
        {"ＡＣＭＥ Ltd.", "acme ltd"},
        {"Émile Łoś", "emile los"},
        {"O'Neil-Smith", "oneil smith"},
        {"《人民日报》", "r|ren2人min2民ri4日bao4报"},
        {"TCL集团", "tclji2集tuan2团"},
        {"***", "***"},
        {"𪚥x", "z|zhe2𪚥x"},
        {"\U00031350", "~\U00031350"},
        {"王あ", "w|wang2王~あ"},
        {"3M中国", "3mzhong1中guo2国"},
        {"Яна", "яна"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK_STR(shown(cases[i].in), cases[i].out);
    CHECK_I64(key("王安石").n, 10);
}

/* Surnames by their own readings, company and place names by theirs. */
static void knows_readings_in_context(void) {
    const struct {
        const char *name, *first;
    } cases[] = {
        {"单田芳", "shan4"},    {"单位", "dan1"},       {"曾志伟", "zeng1"},
        {"曾经", "ceng2"},      {"仇英", "qiu2"},       {"解晓东", "xie4"},
        {"解放路", "jie3"},     {"查良镛", "zha1"},     {"任正非", "ren2"},
        {"任务", "ren4"},       {"区家麟", "ou1"},      {"区块链", "qu1"},
        {"朴树", "piao2"},      {"盖叫天", "ge3"},      {"翟志刚", "zhai2"},
        {"乐毅", "yue4"},       {"乐山", "le4"},        {"葛优", "ge3"},
        {"华罗庚", "hua4"},     {"华为技术", "hua2"},   {"燕青", "yan1"},
        {"缪斯", "miao4"},      {"覃辉", "qin2"},       {"员半千", "yun4"},
        {"黑格尔", "he4"},      {"重庆啤酒", "chong2"}, {"重阳", "zhong4"},
        {"长沙银行", "chang2"}, {"厦门航空", "xia4"},   {"沈阳", "shen3"},
        {"长孙无忌", "zhang3"}, {"单于", "chan2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str k = shown(cases[i].name);
        k = str_sub(k, 2, k.n); /* letter and bar */
        if (!str_starts(k, str_of(cases[i].first)) ||
            (unsigned char)k.p[strlen(cases[i].first)] < 0x80)
            CHECK_STR(k, cases[i].first);
    }
    CHECK_STR(shown("招商银行"), "z|zhao1招shang1商yin2银hang2行");
    CHECK_STR(shown("中国重庆"), "z|zhong1中guo2国chong2重qing4庆");
    /* a surname's reading is for the start alone */
    CHECK_STR(shown("王任"), "w|wang2王ren4任");
}

static void orders_as_people_expect(void) {
    const char *sorted[] = {
        "",       "007",    "58同城", "an",   "Angel",  "Anna",       "安",
        "安娜",   "昂山",   "Bob",    "陈晨", "陈真",   "仇英",       "任盈盈",
        "单雄信", "沈从文", "Tom",    "王",   "王San",  "王安",       "王安石",
        "王小明", "网易",   "西安",   "先生", "谢霆锋", "曾国藩",     "查良镛",
        "张三",   "張四",   "章子怡", "赵云", "あべ",   "\U00031350", "Яна",
    };
    for (size_t i = 1; i < COUNT_OF(sorted); i++)
        if (str_cmp(key(sorted[i - 1]), key(sorted[i])) >= 0)
            CHECK_STR(key(sorted[i - 1]), str_cstr(arena, key(sorted[i])));
}

/* No two characters that differ when folded have one key. */
static void tells_characters_apart(void) {
    static unsigned char seen[0x10000];
    int n = 0;
    for (uint32_t c = 0x3400; c < TEXT_LIMIT; c++) {
        struct pinyin r;
        uint32_t simple = text_simplified(c);
        if (char_kind(c) != CHAR_HAN || simple != c)
            continue;
        pinyin_in_context(&c, NULL, 1, false, &r);
        int place = pinyin_place(c, r);
        CHECK((place < 0) == (r.syllable.n == 0));
        if (place < 0)
            continue;
        CHECK(place < PINYIN_PLACES && !seen[place]);
        seen[place] = 1;
        n++;
    }
    CHECK(n > 20000);
}

static void begins_at_a_reading(void) {
    const struct {
        const char *letters, *before, *at;
    } cases[] = {{"wang", "弯", "尪"},
                 {"wangxia", "弯", "王"},
                 {"w", "Wu", "挖"},
                 {"zhangs", "站", "张"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str k = text_sort_reading(arena, str_of(cases[i].letters));
        CHECK(str_cmp(key(cases[i].before), k) < 0);
        CHECK(str_cmp(k, key(cases[i].at)) <= 0);
    }
    CHECK_I64(text_sort_reading(arena, S("vv")).n, 0);
    CHECK_I64(text_sort_reading(arena, S("")).n, 0);
}

static void ignores_case_width_and_script(void) {
    CHECK(str_eq(key("張 ＳＡＮ"), key("张 san")));
    CHECK(str_eq(key("  Ltd.  Co"), key("LTD CO.")));
}

static void stays_short_and_whole(void) {
    struct buf b;
    buf_init(&b, arena, 1 << 20);
    for (int i = 0; i < 3000; i++)
        buf_cstr(&b, i % 3 == 0 ? "庄" : i % 3 == 1 ? "𪚥" : "é");
    struct str k = text_sort_key(arena, buf_view(&b));
    CHECK(k.n <= SORT_KEY_MAX && k.n > SORT_KEY_MAX - 20);
    CHECK(utf8_valid(k));
    buf_clear(&b);
    for (int i = 0; i < 500; i++)
        buf_cstr(&b, "。");
    k = text_sort_key(arena, buf_view(&b));
    CHECK(k.n <= SORT_KEY_MAX && k.n > 0);
    CHECK(utf8_valid(k));
    CHECK(text_sort_key(arena, S("\xFF\x80 bad")).n > 0);
}

static void lists_readings(void) {
    struct pinyin r[PINYIN_MAX];
    CHECK_I64(pinyin_of(0x738B, r), 1);
    CHECK_STR(r[0].syllable, "wang");
    CHECK_I64(r[0].tone, 2);
    CHECK_I64(pinyin_of(0x5973, r), 2);
    CHECK_STR(r[0].syllable, "nv");
    CHECK_STR(r[1].syllable, "nu");
    CHECK_I64(pinyin_of('a', r), 0);
    CHECK_I64(pinyin_of(0x10FFFF, r), 0);
    CHECK_I64(pinyin_initial(0x738B), 'w');
    CHECK_I64(pinyin_initial('x'), 0);
    CHECK(text_tables_version() > 0);
}

static void tells_runs(void) {
    const char *runs[] = {"wang", "wangx", "wangxiao", "xian",   "wangxm",
                          "a",    "lv",    "nv",       "zhuang", "lixm"};
    const char *none[] = {"", "wxm", "bcd", "wangxmz", "ii", "wangq1", "vv"};
    for (size_t i = 0; i < COUNT_OF(runs); i++)
        CHECK(pinyin_is_run(str_of(runs[i])));
    for (size_t i = 0; i < COUNT_OF(none); i++)
        CHECK(!pinyin_is_run(str_of(none[i])));
    CHECK(pinyin_is_initials(S("wxm")));
    CHECK(!pinyin_is_initials(S("wxi")));
    CHECK(!pinyin_is_initials(S("")));
}

/* "wáng" of the reference file as "wang2". Marks are matched by their bytes. */
static struct str ascii_reading(struct str s) {
    const struct {
        const char *from, *to;
        char tone;
    } marks[] = {
        {"ā", "a", '1'}, {"á", "a", '2'}, {"ǎ", "a", '3'}, {"à", "a", '4'},
        {"ē", "e", '1'}, {"é", "e", '2'}, {"ě", "e", '3'}, {"è", "e", '4'},
        {"ī", "i", '1'}, {"í", "i", '2'}, {"ǐ", "i", '3'}, {"ì", "i", '4'},
        {"ō", "o", '1'}, {"ó", "o", '2'}, {"ǒ", "o", '3'}, {"ò", "o", '4'},
        {"ū", "u", '1'}, {"ú", "u", '2'}, {"ǔ", "u", '3'}, {"ù", "u", '4'},
        {"ǘ", "v", '2'}, {"ǚ", "v", '3'}, {"ǜ", "v", '4'}, {"ü", "v", '5'},
        {"ń", "n", '2'}, {"ň", "n", '3'}, {"ǹ", "n", '4'},
    };
    struct buf b;
    buf_init(&b, arena, 64);
    char tone = '5';
    for (size_t i = 0; i < s.n;) {
        size_t k = 0;
        while (k < COUNT_OF(marks) &&
               !str_starts(str_sub(s, i, s.n), str_of(marks[k].from)))
            k++;
        if (k < COUNT_OF(marks)) {
            buf_cstr(&b, marks[k].to);
            tone = marks[k].tone;
            i += strlen(marks[k].from);
        } else {
            buf_byte(&b, s.p[i++]);
        }
    }
    buf_byte(&b, tone);
    return buf_view(&b);
}

struct agreement {
    int all, same, same_toneless;
};

/* A line "U+4E00: yī  # 一", the commonest reading first. */
static void compare_line(struct agreement *g, const char *line) {
    char *end;
    if (strncmp(line, "U+", 2) != 0)
        return;
    uint32_t c = (uint32_t)strtoul(line + 2, &end, 16);
    if (strncmp(end, ": ", 2) != 0)
        return;
    struct str want =
        ascii_reading((struct str){end + 2, strcspn(end + 2, " ,\n")});
    struct pinyin r[PINYIN_MAX];
    g->all++;
    if (pinyin_of(c, r) == 0)
        return;
    bool toneless = str_eq(r[0].syllable, str_sub(want, 0, want.n - 1));
    g->same_toneless += toneless;
    g->same += toneless && want.p[want.n - 1] == '0' + r[0].tone;
}

/* The 8,105 standard characters: at least 99 % as in the reference. */
static void agrees_with_reference(void) {
    FILE *f = fopen("../shared/data/pinyin/kMandarin_8105.txt", "r");
    if (f == NULL) {
        printf("skipped: ../shared/data/pinyin is not here\n");
        return;
    }
    struct agreement g = {0, 0, 0};
    char line[256];
    while (fgets(line, sizeof line, f) != NULL)
        compare_line(&g, line);
    fclose(f);
    printf("readings like kMandarin_8105: %d of %d, without tone %d\n", g.same,
           g.all, g.same_toneless);
    CHECK(g.all > 8000);
    CHECK(g.same * 100 > g.all * 99);
}

/* All surnames and characters of given names have a reading. */
static void reads_all_names(void) {
    const char *paths[] = {"../shared/data/chinese-names/surnames.csv",
                           "../shared/data/chinese-names/given-characters.csv"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        FILE *f = fopen(paths[i], "r");
        if (f == NULL) {
            printf("skipped: %s is not here\n", paths[i]);
            continue;
        }
        char line[256];
        int chars = 0, unread = 0;
        while (fgets(line, sizeof line, f) != NULL) {
            struct str s = str_of(line);
            for (size_t at = 0; at < s.n;) {
                uint32_t c = utf8_next(s, &at);
                if (char_kind(c) != CHAR_HAN)
                    continue;
                chars++;
                unread += pinyin_initial(c) == '\0';
            }
        }
        fclose(f);
        CHECK(chars > 1000);
        CHECK_I64(unread, 0);
    }
}

int main(void) {
    arena = arena_new();
    RUN(makes_keys);
    RUN(knows_readings_in_context);
    RUN(orders_as_people_expect);
    RUN(tells_characters_apart);
    RUN(begins_at_a_reading);
    RUN(ignores_case_width_and_script);
    RUN(stays_short_and_whole);
    RUN(lists_readings);
    RUN(tells_runs);
    RUN(agrees_with_reference);
    RUN(reads_all_names);
    arena_free(arena);
    return test_end();
}
