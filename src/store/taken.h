/* Which rows of the change log a cache has taken over though they come again
 * (feed_committed), by number. */
#ifndef STORE_TAKEN_H
#define STORE_TAKEN_H

#include "store/feed.h"

/* All zero is empty; owned by the caller, freed by taken_clear. */
struct taken {
    struct arena *arena;
    int64_t *seq;
    size_t n, cap;
};

/* Moves the rows that are not in `before` to the front, which has been through
 * taken_replace, and returns how many; notes the numbers of all n in next. */
size_t taken_fresh(const struct taken *before, struct feed_row *rows, size_t n,
                   struct taken *next);
/* What has been noted in next is what has been taken; next is empty then. */
void taken_replace(struct taken *t, struct taken *next);
void taken_clear(struct taken *t);

#endif
