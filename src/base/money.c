/* Signs of currencies around amounts. Pure; no state. Invariant: a text without
 * a digit or without a sign known here is given back as it was. */
#include "base/money.h"

#include "base/compiler.h"
#include "base/narrow.h"

#include <string.h>

/* What is written for which currencies; one sign may stand for several. */
static const struct {
    const char *text, *codes;
} signs[] = {
    {"¥", "CNY JPY"},
    {"￥", "CNY JPY"},
    {"CN¥", "CNY"},
    {"JP¥", "JPY"},
    {"元", "CNY HKD TWD MOP SGD"},
    {"元整", "CNY HKD TWD MOP SGD"},
    {"圆", "CNY HKD TWD MOP SGD"},
    {"人民币", "CNY"},
    {"RMB", "CNY"},
    {"RMB¥", "CNY"},
    {"CNY", "CNY"},
    {"CNY¥", "CNY"},
    {"$", "USD AUD CAD HKD MXN NZD SGD TWD"},
    {"US$", "USD"},
    {"USD", "USD"},
    {"美元", "USD"},
    {"HK$", "HKD"},
    {"HKD", "HKD"},
    {"港元", "HKD"},
    {"港币", "HKD"},
    {"NT$", "TWD"},
    {"TWD", "TWD"},
    {"新台币", "TWD"},
    {"A$", "AUD"},
    {"AUD", "AUD"},
    {"澳元", "AUD"},
    {"C$", "CAD"},
    {"CAD", "CAD"},
    {"加元", "CAD"},
    {"S$", "SGD"},
    {"SGD", "SGD"},
    {"新加坡元", "SGD"},
    {"€", "EUR"},
    {"EUR", "EUR"},
    {"欧元", "EUR"},
    {"£", "GBP"},
    {"GBP", "GBP"},
    {"英镑", "GBP"},
    {"JPY", "JPY"},
    {"日元", "JPY"},
    {"円", "JPY"},
    {"₩", "KRW"},
    {"KRW", "KRW"},
    {"韩元", "KRW"},
    {"₹", "INR"},
    {"INR", "INR"},
    {"₽", "RUB"},
    {"RUB", "RUB"},
    {"卢布", "RUB"},
    {"CHF", "CHF"},
};

struct found {
    struct str sign;
    bool own; /* of the currency asked for */
};

static bool stands(struct str s, struct str sign, bool behind) {
    if (sign.n == 0 || sign.n > s.n)
        return false;
    struct str part =
        behind ? str_sub(s, s.n - sign.n, s.n) : str_sub(s, 0, sign.n);
    return str_eq_nocase(part, sign);
}

/* The longest sign at that end. */
static struct found sign_at(struct str s, struct str currency, bool behind) {
    struct found f = {.own = false};
    if (stands(s, currency, behind))
        f = (struct found){currency, true};
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        struct str sign = str_of(signs[i].text);
        if (sign.n > f.sign.n && stands(s, sign, behind))
            f = (struct found){
                sign, str_find(str_of(signs[i].codes), currency) != SIZE_MAX};
    }
    return f;
}

static bool is_plain(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '.' && s.p[i] != '-')
            return false;
    return true;
}

static bool has_digit(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            return true;
    return false;
}

/* Thin and narrow spaces of typesetters (U+2009, U+202F). */
static struct str plain_spaces(struct str s, char *to) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        struct str three = str_sub(s, i, i + 3);
        bool space =
            str_eqc(three, "\xE2\x80\x89") || str_eqc(three, "\xE2\x80\xAF");
        to[n++] = space ? ' ' : s.p[i];
        i += space ? 2 : 0;
    }
    return str_trim((struct str){to, n});
}

static bool take_minus(struct str *s, bool *minus) {
    bool there = s->n > 0 && (s->p[0] == '-' || s->p[0] == '+');
    if (there) {
        *minus = s->p[0] == '-';
        *s = str_trim(str_sub(*s, 1, s->n));
    }
    return there;
}

enum money_result money_bare(struct str text, struct str currency,
                             char tmp[MONEY_TEXT], struct str *out) {
    char wide[MONEY_TEXT], spaced[MONEY_TEXT];
    bool minus = false;
    *out = text;
    if (text.n >= MONEY_TEXT || is_plain(text))
        return MONEY_OK;
    struct str s = plain_spaces(narrow(text, wide, sizeof wide), spaced);
    if (!has_digit(s))
        return MONEY_OK;
    bool signed_before = take_minus(&s, &minus);
    for (int behind = 0; behind < 2; behind++) {
        struct found f = sign_at(s, currency, behind == 1);
        if (f.sign.n == 0)
            continue;
        if (!f.own) {
            *out = f.sign;
            return MONEY_OTHER;
        }
        s = str_trim(behind == 1 ? str_sub(s, 0, s.n - f.sign.n)
                                 : str_sub(s, f.sign.n, s.n));
        if (behind == 0 && !signed_before)
            signed_before = take_minus(&s, &minus);
    }
    size_t n = 0;
    if (minus)
        tmp[n++] = '-';
    memcpy(tmp + n, s.p, s.n);
    *out = (struct str){tmp, n + s.n};
    return MONEY_OK;
}
