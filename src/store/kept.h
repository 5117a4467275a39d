/* One value that the layer above made of rows that do not change any more (a
 * finished grading) and needs again with each write: kept by the process, so
 * that it is not parsed each time. */
#ifndef STORE_KEPT_H
#define STORE_KEPT_H

#include "base/arena.h"

struct kept;

#define KEPT_BYTES 4096

/* What a value is known by: the numbers of its row. */
struct kept_key {
    int64_t id, at;
};

struct kept *kept_new(struct arena *a);
void kept_free(struct kept *k); /* NULL allowed */

/* Copies the value of n bytes to out; false when another one is kept. Any
 * thread. */
bool kept_get(struct kept *k, struct kept_key key, void *out, size_t n);
/* In place of what was kept; n is at most KEPT_BYTES, and the same for all
 * values. What they point to has to live as long as the process. */
void kept_put(struct kept *k, struct kept_key key, const void *value, size_t n);

#endif
