/* Words people write above columns, folded as mapping.c folds headers: no
 * case, no spaces, no punctuation. Labels and names of fields need not be
 * here: they are known from the model. */
#ifndef APP_MAPPING_WORDS_H
#define APP_MAPPING_WORDS_H

#include "base/str.h"

struct mapping_words {
    const char *file;   /* plural of the file's entity; "" for all */
    const char *target; /* "order.number" */
    const char *words;  /* parted by '|' */
};

extern const struct mapping_words mapping_words[];
extern const size_t mapping_words_count;

#endif
