/* The decision after the index: does a record match what was typed, and how
 * well. The same code for both databases, for `contains` and for ranking. */
#ifndef BASE_MATCH_H
#define BASE_MATCH_H

#include "base/arena.h"
#include "base/str.h"

/* Better is greater. */
enum text_rank {
    RANK_NONE,
    RANK_READING, /* some word only by its pinyin or initials */
    RANK_PIECE,   /* inside a word, or phone digits */
    RANK_WORD,    /* at the start of a word */
    RANK_PREFIX,  /* at the start of a field */
    RANK_EXACT,   /* a whole field */
};

/* How the folded query matches a record's n searched fields, folded by
 * text_fold (phones by text_digits). Either the whole query is a piece of one
 * field, or each of its words (parted by spaces) is found in some field: as a
 * piece, as digits of a phone ("138-0013"), or as pinyin of a run of Chinese
 * characters: syllables, the last perhaps unfinished (wangxiao), initials
 * (wxm), or the first syllable and two initials (wangxm). The worst word
 * counts, at most RANK_WORD. An empty query is a piece of everything.
 * a: scratch memory. */
enum text_rank text_rank(struct arena *a, const struct str *folded, size_t n,
                         struct str query);

#endif
