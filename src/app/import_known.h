/* Private to the import files: what is known of keys of a file, in an arena of
 * its own, so that it can be dropped when it has grown large; and the set of
 * keys seen, by hash. */
#ifndef APP_IMPORT_KNOWN_H
#define APP_IMPORT_KNOWN_H

#include "base/map.h"
#include "base/vec.h"

struct known {
    struct arena *arena; /* of the keys and values */
    struct map map;
};

void known_init(struct known *k);
void known_end(struct known *k);
/* Forgets everything. */
void known_drop(struct known *k);
/* The value of key, or NULL. */
void *known_get(const struct known *k, struct str key);
/* A zeroed value of size bytes for a new key, which is copied to *key_out. */
void *known_put(struct known *k, struct str key, size_t size,
                struct str *key_out);

/* 64 bits of each key: at a million keys two are taken for one with a chance
 * of 1 in 30 million. */
struct seen {
    uint64_t *slots;
    size_t n, cap;
};

/* True the first time. kind keeps keys of different kinds apart. */
bool seen_first(struct arena *a, struct seen *s, char kind, struct str key);

#endif
