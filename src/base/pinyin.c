/* Readings: look-ups in the generated tables. Nothing is kept between calls;
 * any thread. */
#include "base/pinyin.h"

#include "base/text_tables.h"

#include <string.h>

static uint16_t row_of(uint32_t c) {
    if (c >= TEXT_LIMIT)
        return 0;
    return text_reading[text_reading_page[c >> 8]][c & 0xFF];
}

static struct pinyin reading(uint16_t r) {
    const struct text_syllable *s =
        &text_syllables[(r & TEXT_READING_MASK) >> 3];
    return (struct pinyin){.syllable = {s->p, s->n},
                           .tone = r & 7,
                           .number = r & TEXT_READING_MASK};
}

static const struct text_more *more_of(uint32_t c) {
    size_t lo = 0, hi = text_more_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (text_more[mid].c < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return &text_more[lo];
}

size_t pinyin_of(uint32_t c, struct pinyin out[PINYIN_MAX]) {
    uint16_t r = row_of(c);
    size_t n = 0;
    if ((r & TEXT_READING_MASK) != 0)
        out[n++] = reading(r);
    if ((r & TEXT_HAS_MORE) == 0)
        return n;
    const struct text_more *m = more_of(c);
    for (size_t i = 0; i < TEXT_MORE_MAX && m->reading[i] != 0; i++)
        out[n++] = reading(m->reading[i]);
    return n;
}

char pinyin_initial(uint32_t c) {
    return text_syllables[(row_of(c) & TEXT_READING_MASK) >> 3].p[0];
}

/* The longest rule that fits at c, or NULL. */
static const struct text_phrase *rule_at(const uint32_t *c, size_t n,
                                         bool at_start) {
    if ((row_of(c[0]) & TEXT_HAS_RULE) == 0)
        return NULL;
    size_t lo = 0, hi = text_phrase_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (text_phrases[mid].c[0] < c[0])
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < text_phrase_count && text_phrases[lo].c[0] == c[0]; lo++) {
        const struct text_phrase *p = &text_phrases[lo];
        if (p->n <= n && (at_start || !p->start) &&
            memcmp(p->c, c, p->n * sizeof *c) == 0)
            return p;
    }
    return NULL;
}

void pinyin_in_context(const uint32_t *c, const uint32_t *typed, size_t n,
                       bool at_start, struct pinyin *out) {
    for (size_t i = 0; i < n;) {
        const struct text_phrase *p = rule_at(c + i, n - i, at_start && i == 0);
        if (p != NULL) {
            for (size_t k = 0; k < p->n; k++)
                out[i++] = reading(p->reading[k]);
            continue;
        }
        uint16_t r = typed == NULL ? 0 : row_of(typed[i]);
        if ((r & TEXT_READING_MASK) == 0)
            r = row_of(c[i]);
        out[i++] = reading(r & TEXT_READING_MASK);
    }
}

int pinyin_place(uint32_t c, struct pinyin r) {
    size_t lo = text_ranked_first[r.number],
           end = text_ranked_first[r.number + 1], hi = end;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (text_ranked[mid] < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return r.number > 0 && lo < end && text_ranked[lo] == c ? (int)lo : -1;
}

/* The first syllable that is not before s. */
static size_t syllable_from(struct str s) {
    size_t lo = 1, hi = text_syllable_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct text_syllable *y = &text_syllables[mid];
        if (str_cmp((struct str){y->p, y->n}, s) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

int pinyin_place_from(struct str letters) {
    size_t n = letters.n < TEXT_SYLLABLE_MAX ? letters.n : TEXT_SYLLABLE_MAX;
    for (; n > 0; n--) {
        struct str part = str_sub(letters, 0, n);
        size_t at = syllable_from(part);
        if (at < text_syllable_count &&
            str_starts((struct str){text_syllables[at].p, text_syllables[at].n},
                       part))
            return text_ranked_first[at << 3];
    }
    return -1;
}

/* Number of syllables that start with s; *whole_out: one of them is s. */
static size_t syllables_like(struct str s, bool *whole_out) {
    size_t lo = syllable_from(s), n = 0;
    *whole_out = false;
    for (; lo < text_syllable_count; lo++, n++) {
        struct str y = {text_syllables[lo].p, text_syllables[lo].n};
        if (!str_starts(y, s))
            break;
        *whole_out |= y.n == s.n;
    }
    return n;
}

bool pinyin_is_initials(struct str letters) {
    bool whole;
    for (size_t i = 0; i < letters.n; i++)
        if (syllables_like(str_sub(letters, i, i + 1), &whole) == 0)
            return false;
    return letters.n > 0;
}

bool pinyin_is_run(struct str letters) {
    uint64_t reach = 1; /* bit o: letters[0, o) is whole syllables */
    if (letters.n == 0 || letters.n > 63)
        return false;
    for (size_t o = 0; o < letters.n; o++) {
        if ((reach >> o & 1) == 0)
            continue;
        for (size_t len = 1; len <= TEXT_SYLLABLE_MAX; len++) {
            if (o + len > letters.n)
                break;
            bool whole;
            struct str part = str_sub(letters, o, o + len);
            if (syllables_like(part, &whole) == 0)
                break;
            if (o + len == letters.n)
                return true;
            if (whole)
                reach |= (uint64_t)1 << (o + len);
            if (whole && o == 0 && letters.n - len == 2 &&
                pinyin_is_initials(str_sub(letters, len, letters.n)))
                return true;
        }
    }
    return false;
}
