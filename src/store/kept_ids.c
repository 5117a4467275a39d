/* A few lists of numbers under a lock that is held for a copy alone. Owns them.
 * Any thread. Invariant: at most PLACES lists and KEPT_IDS_MAX numbers. */
#include "store/kept_ids.h"

#include "base/die.h"
#include "base/time.h"

#include <pthread.h>
#include <string.h>

#define PLACES 32
#define UNUSED_US 300000000 /* who reads a page looks at the next by then */

struct place {
    struct arena *arena; /* of the key and the numbers; NULL: free */
    struct ids_key key;
    int64_t *ids;
    size_t n;
    int64_t put_us, used_us; /* monotonic */
};

struct kept_ids {
    pthread_mutex_t lock;
    struct place places[PLACES];
};

struct kept_ids *kept_ids_new(struct arena *a) {
    struct kept_ids *k = NEW(a, struct kept_ids);
    if (pthread_mutex_init(&k->lock, NULL) != 0)
        die("can't make a mutex");
    return k;
}

static void drop(struct place *p) {
    arena_free(p->arena);
    *p = (struct place){0};
}

void kept_ids_free(struct kept_ids *k) {
    if (k == NULL)
        return;
    for (size_t i = 0; i < PLACES; i++)
        drop(&k->places[i]);
    pthread_mutex_destroy(&k->lock);
}

/* Those unused for long give their memory back to whoever comes by. */
static struct place *find(struct kept_ids *k, const struct ids_key *key) {
    int64_t now = clock_monotonic_us();
    struct place *found = NULL;
    for (size_t i = 0; i < PLACES; i++) {
        struct place *p = &k->places[i];
        if (p->arena != NULL && now - p->used_us > UNUSED_US)
            drop(p);
        else if (p->arena != NULL && p->key.as_of == key->as_of &&
                 str_eq(p->key.asked, key->asked))
            found = p;
    }
    return found;
}

bool kept_ids_get(struct kept_ids *k, const struct ids_key *key, int64_t age_us,
                  size_t most, struct arena *a, int64_t **ids, size_t *n) {
    pthread_mutex_lock(&k->lock);
    struct place *p = find(k, key);
    int64_t now = clock_monotonic_us();
    bool good = p != NULL && p->n <= most && now - p->put_us <= age_us;
    if (good) {
        *ids = NEW_ARRAY(a, int64_t, p->n + 1);
        *n = p->n;
        memcpy(*ids, p->ids, p->n * sizeof **ids);
        p->used_us = now;
    }
    pthread_mutex_unlock(&k->lock);
    return good;
}

/* A free place, with room for n numbers more. */
static struct place *make_room(struct kept_ids *k, size_t n) {
    for (;;) {
        struct place *free = NULL, *oldest = NULL;
        size_t held = 0;
        for (size_t i = 0; i < PLACES; i++) {
            struct place *p = &k->places[i];
            held += p->n;
            if (p->arena == NULL)
                free = p;
            else if (oldest == NULL || p->used_us < oldest->used_us)
                oldest = p;
        }
        if (free != NULL && held + n <= KEPT_IDS_MAX)
            return free;
        if (oldest == NULL)
            die("nothing is kept and there is no room");
        drop(oldest);
    }
}

void kept_ids_put(struct kept_ids *k, const struct ids_key *key,
                  const int64_t *ids, size_t n) {
    if (n > KEPT_IDS_MAX)
        return;
    struct place made = {.arena = arena_new()};
    made.key = (struct ids_key){str_dup(made.arena, key->asked), key->as_of};
    made.ids = NEW_ARRAY(made.arena, int64_t, n + 1);
    made.n = n;
    if (n > 0) /* nobody: ids may be NULL */
        memcpy(made.ids, ids, n * sizeof *ids);
    pthread_mutex_lock(&k->lock);
    struct place *was = find(k, key);
    if (was != NULL)
        drop(was);
    made.put_us = made.used_us = clock_monotonic_us();
    *make_room(k, n) = made;
    pthread_mutex_unlock(&k->lock);
}
