/* Matching and ranking of candidates. What is found by its reading here is
 * also found by the tokens of token.c: both look at runs of Chinese characters
 * up to TOKEN_READ_CHARS (tested). Pure; any thread. */
#include "base/match.h"

#include "base/fold.h"
#include "base/pinyin.h"
#include "base/token.h"
#include "base/utf8.h"

/* Phone digits shorter than this are no phone. */
#define MIN_DIGITS 3

/* Kind of the character that ends before byte `at` (> 0). */
static enum char_kind kind_before(struct str s, size_t at) {
    size_t from = at - 1;
    while (from > 0 && (s.p[from] & 0xC0) == 0x80)
        from--;
    return char_kind(utf8_next(s, &from));
}

static bool starts_word(struct str s, size_t at) {
    size_t next = at;
    enum char_kind before = kind_before(s, at);
    return before == CHAR_OTHER || before != char_kind(utf8_next(s, &next));
}

static enum text_rank rank_piece(struct str field, struct str query) {
    if (query.n == 0)
        return RANK_PIECE;
    if (str_starts(field, query))
        return field.n == query.n ? RANK_EXACT : RANK_PREFIX;
    enum text_rank best = RANK_NONE;
    size_t at = 0;
    for (;;) {
        size_t off = str_find(str_sub(field, at, field.n), query);
        if (off == SIZE_MAX)
            return best;
        at += off;
        if (starts_word(field, at))
            return RANK_WORD;
        best = RANK_PIECE;
        at++;
    }
}

/* --- readings ----------------------------------------------------------- */

/* Where letters of the query may stand after some characters of a run: bit o
 * for letters[0, o). Syllables and initials do not mix. */
struct reach {
    uint64_t syllables, initials;
};

/* One character more; true when the letters are used up. A start at this very
 * character is bit 0. */
static bool advance(struct reach *x, struct str letters, const struct pinyin *r,
                    size_t n_r) {
    struct reach y = {0, 0};
    for (size_t o = 0; o < letters.n; o++) {
        uint64_t bit = (uint64_t)1 << o;
        struct str rest = str_sub(letters, o, letters.n);
        for (size_t k = 0; k < n_r; k++) {
            if ((x->syllables & bit) != 0) {
                if (str_starts(r[k].syllable, rest))
                    return true;
                if (str_starts(rest, r[k].syllable))
                    y.syllables |= bit << r[k].syllable.n;
            }
            if ((x->initials & bit) != 0 && r[k].syllable.p[0] == rest.p[0]) {
                if (rest.n == 1)
                    return true;
                y.initials |= bit << 1;
            }
        }
    }
    *x = y;
    return false;
}

static bool has_initial(uint32_t c, char initial) {
    struct pinyin r[PINYIN_MAX];
    size_t n = pinyin_of(c, r);
    for (size_t i = 0; i < n; i++)
        if (r[i].syllable.p[0] == initial)
            return true;
    return false;
}

/* wangxm: the syllable of c[0], then the initials of c[1] and c[2]. */
static bool is_mixed(const uint32_t c[3], struct str letters) {
    struct pinyin r[PINYIN_MAX];
    size_t n = pinyin_of(c[0], r);
    for (size_t i = 0; i < n; i++)
        if (letters.n == r[i].syllable.n + 2 &&
            str_starts(letters, r[i].syllable) &&
            has_initial(c[1], letters.p[letters.n - 2]) &&
            has_initial(c[2], letters.p[letters.n - 1]))
            return true;
    return false;
}

/* The letters read from some character of the run c on. */
static bool read_run(const uint32_t *c, size_t n, struct str letters) {
    struct reach x = {0, 0};
    bool starts = true; /* c[i] is the first with a reading */
    for (size_t i = 0; i < n; i++) {
        struct pinyin r[PINYIN_MAX];
        size_t n_r = pinyin_of(c[i], r);
        x.syllables |= 1;
        x.initials |= 1;
        if (n_r == 0)
            x = (struct reach){0, 0};
        else if (advance(&x, letters, r, n_r))
            return true;
        if (starts && n_r > 0 && i + 2 < n && is_mixed(c + i, letters))
            return true;
        starts = n_r == 0;
    }
    return false;
}

static bool has_reading(struct str field, struct str letters) {
    uint32_t run[TOKEN_READ_CHARS];
    if (letters.n == 0 || letters.n > 63)
        return false;
    for (size_t at = 0; at < field.n;) {
        size_t n = 0;
        while (at < field.n) {
            uint32_t c = utf8_next(field, &at);
            if (char_kind(c) != CHAR_HAN)
                break;
            if (n < TOKEN_READ_CHARS)
                run[n++] = c;
        }
        if (n > 0 && read_run(run, n, letters))
            return true;
    }
    return false;
}

/* --- words -------------------------------------------------------------- */

/* The digits of a word written like a phone, else empty. */
static struct str phone_digits(struct arena *a, struct str word) {
    for (size_t i = 0; i < word.n; i++)
        if ((word.p[i] < '0' || word.p[i] > '9') &&
            !str_has_byte(S("+-.()/"), word.p[i]))
            return S("");
    struct str digits = text_digits(a, word);
    return digits.n < MIN_DIGITS ? S("") : digits;
}

static bool all_digits(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static enum text_rank rank_word(struct arena *a, const struct str *folded,
                                size_t n, struct str word) {
    enum text_rank best = RANK_NONE;
    for (size_t i = 0; i < n; i++) {
        enum text_rank r = rank_piece(folded[i], word);
        best = r > best ? r : best;
    }
    if (best != RANK_NONE)
        return best;
    struct str digits = phone_digits(a, word);
    if (digits.n > 0)
        for (size_t i = 0; i < n; i++)
            if (all_digits(folded[i]) &&
                str_find(folded[i], digits) != SIZE_MAX)
                return RANK_PIECE;
    struct str letters = token_letters(a, word);
    for (size_t i = 0; i < n; i++)
        if (has_reading(folded[i], letters))
            return RANK_READING;
    return RANK_NONE;
}

enum text_rank text_rank(struct arena *a, const struct str *folded, size_t n,
                         struct str query) {
    if (!str_has_byte(query, ' '))
        return rank_word(a, folded, n, query);
    enum text_rank whole = RANK_NONE, worst = RANK_WORD;
    for (size_t i = 0; i < n; i++) {
        enum text_rank r = rank_piece(folded[i], query);
        whole = r > whole ? r : whole;
    }
    if (whole > RANK_PIECE)
        return whole;
    struct str word, rest = query;
    while (worst != RANK_NONE && str_cut(&rest, ' ', &word)) {
        enum text_rank r = rank_word(a, folded, n, word);
        worst = r < worst ? r : worst;
    }
    return whole > worst ? whole : worst;
}
