#include "base/money.h"
#include "base/num.h"

#include "test.h"

static void takes_the_own_sign_off(void) {
    static const struct {
        const char *text, *currency, *want;
    } good[] = {
        {"12.50", "CNY", "12.50"},
        {"¥4,380.00", "CNY", "4,380.00"},
        {"￥1 200", "CNY", "1 200"},
        {"￥１，２００．５", "CNY", "1,200.5"},
        {"RMB 300", "CNY", "300"},
        {"rmb300", "CNY", "300"},
        {"ＲＭＢ３００", "CNY", "300"},
        {"1,200元", "CNY", "1,200"},
        {"人民币 88 元整", "CNY", "88"},
        {"-¥5", "CNY", "-5"},
        {"¥-5", "CNY", "-5"},
        {"−5元", "CNY", "-5"},
        {"¥ 900", "JPY", "900"},
        {"HK$20", "HKD", "20"},
        {"$20", "USD", "20"},
        {"20 XPF", "XPF", "20"},
        {"1\xE2\x80\xAF"
         "200 €",
         "EUR", "1 200"},
        {"两个", "CNY", "两个"},
        {"RMB", "CNY", "RMB"},
        {"", "CNY", ""},
        {"1e3", "CNY", "1e3"},
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        char tmp[MONEY_TEXT];
        struct str out;
        CHECK_I64(money_bare(str_of(good[i].text), str_of(good[i].currency),
                             tmp, &out),
                  MONEY_OK);
        CHECK_STR(out, good[i].want);
    }
}

static void tells_another_sign(void) {
    static const struct {
        const char *text, *currency, *sign;
    } bad[] = {
        {"$20", "CNY", "$"},        {"US$20", "CNY", "US$"},
        {"300美元", "CNY", "美元"}, {"20 eur", "CNY", "EUR"},
        {"¥20", "USD", "¥"},        {"HK$20", "USD", "HK$"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char tmp[MONEY_TEXT];
        struct str out;
        CHECK_I64(
            money_bare(str_of(bad[i].text), str_of(bad[i].currency), tmp, &out),
            MONEY_OTHER);
        CHECK_STR(out, bad[i].sign);
    }
}

static void leaves_what_is_long(void) {
    char text[400], tmp[MONEY_TEXT];
    struct str out, in = {text, sizeof text};
    memset(text, '9', sizeof text);
    text[0] = '+';
    CHECK_I64(money_bare(in, S("CNY"), tmp, &out), MONEY_OK);
    CHECK(out.p == in.p && out.n == in.n);
}

int main(void) {
    RUN(takes_the_own_sign_off);
    RUN(tells_another_sign);
    RUN(leaves_what_is_long);
    return test_end();
}
