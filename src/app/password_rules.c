/* What a new password may not be: too short, what others would try first, or
 * built around what everybody knows of its owner. Pure but for settings. No
 * rule asks for kinds of characters: length is what helps (NIST SP 800-63B-4).
 */
#include "app/password.h"

#include "app/password_words.h"
#include "base/fold.h"
#include "base/pinyin.h"
#include "base/utf8.h"

#define NAME_LEAST 3 /* bytes of a name that counts */
#define OWN_LEAST 8  /* characters that must remain without it */
#define GIVEN_MAX 12 /* letters of a given name */
#define LETTERS_MAX 18
#define MOBILE_DIGITS 11

static bool is_digit(char ch) {
    return ch >= '0' && ch <= '9';
}

static bool is_letter(char ch) {
    return ch >= 'a' && ch <= 'z';
}

static bool all(struct str s, bool (*is)(char ch)) {
    for (size_t i = 0; i < s.n; i++)
        if (!is(s.p[i]))
            return false;
    return true;
}

static bool listed(struct str s, const struct str *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(s, list[i]))
            return true;
    return false;
}

/* "aaaaaaaa", "12345678", "87654321", "abcdefgh": each byte follows from the
 * one before it by the same step of -1, 0 or 1. */
static bool is_run(struct str s) {
    int step = s.p[1] - s.p[0];
    if (step < -1 || step > 1)
        return false;
    for (size_t i = 2; i < s.n; i++)
        if (s.p[i] - s.p[i - 1] != step)
            return false;
    return true;
}

static int number(struct str s, size_t from, size_t n) {
    int v = 0;
    for (size_t i = from; i < from + n; i++)
        v = v * 10 + (s.p[i] - '0');
    return v;
}

/* A birth date is the most frequent digit password in China: 19880808,
 * 1988-08-08, 08081988. */
static bool is_date(struct str s) {
    char d[8];
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '-' || s.p[i] == '/' || s.p[i] == '.')
            continue;
        if (n == sizeof d || s.p[i] < '0' || s.p[i] > '9')
            return false;
        d[n++] = s.p[i];
    }
    if (n != sizeof d)
        return false;
    struct str t = {d, n};
    static const size_t at[][3] = {{0, 4, 6}, {4, 2, 0}, {4, 0, 2}};
    for (size_t i = 0; i < COUNT_OF(at); i++) {
        int year = number(t, at[i][0], 4), month = number(t, at[i][1], 2),
            day = number(t, at[i][2], 2);
        if (year >= 1900 && year <= 2099 && month >= 1 && month <= 12 &&
            day >= 1 && day <= 31)
            return true;
    }
    return false;
}

/* A block of at most four bytes again and again: abcabcabc, 12121212. */
static bool is_repeat(struct str s) {
    for (size_t block = 1; block <= 4; block++) {
        size_t i = block;
        while (i < s.n && s.p[i] == s.p[i - block])
            i++;
        if (i == s.n)
            return true;
    }
    return false;
}

static struct str reversed(struct arena *a, struct str s) {
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[s.n - 1 - i];
    return (struct str){p, s.n};
}

/* Keys that lie beside each other, in either direction. */
static bool is_walk(struct arena *a, struct str s) {
    struct str back = reversed(a, s);
    for (size_t i = 0; i < password_walks_n; i++)
        if (str_find(password_walks[i], s) != SIZE_MAX ||
            str_find(password_walks[i], back) != SIZE_MAX)
            return true;
    return false;
}

static bool is_mobile(struct str s) {
    return s.n == MOBILE_DIGITS && s.p[0] == '1' && s.p[1] >= '3' &&
           all(s, is_digit);
}

/* Digits (and marks) that add next to nothing to a word: few, a date, a run,
 * luck. */
static bool is_weak_tail(struct str s) {
    char d[8];
    size_t n = 0;
    if (s.n <= 4)
        return true;
    while (s.n > 0 && !is_digit(s.p[s.n - 1]))
        s.n--;
    while (s.n > 0 && !is_digit(s.p[0]))
        s = str_sub(s, 1, s.n);
    if (s.n < 2)
        return true;
    if (is_run(s) || is_repeat(s) || is_date(s) ||
        listed(s, password_tails, password_tails_n))
        return true;
    if (s.n != 6 || !all(s, is_digit)) /* 880808: a date without century */
        return false;
    d[n++] = '1';
    d[n++] = '9';
    while (n < sizeof d) {
        d[n] = s.p[n - 2];
        n++;
    }
    return is_date((struct str){d, n});
}

/* zhangxiaoming: a surname and at most two syllables more. */
static bool is_name(struct str s) {
    for (size_t i = 0; i < password_surnames_n; i++) {
        struct str surname = password_surnames[i];
        if (!str_starts(s, surname))
            continue;
        struct str given = str_sub(s, surname.n, s.n);
        if (given.n == 0 || (given.n <= GIVEN_MAX && pinyin_is_run(given)))
            return true;
    }
    return false;
}

