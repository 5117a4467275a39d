#include "test.h"

#include "base/message.h"

#include <string.h>

static struct str print(struct arena *a, enum lang lang, const char *id,
                        struct args args) {
    struct buf b;
    buf_init(&b, a, 4096);
    message_print(&b, lang, str_of(id), args.v, args.n);
    return buf_view(&b);
}

static void fills_placeholders(void) {
    struct arena *a = arena_new();
    CHECK_STR(print(a, LANG_EN, "too_long", ARGS(V(40))),
              "At most 40 characters.");
    CHECK_STR(print(a, LANG_ZH, "too_long", ARGS(V(40))), "最多 40 个字符。");
    CHECK_STR(
        print(a, LANG_EN, "no_rate", ARGS(V("USD"), V("CNY"), V("2026-03-21"))),
        "There is no exchange rate from USD to CNY on 2026-03-21.");
    CHECK_STR(
        print(a, LANG_ZH, "no_rate", ARGS(V("USD"), V("CNY"), V("2026-03-21"))),
        "没有 2026-03-21 当天 USD 兑 CNY 的汇率。");
    CHECK_STR(print(a, LANG_EN, "too_large", ARGS(V(0.5))), "At most 0.5.");
    int64_t ids[] = {3, 5};
    CHECK_STR(print(a, LANG_EN, "too_large", ARGS(val_ids(ids, 2))),
              "At most 3, 5.");
    /* a value is never read as a template */
    CHECK_STR(print(a, LANG_EN, "zone_unknown", ARGS(V("{0}{1}"))),
              "There is no time zone “{0}{1}”.");
    arena_free(a);
}

static void bears_missing_things(void) {
    struct arena *a = arena_new();
    CHECK_STR(print(a, LANG_EN, "no_such_message", NO_ARGS), "no_such_message");
    CHECK_STR(print(a, LANG_EN, "", NO_ARGS), "");
    CHECK_STR(print(a, LANG_EN, "too_long", NO_ARGS), "At most  characters.");
    CHECK_STR(print(a, LANG_EN, "too_long", ARGS(V_NULL)),
              "At most  characters.");
    arena_free(a);
}

static void is_sorted_and_findable(void) {
    CHECK(message_count > 60);
    for (size_t i = 0; i < message_count; i++) {
        CHECK(message_find(messages[i].id) == &messages[i]);
        CHECK(i == 0 || str_cmp(messages[i - 1].id, messages[i].id) < 0);
        CHECK(messages[i].text[LANG_ZH].n > 0);
        CHECK(messages[i].text[LANG_EN].n > 0);
    }
}

static void every_error_has_a_title(void) {
    struct arena *a = arena_new();
    const enum err all[] = {
#define X(name, status, code) ERR_##name,
        ERR_LIST(X)
#undef X
    };
    for (size_t i = 0; i < COUNT_OF(all); i++)
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            struct buf b;
            buf_init(&b, a, 4096);
            message_title(&b, (enum lang)lang, all[i]);
            if (str_starts(buf_view(&b), S("title_")))
                CHECK_STR(buf_view(&b), "a title in locale/");
        }
    arena_free(a);
}

static void prints_a_noted_problem(void) {
    struct arena *a = arena_new();
    struct ctx c;
    ctx_init(&c, a);
    enum err e = failv(&c, ERR_INVALID, S("name"), "too_long", ARGS(V(7)));
    CHECK_I64(e, ERR_INVALID);
    struct buf b;
    buf_init(&b, a, 4096);
    message_problem(&b, LANG_EN, &c.problems.p[0]);
    CHECK_STR(buf_view(&b), "At most 7 characters.");
    arena_free(a);
}

int main(void) {
    RUN(fills_placeholders);
    RUN(bears_missing_things);
    RUN(is_sorted_and_findable);
    RUN(every_error_has_a_title);
    RUN(prints_a_noted_problem);
    return test_end();
}
