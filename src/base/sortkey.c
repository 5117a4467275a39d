/* Sort keys. 王安 becomes "w", the place of 王 and that of 安, each place one
 * character of three bytes behind U+07FF. What is no Chinese character stands
 * as itself, behind "~" where it could be taken for a place.
 * Nothing is kept between calls; any thread. */
#include "base/sortkey.h"

#include "base/fold.h"
#include "base/pinyin.h"
#include "base/text_tables.h"
#include "base/utf8.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>

/* Counts changes of the rules in fold.c, sortkey.c and token.c. */
#define RULES_VERSION 2

/* Characters looked at: each gives at least one byte, save skipped ones. */
#define MAX_CHARS 256

/* The first character of three bytes. */
#define FIRST_PLACE 0x800
_Static_assert(FIRST_PLACE + PINYIN_PLACES + 0x800 <= 0x10000,
               "places have three bytes");

struct key {
    char p[SORT_KEY_MAX];
    size_t n;
    bool space, full;
};

int64_t text_tables_version(void) {
    return (int64_t)RULES_VERSION << 32 | text_tables_hash;
}

/* Appends s whole or, when it does not fit, ends the key. */
static void put(struct key *k, struct str s) {
    size_t space = k->space && k->n > 0;
    if (k->full || k->n + space + s.n > sizeof k->p) {
        k->full = true;
        return;
    }
    if (space)
        k->p[k->n++] = ' ';
    k->space = false;
    memcpy(k->p + k->n, s.p, s.n);
    k->n += s.n;
}

/* A character that would sort among the places. */
static void put_behind(struct key *k, uint32_t c) {
    char text[1 + UTF8_MAX] = "~";
    put(k, (struct str){text, 1 + utf8_put(c, text + 1)});
}

/* Surrogates are no characters: the places leave them out. */
static size_t put_place(int place, char *to) {
    uint32_t c = FIRST_PLACE + (uint32_t)place;
    return utf8_put(c < 0xD800 ? c : c + 0x800, to);
}

static void put_han(struct key *k, uint32_t c, struct pinyin r) {
    char text[1 + UTF8_MAX];
    size_t n = 0;
    int place = pinyin_place(c, r);
    if (place < 0) {
        put_behind(k, c);
        return;
    }
    if (k->n == 0)
        text[n++] = r.syllable.p[0];
    n += put_place(place, text + n);
    put(k, (struct str){text, n});
}

/* Letters that have no decomposition but a place in the alphabet. */
static const char *plain_letters(uint32_t c) {
    switch (c) {
    case 0xE6:
        return "ae";
    case 0xF0:
    case 0x111:
        return "d";
    case 0xF8:
        return "o";
    case 0xFE:
        return "th";
    case 0x127:
        return "h";
    case 0x131:
        return "i";
    case 0x142:
        return "l";
    case 0x153:
        return "oe";
    default:
        return NULL;
    }
}

/* A letter beyond ASCII: Latin ones lose their accents. */
static void put_letter(struct key *k, uint32_t c) {
    const char *plain = plain_letters(c);
    if (plain != NULL) {
        put(k, str_of(plain));
        return;
    }
    if (c < 0x250 || (c >= 0x1E00 && c <= 0x1EFF)) {
        UErrorCode e = U_ZERO_ERROR;
        UChar parts[16];
        int32_t n = unorm2_getDecomposition(unorm2_getNFDInstance(&e),
                                            (UChar32)c, parts, 16, &e);
        if (U_SUCCESS(e) && n > 0 && parts[0] < 0x80) {
            char base = (char)parts[0];
            put(k, (struct str){&base, 1});
            return;
        }
    }
    if (c >= FIRST_PLACE) {
        put_behind(k, c);
        return;
    }
    char text[UTF8_MAX];
    put(k, (struct str){text, utf8_put(c, text)});
}

static void put_char(struct key *k, uint32_t c, struct pinyin r) {
    switch (char_kind(c)) {
    case CHAR_HAN:
        put_han(k, c, r);
        break;
    case CHAR_WORD:
        if (c >= 0x300 && c <= 0x36F)
            break; /* a combining accent on its own */
        if (c < 0x80) {
            char byte = (char)c;
            put(k, (struct str){&byte, 1});
        } else {
            put_letter(k, c);
        }
        break;
    case CHAR_OTHER:
        if (c != '\'' && c != 0x2019) /* O'Neil beside Oneil */
            k->space = true;
        break;
    }
}

struct str text_sort_key(struct arena *a, struct str s) {
    uint32_t typed[MAX_CHARS], simple[MAX_CHARS];
    struct pinyin readings[MAX_CHARS];
    size_t n = 0, first = 0;
    struct str folded = text_fold_script(a, utf8_cut(s, MAX_CHARS));
    for (size_t at = 0; at < folded.n && n < MAX_CHARS; n++) {
        typed[n] = utf8_next(folded, &at);
        simple[n] = text_simplified(typed[n]);
    }
    while (first < n && char_kind(simple[first]) == CHAR_OTHER)
        first++;
    pinyin_in_context(simple + first, typed + first, n - first, true,
                      readings + first);
    struct key k = {.n = 0};
    for (size_t i = first; i < n && !k.full; i++)
        put_char(&k, simple[i], readings[i]);
    if (k.n == 0) /* punctuation only */
        return str_sub(folded, 0, utf8_cut(folded, SORT_KEY_MAX / UTF8_MAX).n);
    return str_dup(a, (struct str){k.p, k.n});
}

struct str text_sort_reading(struct arena *a, struct str letters) {
    char text[1 + UTF8_MAX];
    int place = pinyin_place_from(letters);
    if (place < 0)
        return (struct str){0};
    text[0] = letters.p[0];
    return str_dup(a, (struct str){text, 1 + put_place(place, text + 1)});
}
