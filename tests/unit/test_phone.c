#include "test.h"

#include "base/phone.h"

static struct arena *arena;

static void makes_one_form(void) {
    const struct {
        const char *in, *out;
    } cases[] = {
        {"", ""},
        {"13800138000", "13800138000"},
        {"+86 138-0013-8000", "13800138000"},
        {"0086 138 0013 8000", "13800138000"},
        {"(+86)13800138000", "13800138000"},
        {"００８６１３８００１３８０００", "13800138000"},
        {"010-6552 9988", "01065529988"},
        {"+86 10 6552 9988", "861065529988"},
        {"0086 10 6552 9988", "861065529988"},
        {"0086 755 2552 9988", "75525529988"},
        {"+86 755 2552 9988", "75525529988"},
        {"400 820 8820", "4008208820"},
        {"+1 212 555 0123", "12125550123"},
        {"8612", "8612"},
        {"0086", "86"},
        {"no digit", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str form = phone_form(arena, str_of(cases[i].in));
        CHECK_STR(form, cases[i].out);
        CHECK_STR(phone_form(arena, form), cases[i].out);
    }
}

static void knows_the_ways(void) {
    const struct {
        const char *form, *ways[PHONE_WAYS];
    } cases[] = {
        {"13800138000", {"13800138000", "8613800138000", "008613800138000"}},
        {"861065529988", {"861065529988", "00861065529988"}},
        {"01065529988", {"01065529988", "8601065529988", "008601065529988"}},
        {"6552998", {"6552998"}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str ways[PHONE_WAYS];
        size_t n = phone_ways(arena, str_of(cases[i].form), ways), want = 0;
        while (want < PHONE_WAYS && cases[i].ways[want] != NULL)
            want++;
        CHECK_I64((int64_t)n, (int64_t)want);
        for (size_t k = 0; k < n && k < want; k++)
            CHECK_STR(ways[k], cases[i].ways[k]);
    }
}

int main(void) {
    arena = arena_new();
    RUN(makes_one_form);
    RUN(knows_the_ways);
    arena_free(arena);
    return test_end();
}
