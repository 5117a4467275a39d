/* A sorted array of the customers that are not plain. Owns its memory, an arena
 * that is replaced when it is outgrown. Threads: the caller locks. Invariant:
 * rising ids, no plain customer. */
#include "store/mirror_people.h"

#include "base/ids.h"

#include <assert.h>
#include <string.h>

#define LEAST 64

bool mirror_person_plain(const struct mirror_person *p) {
    for (int k = 0; k < STANDING_COUNT; k++)
        if (p->standing[k] != 0)
            return false;
    return !p->gone && !p->by_hand;
}

void mirror_people_reserve(struct mirror_people *all, size_t n) {
    if (n <= all->cap)
        return;
    struct arena *old = all->arena;
    struct mirror_person *was = all->p;
    size_t cap = all->cap == 0 ? LEAST : 2 * all->cap;
    all->cap = cap > n ? cap : n;
    all->arena = arena_new();
    all->p = NEW_ARRAY(all->arena, struct mirror_person, all->cap);
    if (all->n > 0)
        memcpy(all->p, was, all->n * sizeof *was);
    arena_free(old);
}

static_assert(offsetof(struct mirror_person, id) == 0, "ids_from_of");

void mirror_people_put(struct mirror_people *all,
                       const struct mirror_person *p) {
    size_t at = ids_from_of(all->p, sizeof *all->p, all->n, p->id);
    bool known = at < all->n && all->p[at].id == p->id;
    bool plain = mirror_person_plain(p);
    if (known && plain) {
        memmove(all->p + at, all->p + at + 1, (--all->n - at) * sizeof *all->p);
        return;
    }
    if (plain)
        return;
    if (!known) {
        mirror_people_reserve(all, all->n + 1);
        memmove(all->p + at + 1, all->p + at, (all->n++ - at) * sizeof *all->p);
    }
    all->p[at] = *p;
}

void mirror_people_clear(struct mirror_people *all) {
    arena_free(all->arena);
    *all = (struct mirror_people){0};
}
