#include "test.h"

#include "app/party_name.h"

static struct arena *arena;

static void takes_the_form_off(void) {
    const struct {
        const char *in, *out;
    } cases[] = {
        {"", ""},
        {"绍兴瑞丰纺织有限公司", "绍兴瑞丰纺织"},
        {"紹興瑞豐紡織 有限公司", "绍兴瑞丰纺织"},
        {"瑞丰分公司", "瑞丰分公司"},
        {"绍有限公司", "绍有限公司"}, /* one character is no name */
        {"有限公司", "有限公司"},
        {"Acme Trading Co., Ltd.", "acmetrading"},
        {"Cisco Ltd", "cisco"},
        {"Ltd", "ltd"},
        {"AB GmbH", "ab"},
        {"A GmbH", "agmbh"},
        {"Ü GmbH", "ügmbh"}, /* of two bytes, and one letter all the same */
        {"ÜÖ GmbH", "üö"},
        {"A Co., Ltd.", "acoltd"},
        {"李 Ltd", "李ltd"},
        {"李宁 Ltd", "李宁"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK_STR(party_core(arena, str_of(cases[i].in)), cases[i].out);
}

int main(void) {
    arena = arena_new();
    RUN(takes_the_form_off);
    arena_free(arena);
    return test_end();
}
