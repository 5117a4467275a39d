/* The tables tools/textgen.c writes at build time: readings of Chinese
 * characters and simplified forms. Private to base (fold.c, pinyin.c): others
 * use the functions of base/pinyin.h and base/fold.h. */
#ifndef BASE_TEXT_TABLES_H
#define BASE_TEXT_TABLES_H

#include "base/compiler.h"

/* Code points below TEXT_LIMIT are looked up in pages of 256. */
#define TEXT_LIMIT 0x32400
#define TEXT_PAGES (TEXT_LIMIT / 256)

/* A reading in 16 bits: syllable number << 3 | tone (1-5); 0 is none. In
 * text_reading two flags stand above it. */
#define TEXT_READING_MASK 0x0FFF
#define TEXT_HAS_MORE 0x1000 /* has a row in text_more */
#define TEXT_HAS_RULE 0x2000 /* has a surname reading or starts a phrase */

#define TEXT_SYLLABLE_MAX 6
#define TEXT_MORE_MAX 4
#define TEXT_PHRASE_MAX 4

struct text_syllable {
    char p[TEXT_SYLLABLE_MAX + 1]; /* lower case ASCII, v for ü */
    uint8_t n;
};

/* Further readings of a character, for search. */
struct text_more {
    uint32_t c;
    uint16_t reading[TEXT_MORE_MAX]; /* 0 behind the last */
};

/* Readings of two to four characters in a row, or (n = 1) of a surname. */
struct text_phrase {
    uint32_t c[TEXT_PHRASE_MAX];
    uint16_t reading[TEXT_PHRASE_MAX];
    uint8_t n;
    bool start; /* only at the start of a text */
};

/* Page number of each 256 code points; page 0 is empty. */
extern const uint16_t text_reading_page[TEXT_PAGES];
extern const uint16_t text_reading[][256];
extern const uint8_t text_simple_page[256]; /* U+0000..U+FFFF */
extern const uint16_t text_simple[][256];   /* 0: is its own simplified form */

extern const struct text_syllable text_syllables[]; /* sorted; 0 is empty */
extern const size_t text_syllable_count;
extern const struct text_more text_more[]; /* sorted by character */
extern const size_t text_more_count;
extern const struct text_phrase text_phrases[]; /* by first character, longest
                                                   first */
extern const size_t text_phrase_count;

/* Every character with every reading it can have in a text, in the order of a
 * Chinese name list: reading, then character. Those of reading r stand from
 * text_ranked_first[r] up to text_ranked_first[r + 1]. */
#define TEXT_READINGS (TEXT_READING_MASK + 1)
extern const uint32_t text_ranked[];
extern const uint16_t text_ranked_first[TEXT_READINGS + 1];

/* Hash of all of the above. */
extern const uint32_t text_tables_hash;

#endif
