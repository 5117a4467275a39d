/* Linear probing; grows at three quarters. Slots live in the map's arena. */
#include "base/map.h"

#include "base/arena.h"

void map_init(struct map *m, struct arena *a) {
    *m = (struct map){.arena = a};
}

static struct map_slot *find(const struct map *m, struct str key) {
    size_t i = (size_t)str_hash(key) & (m->cap - 1);
    while (m->slots[i].key.p != NULL && !str_eq(m->slots[i].key, key))
        i = (i + 1) & (m->cap - 1);
    return &m->slots[i];
}

void *map_get(const struct map *m, struct str key) {
    if (m->n == 0)
        return NULL;
    return find(m, key)->value;
}

static void grow(struct map *m) {
    struct map_slot *old = m->slots;
    size_t n = m->cap;
    m->cap = n == 0 ? 16 : n * 2;
    m->slots = NEW_ARRAY(m->arena, struct map_slot, m->cap);
    for (size_t i = 0; i < n; i++)
        if (old[i].key.p != NULL)
            *find(m, old[i].key) = old[i];
}

void **map_put(struct map *m, struct str key) {
    if (m->n * 4 >= m->cap * 3)
        grow(m);
    struct map_slot *s = find(m, key);
    if (s->key.p == NULL) {
        s->key = key.p == NULL ? S("") : key;
        m->n++;
    }
    return &s->value;
}
