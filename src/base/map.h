/* Hash map from slices to pointers, open addressing, in an arena. Keys are
 * borrowed: they must live as long as the map. No removal. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map_slot {
    struct str key;
    void *value;
};

struct map {
    struct arena *arena;
    struct map_slot *slots;
    size_t n, cap; /* cap is 0 or a power of two */
};

void map_init(struct map *m, struct arena *a);

/* The value of key, or NULL. */
void *map_get(const struct map *m, struct str key);

/* The place of key's value, made (NULL) if new; valid until the next put. */
void **map_put(struct map *m, struct str key);

#endif
