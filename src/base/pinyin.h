/* Readings of Chinese characters, from tables made at build time (ICU and
 * readings.txt). Syllables are lower case ASCII, ü is v: 女 is nv3. */
#ifndef BASE_PINYIN_H
#define BASE_PINYIN_H

#include "base/str.h"

/* Readings one character can have: its ordinary one and four more. */
#define PINYIN_MAX 5

struct pinyin {
    struct str syllable; /* "wang"; static memory */
    int tone;            /* 1-4; 5 is the light tone */
    uint16_t number;     /* of the reading, in alphabetical order; 0: none */
};

/* All readings of c, the ordinary one first; 0 when c has none. lü and nü are
 * also listed as lu and nu, the way many people type them. */
size_t pinyin_of(uint32_t c, struct pinyin out[PINYIN_MAX]);

/* First letter of the ordinary reading: 'w' for 王, '\0' when there is none. */
char pinyin_initial(uint32_t c);

/* Places in the order of a Chinese name list - reading, then character - are
 * below this: each fits a character of three bytes (base/sortkey.c). */
#define PINYIN_PLACES 0xF000
/* Place of the character with a reading that pinyin_in_context gave it; -1
 * when it has none. */
int pinyin_place(uint32_t c, struct pinyin r);
/* The first place of what reads as the letters (a-z) say, whole or unfinished:
 * of "wangxia" where wang begins. -1 when they begin no syllable. */
int pinyin_place_from(struct str letters);

/* The reading of each of the n characters in their context: a surname at the
 * start (单 shan, 尉迟 yu chi), words such as 重庆, else the ordinary one. c
 * holds simplified characters, typed[i] (may be NULL) the same text before
 * simplification, whose own reading is preferred. at_start: c[0] begins the
 * text. A character without reading gets an empty syllable. */
void pinyin_in_context(const uint32_t *c, const uint32_t *typed, size_t n,
                       bool at_start, struct pinyin *out);

/* True when letters (a-z) can be read as syllables in a row, the last one
 * perhaps unfinished ("wangxia"), or as one syllable and two initials
 * ("wangxm"). */
bool pinyin_is_run(struct str letters);

/* True when each letter can be the first of a syllable: "wxm". */
bool pinyin_is_initials(struct str letters);

#endif