/* A word of the list, once or twice, or a name. */
static bool is_word(struct str s) {
    struct str half = str_sub(s, 0, s.n / 2);
    if (listed(s, password_words, password_words_n))
        return true;
    if (s.n % 2 == 0 && str_eq(half, str_sub(s, s.n / 2, s.n)) &&
        listed(half, password_words, password_words_n))
        return true;
    return s.n <= LETTERS_MAX && is_name(s);
}

/* p@ssw0rd → password: letters people write as digits and marks, within a
 * word; what stands at its ends is left alone. */
static struct str plain_letters(struct arena *a, struct str s) {
    static const char from[] = "@0134$57", to[] = "aoieasst";
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        p[i] = s.p[i];
        for (size_t k = 0; k + 1 < sizeof from; k++)
            if (s.p[i] == from[k])
                p[i] = to[k];
    }
    return (struct str){p, s.n};
}

/* Digits, a word, digits. */
static bool is_decorated(struct arena *a, struct str s) {
    size_t from = 0, to = s.n;
    while (from < s.n && !is_letter(s.p[from]))
        from++;
    while (to > from && !is_letter(s.p[to - 1]))
        to--;
    struct str core = str_sub(s, from, to);
    struct str ends = str_cat(a, str_sub(s, 0, from), str_sub(s, to, s.n));
    if (core.n == 0 || !is_weak_tail(ends))
        return false;
    if (!all(core, is_letter))
        core = plain_letters(a, core);
    return all(core, is_letter) && is_word(core);
}

static bool is_common(struct arena *a, struct str s) {
    return listed(s, password_common, password_common_n) || is_run(s) ||
           is_date(s) || is_repeat(s) || is_walk(a, s) || is_mobile(s) ||
           is_decorated(a, s);
}

/* --- what is known of its owner ------------------------------------------ */

/* Does the password say little beyond what? */
static bool is_around(struct arena *a, struct str s, struct str what) {
    if (what.n < NAME_LEAST)
        return false;
    size_t at = str_find(s, what);
    if (at == SIZE_MAX)
        return false;
    struct str rest =
        str_cat(a, str_sub(s, 0, at), str_sub(s, at + what.n, s.n));
    return utf8_count(rest) < OWN_LEAST;
}

/* The pinyin of a Chinese name in one word; empty when it has other letters. */
static struct str pinyin_word(struct arena *a, struct str name) {
    struct str out = {0};
    for (size_t at = 0; at < name.n;) {
        struct pinyin p[PINYIN_MAX];
        uint32_t ch = text_simplified(utf8_next(name, &at));
        if (pinyin_of(ch, p) == 0)
            return (struct str){0};
        out = str_cat(a, out, p[0].syllable);
    }
    return out;
}

/* ASCII letters and digits of a text, small: "Acme Ltd." → "acmeltd". */
static struct str squeezed(struct arena *a, struct str s) {
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    struct str low = str_lower(a, s);
    for (size_t i = 0; i < low.n; i++)
        if (is_letter(low.p[i]) || is_digit(low.p[i]) ||
            (unsigned char)low.p[i] >= 0x80)
            p[n++] = low.p[i];
    return (struct str){p, n};
}

static bool is_about(struct arena *a, struct str s, struct str name) {
    struct str low = squeezed(a, name);
    return is_around(a, s, low) || is_around(a, s, pinyin_word(a, low));
}

static struct str local_part(struct arena *a, struct str email) {
    struct str part = {0}, rest = str_lower(a, email);
    return str_cut(&rest, '@', &part) ? part : (struct str){0};
}

enum err password_check(struct ctx *c, const char *field, struct str password,
                        const struct password_about *about) {
    struct arena *a = c->arena;
    size_t n = utf8_count(password);
    size_t least = about->least > PASSWORD_MIN ? about->least : PASSWORD_MIN;
    if (n < least)
        return failv(c, ERR_INVALID, str_of(field), "password_short",
                     ARGS(V((int64_t)least)));
    if (n > PASSWORD_MAX)
        return failv(c, ERR_INVALID, str_of(field), "password_long",
                     ARGS(V(PASSWORD_MAX)));
    struct str s = str_lower(a, password);
    if (is_around(a, s, str_lower(a, about->login)) ||
        is_around(a, s, local_part(a, about->email)))
        return fail(c, ERR_INVALID, field, "password_login");
    if (is_about(a, s, about->name))
        return fail(c, ERR_INVALID, field, "password_name");
    if (is_about(a, s, about->company))
        return fail(c, ERR_INVALID, field, "password_company");
    if (is_common(a, s))
        return fail(c, ERR_INVALID, field, "password_common");
    return OK;
}
