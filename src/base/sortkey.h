/* Sort keys: columns *_sort hold them, both databases compare their bytes.
 * The order is a Chinese name list's: per character syllable without tone,
 * tone, character; Latin letters stand between the syllables, so that "an"
 * comes beside 安. Surnames have their own readings (单 is shan). */
#ifndef BASE_SORTKEY_H
#define BASE_SORTKEY_H

#include "base/arena.h"
#include "base/str.h"

/* A key is never longer: what is the same in 240 bytes (25 Chinese
 * characters) is ordered by id. */
#define SORT_KEY_MAX 240

/* The key of a text as typed (folding is part of it): UTF-8 without control
 * characters, in the arena. Case, width, accents and punctuation don't count
 * unless nothing else is there. Empty for an empty text. */
struct str text_sort_key(struct arena *a, struct str s);

/* Changes when keys, folds or tokens made by another build would differ: the
 * stored ones must then be rebuilt. */
int64_t text_tables_version(void);

#endif
