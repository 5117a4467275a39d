/* The statement cache: a hash table with two lists in order of use.
 * Owns: the entries; they outlive requests, hence malloc.
 * Threads: the connection's.
 * Invariant: each entry is in one bucket and one list. */
#include "db/cache.h"

#include "base/die.h"

#include <stdlib.h>
#include <string.h>

void cache_init(struct cache *k, void *owner,
                void (*drop)(void *owner, struct cached *s)) {
    *k = (struct cache){.drop = drop, .owner = owner};
    k->lists[0].max = CACHE_LITERALS;
    k->lists[1].max = CACHE_BUILT;
}

static struct cache_list *list_of(struct cache *k, const struct cached *s) {
    return &k->lists[s->key == NULL];
}

/* sqlb's statements have no name and no lasting address. */
static bool is_built(const struct sql *q) {
    return q->name == NULL;
}

uint64_t cache_hash(const struct sql *q) {
    if (is_built(q))
        return str_hash(q->text);
    /* Addresses differ in their middle bits: multiply, take the high half. */
    return ((uint64_t)(uintptr_t)q * 0x9E3779B97F4A7C15u) >> 32;
}

static bool is_of(const struct cached *s, const struct sql *q, uint64_t hash) {
    if (!is_built(q))
        return s->key == q;
    return s->key == NULL && s->hash == hash &&
           str_eq((struct str){s->text, s->text_n}, q->text);
}

struct cached *cache_find(const struct cache *k, const struct sql *q,
                          uint64_t hash, struct cached *after) {
    struct cached *s =
        after != NULL ? after->chain : k->buckets[hash % CACHE_BUCKETS];
    while (s != NULL && !is_of(s, q, hash))
        s = s->chain;
    return s;
}

static void list_remove(struct cache_list *l, struct cached *s) {
    if (s->newer != NULL)
        s->newer->older = s->older;
    else
        l->newest = s->older;
    if (s->older != NULL)
        s->older->newer = s->newer;
    else
        l->oldest = s->newer;
    l->n--;
}

static void list_push(struct cache_list *l, struct cached *s) {
    s->newer = NULL;
    s->older = l->newest;
    if (l->newest != NULL)
        l->newest->newer = s;
    else
        l->oldest = s;
    l->newest = s;
    l->n++;
}

void cache_touch(struct cache *k, struct cached *s) {
    struct cache_list *l = list_of(k, s);
    if (l->newest == s)
        return;
    list_remove(l, s);
    list_push(l, s);
}

void cache_remove(struct cache *k, struct cached *s) {
    struct cached **p = &k->buckets[s->hash % CACHE_BUCKETS];
    while (*p != s)
        p = &(*p)->chain;
    *p = s->chain;
    list_remove(list_of(k, s), s);
    free(s->text);
    k->drop(k->owner, s);
}

static void evict(struct cache *k, struct cache_list *l) {
    struct cached *s = l->oldest;
    while (s != NULL && l->n > l->max) {
        struct cached *next = s->newer;
        if (!s->busy)
            cache_remove(k, s);
        s = next;
    }
}

void cache_add(struct cache *k, struct cached *s, const struct sql *q,
               uint64_t hash) {
    s->hash = hash;
    if (is_built(q)) {
        s->text = malloc(q->text.n + 1);
        if (s->text == NULL)
            die("out of memory");
        memcpy(s->text, q->text.p, q->text.n);
        s->text_n = q->text.n;
    } else {
        s->key = q;
    }
    s->chain = k->buckets[hash % CACHE_BUCKETS];
    k->buckets[hash % CACHE_BUCKETS] = s;
    list_push(list_of(k, s), s);
    bool busy = s->busy;
    s->busy = true; /* not the new one itself */
    evict(k, list_of(k, s));
    s->busy = busy;
}

static void clear(struct cache *k, bool busy_too) {
    for (size_t i = 0; i < COUNT_OF(k->lists); i++) {
        struct cached *s = k->lists[i].oldest;
        while (s != NULL) {
            struct cached *next = s->newer;
            if (busy_too || !s->busy)
                cache_remove(k, s);
            s = next;
        }
    }
}

void cache_clear(struct cache *k) {
    clear(k, true);
}

void cache_clear_idle(struct cache *k) {
    clear(k, false);
}
