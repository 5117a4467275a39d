/* Tables of keys. Owns: their arenas. Threads: the runner's. */
#include "app/import_known.h"

void known_init(struct known *k) {
    k->arena = arena_new();
    map_init(&k->map, k->arena);
}

void known_end(struct known *k) {
    arena_free(k->arena);
}

void *known_get(const struct known *k, struct str key) {
    return map_get(&k->map, key);
}

void known_drop(struct known *k) {
    arena_free(k->arena);
    known_init(k);
}

void *known_put(struct known *k, struct str key, size_t size,
                struct str *key_out) {
    void **slot = map_put(&k->map, *key_out = str_dup(k->arena, key));
    *slot = arena_alloc(k->arena, size);
    return *slot;
}

static uint64_t *seen_slot(const struct seen *s, uint64_t h) {
    size_t i = (size_t)h & (s->cap - 1);
    while (s->slots[i] != 0 && s->slots[i] != h)
        i = (i + 1) & (s->cap - 1);
    return &s->slots[i];
}

static void seen_grow(struct arena *a, struct seen *s) {
    struct seen old = *s;
    s->cap = old.cap == 0 ? 4096 : old.cap * 2;
    s->slots = NEW_ARRAY(a, uint64_t, s->cap);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i] != 0)
            *seen_slot(s, old.slots[i]) = old.slots[i];
}

bool seen_first(struct arena *a, struct seen *s, char kind, struct str key) {
    if (s->n * 2 >= s->cap)
        seen_grow(a, s);
    uint64_t h = (str_hash(key) ^ ((uint64_t)(unsigned char)kind << 56)) | 1;
    uint64_t *slot = seen_slot(s, h);
    if (*slot != 0)
        return false;
    *slot = h;
    s->n++;
    return true;
}
