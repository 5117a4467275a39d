/* Folding: what differs only in case, width, Chinese script form or spacing
 * becomes the same bytes. Columns *_fold hold it, queries are folded the same
 * way, SQL compares bytes. */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include "base/arena.h"
#include "base/str.h"

/* NFKC_Casefold (Unicode 3.13 D146), each traditional character replaced by
 * its simplified form, white space and control characters collapsed to one
 * space, none at the ends. Folding twice changes nothing. Invalid bytes become
 * U+FFFD. The result is in the arena. */
struct str text_fold(struct arena *a, struct str s);

/* The same without the step from traditional to simplified: for readings. */
struct str text_fold_script(struct arena *a, struct str s);

/* The simplified form of one character; c itself when there is none. */
uint32_t text_simplified(uint32_t c);

/* The decimal digits of s in ASCII (full-width and other scripts' digits too),
 * nothing else: "+86 138-0013" gives "861380013". In the arena. */
struct str text_digits(struct arena *a, struct str s);

/* What a folded character is to search and sorting. */
enum char_kind {
    CHAR_OTHER, /* space, punctuation, symbol: parts words */
    CHAR_WORD,  /* letter, digit or mark of any script but Chinese */
    CHAR_HAN,
};
enum char_kind char_kind(uint32_t c);

#endif
