/* Sort keys: columns *_sort hold them, both databases compare their bytes.
 * The order is that of a Chinese name list: letter by letter those in Latin
 * first, then those in Chinese, per character by syllable without tone, tone
 * and character. Surnames have their own readings (单 is shan). Short, because
 * every record has one in several indexes: three bytes a Chinese character. */
#ifndef BASE_SORTKEY_H
#define BASE_SORTKEY_H

#include "base/arena.h"
#include "base/str.h"

/* A key is never longer: what is the same in 240 bytes (79 Chinese
 * characters) is ordered by id. */
#define SORT_KEY_MAX 240

/* The key of a text as typed (folding is part of it): UTF-8 without control
 * characters, in the arena. Case, width, accents and punctuation don't count
 * unless nothing else is there. Empty for an empty text. */
struct str text_sort_key(struct arena *a, struct str s);

/* Where the keys begin whose first character reads as these letters (a-z) say,
 * whole or unfinished, "wangxia" too; empty when none does. */
struct str text_sort_reading(struct arena *a, struct str letters);

/* Changes when keys, folds or tokens made by another build would differ: the
 * stored ones must then be rebuilt. */
int64_t text_tables_version(void);

#endif
